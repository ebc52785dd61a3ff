import { checkText } from "../../datasets/records/names.js";
import { show } from "../../datasets/text/code-points.js";
import { datasetForJob } from "../../entities/queries/datasets/dataset-writes.js";
import { insertJob, isNameTaken, lockPredecessors, nextJobId } from "../../entities/queries/jobs/job-writes.js";
import { AppError, badInput, conflict, notFound } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import type { JobKind } from "../../vocabulary.js";
import { globalId } from "../input/global-id.js";
import { LONGEST } from "../input/input-rules.js";
import { audit } from "../writes/audit.js";
import type { Change } from "../writes/run-change.js";

/** A job to be queued, its settings resolved. */
export interface JobOrder {
  /** The mutation that asks for it. */
  readonly mutation: string;
  readonly kind: JobKind;
  /** The name of the model that it shall make; undefined: a job that makes none; null: one made of dataset, kind and number. */
  readonly name: string | null | undefined;
  readonly datasetId: string;
  readonly revision: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly totalSteps: number;
  readonly dependsOn?: readonly { readonly jobId: string; readonly role: string }[];
  readonly models?: readonly { readonly modelId: string; readonly role: string }[];
}

/** Queues a job within a change. Refused: a name that another model has or will have (CONFLICT). Returns its number. */
export async function queueJob({ connection, manager, viewer }: Change, order: JobOrder): Promise<string> {
  const { mutation, kind, datasetId, revision, totalSteps, dependsOn = [], models = [] } = order;
  const dataset = await datasetForJob(connection, datasetId);
  if (!dataset) throw notFound("The dataset");
  const id = await nextJobId(connection);
  const modelName = order.name === undefined ? null : (order.name ?? `${dataset.slug}-${kind.toLowerCase()}-${id}`);
  if (modelName !== null && (await isNameTaken(connection, modelName, id))) {
    throw conflict(
      `The name ${JSON.stringify(modelName)} belongs to another model, or to a job that may still make it.`,
    );
  }
  const createdBy = viewer.name;
  const config = modelName === null ? order.config : { ...order.config, name: modelName };
  const job = { id, kind, modelName, config, datasetId, datasetRevision: revision, totalSteps, createdBy };
  await insertJob(connection, { ...job, dependsOn, models });
  const ended = (await lockPredecessors(connection, id)).find(
    ({ status }) => status === "FAILED" || status === "CANCELLED",
  );
  if (ended) {
    throw conflict(`The job ${globalId("Job", ended.id)} is ${ended.status}: it makes no model. Retry it first.`);
  }
  const subject = globalId("Job", id);
  await audit(manager, viewer, { action: mutation, subject, datasetId, after: { kind, modelName, revision, config } });
  return id;
}

/** Control characters, and those that turn the direction of what follows: a name with them shows as another. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Refuses a name of a model that is too long, blank, or has control characters, which would run wild on a terminal. */
export function checkName(name: string, field: string): void {
  checkText(name, field, 1, LONGEST.name);
  const plain = name.replace(CONTROL, (character) => `<${codePointOf(character)}>`);
  if (name.trim() === "" || plain !== name)
    throw badInput(
      `${field} is ${show(plain)}; it must have a character that is seen, and no control characters, nor any of the writing direction.`,
      field,
    );
}

/** "U+202E". */
const codePointOf = (character: string): string =>
  `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

/** The same for a name that may be left out. */
export function checkModelName(name: string | null | undefined): void {
  if (name != null) checkName(name, "input.name");
}

/** Refuses a job that needs more room below DATA_DIR than there is. */
export function checkDisk(directory: DataDirectory, diskBytes: number): void {
  const free = directory.freeBytes();
  if (free === null || free >= diskBytes) return;
  throw new AppError(
    "UNPROCESSABLE",
    `The job needs ${diskBytes} bytes below DATA_DIR for its model and checkpoints; there is room for ${free}.`,
  );
}

/** Refuses all but exactly one of some fields. */
export function checkExactlyOne(fields: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(fields).filter(([, value]) => value != null);
  if (given.length === 1) return;
  const names = Object.keys(fields);
  const found = given.length === 0 ? "none" : given.map(([name]) => name).join(" and ");
  throw badInput(
    `Give exactly one of ${names.join(", ")}; ${found} ${given.length > 1 ? "are" : "is"} given.`,
    `input.${given[1]?.[0] ?? names[0]}`,
  );
}

/**
 * Prepares an order before the transaction that queues it, so that no transaction waits for another connection. What is
 * refused is thrown when the order is asked for: a repeated request has its first result, whatever has changed since.
 */
export async function prepared<T>(prepare: () => Promise<T>): Promise<() => T> {
  try {
    const order = await prepare();
    return () => order;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
