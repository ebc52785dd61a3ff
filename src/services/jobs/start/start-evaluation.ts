import { insertEvaluation } from "../../../entities/queries/jobs/evaluations.js";
import { wasTrainedBy } from "../../../entities/queries/models/model-lineage.js";
import type { ModelRecord } from "../../../entities/queries/models/models.js";
import { samplingsOfModels } from "../../../entities/queries/prompts/samplings.js";
import {
  countEvaluationPrompts,
  type EvaluationSelection,
} from "../../../entities/queries/training/evaluation-prompts.js";
import { AppError, badInput } from "../../../errors.js";
import {
  evaluationMemoryBytes,
  isMadeAs,
  MODEL_METRICS,
  type ModelMetric,
  resolveEvaluation,
  type StoredSampling,
} from "../../../training/config/evaluation.js";
import type { Architecture } from "../../../training/config/model-shape.js";
import { type EvaluationMetric, type LabelerPool, MODEL_STAGES, type Split } from "../../../vocabulary.js";
import { checkEach } from "../../input/check-each.js";
import { globalId } from "../../input/global-id.js";
import type { Context } from "../../request/context.js";
import { jobOfModel, parentsOf } from "../job-facts.js";
import { checkExactlyOne } from "../queue-job.js";
import { emptySplit } from "./reasons-not-trainable.js";
import { startJob } from "./start-job.js";
import { type ModelWish, takeModel } from "./take-model.js";

export interface StartEvaluation {
  readonly datasetId: string;
  readonly modelId?: string | null;
  readonly source?: string | null;
  readonly sourceVersion?: number | null;
  readonly baseline?: string | null;
  readonly judgeModelId?: string | null;
  readonly split: Split;
  readonly metrics: readonly EvaluationMetric[];
  readonly pool?: LabelerPool | null;
  readonly groupBy?: string | null;
  readonly gates: readonly unknown[];
  readonly maxPrompts?: number | null;
  readonly temperature?: number | null;
  readonly maxResponseTokens?: number | null;
  readonly seed: number;
  readonly idempotencyKey?: string | null;
}

/** Prompts of one evaluation, at most. */
const MOST_PROMPTS = 100_000;

const OF_DEMONSTRATIONS: readonly EvaluationMetric[] = ["LOSS", "PERPLEXITY", "BITS_PER_BYTE"];
const OF_RESPONSES: readonly EvaluationMetric[] = ["MEAN_SCORE", "WIN_RATE", "KL_FROM_REFERENCE", "LENGTH"];
const OF_JUDGE: readonly EvaluationMetric[] = ["MEAN_SCORE", "WIN_RATE"];

/**
 * Queues the evaluation, by models, of a model or of the completions of a source on a split that a dataset has now. For an
 * ADMIN, and a CLIENT in its datasets. Refused: none or both of modelId and source, a metric that is not there yet or that
 * lacks what it compares with, what no metric asks for, gates and groups, no prompt to measure (UNPROCESSABLE), more memory
 * than there is.
 * @returns the job's number
 */
export function runEvaluation(context: Context, input: StartEvaluation): Promise<string> {
  const { idempotencyKey: _, ...asked } = input;
  return startJob(context, {
    mutation: "runEvaluation",
    input,
    check: () => check(input),
    prepare: async ({ datasetId, revision }) => {
      const models = await modelsOf(context, input);
      const stored = await storedSamplings(context, datasetId, models.own, input);
      const config = resolveEvaluation(
        { ...input, metrics: input.metrics as readonly ModelMetric[] },
        {
          architecture: architectureOf(models.own),
          judge: architectureOf(models.judge),
          reference: architectureOf(models.reference),
          hasBaseline: input.baseline != null,
          samplings: Object.fromEntries(stored.map(({ id, sampling }) => [id, sampling])),
          judgeTrainedIt: await isProxy(context, input, models),
          selectedOnSplit: await wasSelectedOn(context, models.own, datasetId, input.split),
          memoryBytes: context.config.JOB_MEMORY_BYTES,
        },
      );
      const likewise = stored.filter(
        ({ modelId, sampling }) => modelId === models.own?.id && isMadeAs(sampling, config),
      );
      const reads = readsOf(input, models.own, likewise);
      const prompts = await promptsOf(context, input, { ...reads, datasetId, asOf: revision });
      return {
        kind: "EVALUATION",
        name: undefined,
        config: {
          ...config,
          ...models.names,
          reads,
          estimates: { memoryBytes: evaluationMemoryBytes(config) },
          maxPrompts: prompts,
        },
        totalSteps: prompts,
        models: models.taken,
      };
    },
    also: ({ connection }, jobId, { datasetId, models = [] }) => {
      const modelId = models.find(({ role }) => role === "model")?.modelId ?? null;
      return insertEvaluation(connection, { jobId, datasetId, modelId, input: asked });
    },
  });
}

