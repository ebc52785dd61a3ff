import path from "node:path";
import type { storedCheckpoints } from "../entities/queries/jobs/job-log.js";
import type { ClaimedJob } from "../entities/queries/jobs/job-queue.js";
import type { TakenModel } from "../entities/queries/models/model-writes.js";
import type { DataDirectory } from "../files/data-directory.js";
import type { RunOrder } from "./messages.js";

/** What a run has found before its thread begins. */
export interface RunFacts extends Pick<RunOrder, "threads" | "inputFile" | "environment"> {
  readonly models: readonly TakenModel[];
  readonly checkpoints: Awaited<ReturnType<typeof storedCheckpoints>>;
}

/** What the thread that trains is told of a job: its settings, and where in the data directory everything is. */
export function runOrder(job: ClaimedJob, directory: DataDirectory, facts: RunFacts): RunOrder {
  const { models, checkpoints, ...rest } = facts;
  return {
    ...rest,
    jobKind: job.kind,
    config: job.config,
    models: models.map(({ role, name, sha256 }) => ({ role, name, sha256, file: directory.model(sha256) })),
    checkpoints: checkpoints.map(({ id, step, points, file, sha256 }) => ({
      id,
      step,
      points,
      sha256,
      file: directory.at(file),
    })),
    stepsDone: job.stepsStored,
    modelFolder: path.dirname(directory.model("")),
    jobFolder: directory.job(job.id),
    lease: job.lease,
  };
}
