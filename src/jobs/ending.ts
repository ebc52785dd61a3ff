import { existsSync } from "node:fs";
import type { Database } from "../entities/database/database.js";
import { connectionOf } from "../entities/database/queryable.js";
import { storeResults } from "../entities/queries/jobs/evaluations.js";
import { type EndError, endHeld } from "../entities/queries/jobs/job-end.js";
import { type ClaimedJob, MOST_ATTEMPTS, tryLater } from "../entities/queries/jobs/job-queue.js";
import { keepNewestCheckpoints } from "../entities/queries/models/file-removals.js";
import { insertModel, lockModelFile, type TakenModel } from "../entities/queries/models/model-writes.js";
import { AppError, JOB_ERROR_CODES, type JobErrorCode, JobFailure } from "../errors.js";
import type { DataDirectory } from "../files/data-directory.js";
import { cancelWaiting } from "../services/jobs/cancel-waiting.js";
import type { ResultsEvent } from "../training/events/events.js";
import type { ModelStage, TokenizerKind } from "../vocabulary.js";
import type { MadeModel, Outcome } from "./messages.js";

/** How long a job waits after its first failure, in seconds; after each further one twice as long. */
const BACKOFF_SECONDS = 2;

/** What a job has made, and the models that it took. */
export interface Made {
  readonly model: MadeModel | null;
  readonly results: ResultsEvent | null;
  readonly from: readonly TakenModel[];
}

/** Ends a job with the model or the results that it made, if it makes any. False: the lease is lost, and nothing was done. */
export function succeed(
  database: Database,
  directory: DataDirectory,
  job: ClaimedJob,
  { model, results, from }: Made,
): Promise<boolean> {
  return database.transaction(async (manager) => {
    const connection = await connectionOf(manager);
    if (!(await endHeld(connection, job, "SUCCEEDED", null))) return false;
    await keepNewestCheckpoints(connection, [job.id]);
    if (results !== null) await storeResults(connection, job.id, judged(results, from));
    if (model === null) return true;
    await lockModelFile(connection, model.sha256);
    if (!existsSync(directory.model(model.sha256))) {
      throw new JobFailure("DATA_DIR_UNAVAILABLE", "The file of the model that the job made is gone.");
    }
    const architecture = JSON.parse(model.metadata.architecture ?? "{}") as { tokenizer: TokenizerKind };
    await insertModel(connection, {
      name: job.modelName as string,
      stage: model.metadata.stage as ModelStage,
      jobId: job.id,
      datasetId: job.datasetId,
      architecture: { ...architecture },
      tokenizer: architecture.tokenizer,
      parameterCount: model.parameterCount,
      sha256: model.sha256,
      bytes: model.bytes,
      parentIds: from.map(({ id }) => id),
      importNotes: null,
    });
    return true;
  });
}

/** The results of an evaluation, with the name of the reward model that judged. */
function judged({ results, warnings }: ResultsEvent, from: readonly TakenModel[]) {
  const judge = from.find(({ role }) => role === "judge")?.name ?? null;
  const isJudged = (metric: string) => metric === "MEAN_SCORE" || metric === "WIN_RATE";
  return { results: results.map((one) => ({ ...one, judge: isJudged(one.metric) ? judge : null })), warnings };
}

/**
 * Puts a job back to be tried again, where its failure is of a kind that may pass and it has attempts left; else ends it as
 * FAILED and cancels what waits for it. False: the lease is lost, and nothing was done.
 */
export function failJob(
  database: Database,
  job: Pick<ClaimedJob, "id" | "lease" | "attempts">,
  error: EndError & { readonly code: JobErrorCode },
): Promise<boolean> {
  return database.transaction(async (manager) => {
    const connection = await connectionOf(manager);
    if (JOB_ERROR_CODES[error.code].retried && job.attempts < MOST_ATTEMPTS) {
      return tryLater(connection, job, BACKOFF_SECONDS * 2 ** (job.attempts - 1), error);
    }
    if (!(await endHeld(connection, job, "FAILED", error))) return false;
    const waiting = await cancelWaiting(connection, job.id, `failed: ${error.message}`);
    await keepNewestCheckpoints(connection, [job.id, ...waiting]);
    return true;
  });
}

/** How a job ends whose run broke off here, not in the thread that trains. */
export function failureOf(error: unknown): Outcome {
  if (error instanceof JobFailure)
    return { kind: "failed", code: error.code, message: error.message, step: error.step };
  if (error instanceof AppError) return { kind: "failed", code: "UNPROCESSABLE", message: error.message, step: null };
  const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
  return {
    kind: "failed",
    code: "TRAINER_FAILED",
    message: "The runner of the job broke off; its log has the details.",
    step: null,
    stack: stack ?? message,
  };
}

/** Refused with DISK_FULL: a job that needs more room than there is. */
export function refuseFullDisk(job: ClaimedJob, directory: DataDirectory): void {
  const { diskBytes } = (job.config.estimates ?? {}) as { diskBytes?: number };
  const free = directory.freeBytes();
  if (diskBytes === undefined || free === null || free >= diskBytes) return;
  throw new JobFailure("DISK_FULL", `The job needs ${diskBytes} bytes below DATA_DIR; there is room for ${free}.`);
}