/** Refuses what needs no database to be refused. */
function check(input: StartEvaluation): void {
  const { modelId, source, sourceVersion, baseline, judgeModelId, metrics, pool, maxPrompts = null } = input;
  checkExactlyOne({ modelId, source });
  checkEach(metrics, (metric, index) => {
    if (!MODEL_METRICS.includes(metric as ModelMetric))
      throw badInput(
        `The metric ${metric} comes later; this version evaluates by ${MODEL_METRICS.join(", ")}.`,
        `input.metrics.${index}`,
      );
  });
  if (input.gates.length > 0)
    throw badInput("Gates come later; this version gives figures with intervals and judges none.", "input.gates");
  if (input.groupBy != null)
    throw badInput("Groups come later; this version evaluates all prompts together.", "input.groupBy");
  if (sourceVersion != null && source == null)
    throw badInput("input.sourceVersion is of a source; none is given.", "input.sourceVersion");
  if (sourceVersion != null && sourceVersion < 1)
    throw badInput(`input.sourceVersion is ${sourceVersion}; versions begin at 1.`, "input.sourceVersion");
  if (judgeModelId != null && !metrics.some((metric) => OF_JUDGE.includes(metric)))
    throw badInput(
      `input.judgeModelId judges ${OF_JUDGE.join(" and ")}; neither is among input.metrics.`,
      "input.judgeModelId",
    );
  if (baseline != null && !metrics.includes("WIN_RATE"))
    throw badInput(
      "input.baseline is what WIN_RATE compares with, which is not among input.metrics.",
      "input.baseline",
    );
  if (pool != null && !metrics.includes("REWARD_ACCURACY"))
    throw badInput("input.pool is whose votes REWARD_ACCURACY counts, which is not among input.metrics.", "input.pool");
  if (maxPrompts !== null && (maxPrompts < 1 || maxPrompts > MOST_PROMPTS))
    throw badInput(`input.maxPrompts is ${maxPrompts}; it must be 1 to ${MOST_PROMPTS}.`, "input.maxPrompts");
}

interface Models {
  readonly own: ModelRecord | null;
  readonly judge: ModelRecord | null;
  /** What it began as, where a metric compares with that. */
  readonly reference: ModelRecord | null;
  readonly names: Readonly<Record<string, string>>;
  readonly taken: readonly { readonly modelId: string; readonly role: string }[];
}

async function modelsOf(context: Context, { modelId, judgeModelId, metrics }: StartEvaluation): Promise<Models> {
  const take = (role: string, use: string, field: string, id: string, stages: ModelWish["stages"] = MODEL_STAGES) =>
    takeModel(context, { role, use, model: [field, id], stages });
  const own = modelId == null ? null : await take("model", "an evaluation is of", "modelId", modelId);
  const judge =
    judgeModelId == null
      ? null
      : await take("judge", "an evaluation is judged by", "judgeModelId", judgeModelId, ["REWARD"]);
  const record = own?.record ?? null;
  const reference = record && metrics.includes("KL_FROM_REFERENCE") ? await beginningOf(context, record) : null;
  return {
    own: record,
    judge: judge?.record ?? null,
    reference,
    names: { ...own?.names, ...judge?.names },
    taken: [
      ...(own?.models ?? []),
      ...(judge?.models ?? []),
      ...(reference ? [{ modelId: reference.id, role: "reference" }] : []),
    ],
  };
}

