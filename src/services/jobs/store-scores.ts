import type { Database } from "../../entities/database/database.js";
import { connectionOf } from "../../entities/database/queryable.js";
import { insertScores } from "../../entities/queries/completions/completion-scores.js";
import { type ClaimedJob, noteStored } from "../../entities/queries/jobs/job-queue.js";
import { promptsByIdentity } from "../../entities/queries/prompts/prompt-identities.js";
import { JobFailure } from "../../errors.js";
import { globalId } from "../input/global-id.js";
import { auditJob } from "../writes/audit.js";

/** The scores of a prompt's completions, each named by its key; the prompt by its identity within the dataset. */
export interface PromptScores {
  readonly promptId: string;
  readonly scores: readonly { readonly completionId: string; readonly score: number }[];
}

/**
 * Stores what a reward model says of completions, and how many prompts of the job are done with it: both or neither, so
 * that a job killed at any moment goes on with the next prompt. False: the lease is lost, and nothing was stored.
 * Thrown: a JobFailure where a score is no number.
 */
export async function storeScores(
  database: Database,
  job: ClaimedJob,
  model: { readonly id: string; readonly name: string },
  prompts: readonly PromptScores[],
  stepsStored: number,
): Promise<boolean> {
  for (const score of prompts.flatMap(({ scores }) => scores.map((one) => one.score))) {
    if (!Number.isFinite(score))
      throw new JobFailure("MODEL_DAMAGED", `The model ${JSON.stringify(model.name)} gives the score ${score}.`);
  }
  const datasetId = job.datasetId as string;
  return database.transaction(async (manager) => {
    const connection = await connectionOf(manager);
    if (!(await noteStored(connection, job, stepsStored))) return false;
    const identities = prompts.map(({ promptId }) => promptId);
    const ids = await promptsByIdentity(connection, datasetId, identities);
    const rows = prompts.flatMap(({ promptId, scores }) =>
      scores.map(({ completionId, score }) => ({ promptId: ids.get(promptId) as string, key: completionId, score })),
    );
    const scores = await insertScores(connection, { modelId: model.id, jobId: job.id }, rows);
    await auditJob(manager, job, {
      action: "scoreCompletions",
      subject: globalId("Job", job.id),
      datasetId,
      after: { model: model.name, scores, prompts: prompts.length },
    });
    return true;
  });
}
