import type { JobRecord } from "../../../entities/queries/jobs/jobs.js";
import type { ModelRecord } from "../../../entities/queries/models/models.js";
import { AppError, badInput, conflict } from "../../../errors.js";
import { isWhole } from "../../../files/verified-bytes.js";
import type { Architecture } from "../../../training/config/model-shape.js";
import type { JobKind, ModelStage } from "../../../vocabulary.js";
import type { Context } from "../../request/context.js";
import { findJob, findModel } from "../../request/find-job.js";
import { checkExactlyOne } from "../queue-job.js";

/** A model that a job is to take: by its id, or by that of the job that makes it. */
export interface ModelWish {
  /** What it is to the job: the name under which its trainer finds it. */
  readonly role: string;
  /** What the sentence of a refusal says it is wanted for: "supervised fine-tuning begins from". */
  readonly use: string;
  /** Fields of the input, by name; exactly one of the two is given. */
  readonly model: readonly [field: string, id: string | null | undefined];
  readonly job?: readonly [field: string, id: string | null | undefined];
  readonly stages: readonly ModelStage[];
}

/** A model that is there or will be, as an order of a job names it. */
export interface WishedModel {
  readonly architecture: Architecture;
  /** What names it in the job's config. */
  readonly names: Readonly<Record<string, string>>;
  readonly dependsOn: readonly { readonly jobId: string; readonly role: string }[];
  readonly models: readonly { readonly modelId: string; readonly role: string }[];
  /** The model where it is there already. */
  readonly record: ModelRecord | null;
  /** The job that makes it, where it was named by that. */
  readonly maker: JobRecord | null;
}

/** The stage of the model that a kind of job makes. */
const STAGE_OF: Partial<Record<JobKind, ModelStage>> = {
  PRETRAIN: "PRETRAINED",
  SFT: "SFT",
  RM: "REWARD",
  PPO: "POLICY",
};

/**
 * The model of a wish. Refused: none or both of its fields, a stage that does not serve, a job that makes no model or ended
 * without one (CONFLICT), and a model whose file is gone or damaged (UNPROCESSABLE).
 */
export async function takeModel(context: Context, wish: ModelWish): Promise<WishedModel> {
  const [modelField, modelId] = wish.model;
  const [jobField, jobId] = wish.job ?? [];
  checkExactlyOne({ [modelField]: modelId, ...(jobField === undefined ? {} : { [jobField]: jobId }) });
  if (modelId != null) return takeById(context, wish, modelField, modelId);
  return takeFromJob(context, wish, jobField as string, jobId as string);
}

async function takeById(context: Context, wish: ModelWish, name: string, id: string): Promise<WishedModel> {
  const field = `input.${name}`;
  const record = await findModel(context, id, field);
  checkStage(wish, record.stage, field);
  await checkFile(context, record, field);
  return {
    architecture: record.architecture as unknown as Architecture,
    names: { [name]: id },
    dependsOn: [],
    models: [{ modelId: record.id, role: wish.role }],
    record,
    maker: null,
  };
}

async function takeFromJob(context: Context, wish: ModelWish, name: string, id: string): Promise<WishedModel> {
  const field = `input.${name}`;
  const maker = await findJob(context, id, field);
  const stage = STAGE_OF[maker.kind];
  if (stage === undefined) throw badInput(`${field} names a job of kind ${maker.kind}, which makes no model.`, field);
  checkStage(wish, stage, field);
  if (maker.status === "FAILED" || maker.status === "CANCELLED") {
    throw conflict(`The job ${field} names is ${maker.status}: it makes no model. Retry it first.`);
  }
  const [record = null] = maker.status === "SUCCEEDED" ? await context.loaders.modelOfJob.load(maker.id) : [];
  if (maker.status === "SUCCEEDED" && (record === null || record.deletedAt !== null)) {
    throw conflict(`The model that the job ${field} names made was deleted.`);
  }
  if (record) await checkFile(context, record, field);
  return {
    architecture: (record?.architecture ?? maker.config.architecture) as unknown as Architecture,
    names: { [name]: id },
    dependsOn: [{ jobId: maker.id, role: wish.role }],
    models: [],
    record,
    maker,
  };
}

function checkStage({ stages, use }: ModelWish, found: ModelStage, field: string): void {
  if (stages.includes(found)) return;
  throw badInput(`${field} names a model of stage ${found}; ${use} ${stages.join(", ")}.`, field);
}

async function checkFile({ directory }: Context, { name, sha256 }: ModelRecord, field: string): Promise<void> {
  if (await isWhole(directory.model(sha256), sha256)) return;
  throw new AppError("UNPROCESSABLE", `The file of the model ${JSON.stringify(name)} is gone or damaged.`, field);
}