/** The language model that a model was trained from, or null. */
async function beginningOf(context: Context, model: ModelRecord): Promise<ModelRecord | null> {
  const parents = await parentsOf(context, model);
  return parents.find(({ stage, deletedAt }) => stage !== "REWARD" && deletedAt === null) ?? null;
}

const architectureOf = (model: ModelRecord | null): Architecture | null =>
  model && (model.architecture as unknown as Architecture);

/** Whether what is evaluated was trained on the scores of its very judge. */
async function isProxy(
  { database }: Context,
  { source = null }: StartEvaluation,
  { own, judge }: Models,
): Promise<boolean> {
  return judge !== null && wasTrainedBy(database, { modelId: own?.id ?? null, source }, judge.id);
}

/** Whether the job that made a model chose its parameters on a split of this dataset. */
async function wasSelectedOn(
  context: Context,
  model: ModelRecord | null,
  datasetId: string,
  split: Split,
): Promise<boolean> {
  const maker = model && (await jobOfModel(context, model));
  const { selection } = maker?.config ?? {};
  return (
    split === "VALIDATION" && maker?.datasetId === datasetId && selection !== undefined && selection !== "LAST_STEP"
  );
}

interface KnownSampling {
  readonly id: string;
  readonly modelId: string;
  readonly sampling: StoredSampling;
}

/** How completions were sampled that the evaluation may meet: of the model, and of models that source and baseline are named after. */
async function storedSamplings(
  { database }: Context,
  datasetId: string,
  own: ModelRecord | null,
  { source, baseline }: StartEvaluation,
): Promise<KnownSampling[]> {
  const names = [source, baseline].filter((name) => name != null);
  const records = await samplingsOfModels(database, datasetId, own?.id ?? null, names);
  return records.map(({ id, modelId, jobId, ...settings }) => ({
    id,
    modelId,
    sampling: { ...settings, job: jobId === null ? null : globalId("Job", jobId) },
  }));
}

/** What the job reads of the dataset: no more than its metrics ask for. */
function readsOf(
  { metrics, split, source, sourceVersion, baseline, pool }: StartEvaluation,
  own: ModelRecord | null,
  likewise: readonly KnownSampling[],
): Omit<EvaluationSelection, "datasetId" | "asOf"> {
  const asks = (some: readonly EvaluationMetric[]) => metrics.some((metric) => some.includes(metric));
  const evaluated =
    own === null
      ? { name: source ?? "", version: sourceVersion ?? null }
      : { name: own.name, samplings: likewise.map(({ id }) => id) };
  return {
    split,
    demonstrations: asks(OF_DEMONSTRATIONS),
    rankings: asks(["REWARD_ACCURACY"]),
    pool: pool ?? null,
    responses: asks(OF_RESPONSES) ? evaluated : null,
    baseline: baseline == null ? null : { name: baseline, version: null },
  };
}

/** What of it is missing, where the request says so much. */
function narrowed({ source, sourceVersion, pool }: StartEvaluation): string {
  if (pool != null) return `: a ranking by a labeler of the pool ${pool}`;
  if (source == null) return "";
  return `: a completion of ${JSON.stringify(source)}${sourceVersion == null ? "" : `, version ${sourceVersion}`}`;
}

async function promptsOf(
  { database }: Context,
  input: StartEvaluation,
  selection: EvaluationSelection,
): Promise<number> {
  const { metrics, split, maxPrompts, baseline } = input;
  const { prompts, withBaseline } = await countEvaluationPrompts(database, selection, maxPrompts ?? MOST_PROMPTS + 1);
  if (prompts > MOST_PROMPTS)
    throw badInput(`More than ${MOST_PROMPTS} prompts are in ${split}; give input.maxPrompts.`, "input.maxPrompts");
  if (prompts === 0)
    throw await emptySplit(
      database,
      { datasetId: selection.datasetId, revision: selection.asOf },
      `No prompt of ${split} has what ${metrics.join(", ")} would be measured on${narrowed(input)}.`,
      input.pool != null ? "input.pool" : input.source == null ? "input.split" : "input.source",
    );
  if (selection.baseline !== null && withBaseline === 0)
    throw new AppError(
      "UNPROCESSABLE",
      `No prompt of ${split} has a completion of the baseline ${JSON.stringify(baseline)}.`,
      "input.baseline",
    );
  return prompts;
}
