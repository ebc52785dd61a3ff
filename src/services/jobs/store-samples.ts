import type { Database } from "../../entities/database/database.js";
import { connectionOf } from "../../entities/database/queryable.js";
import {
  insertCompletions,
  sampledCompletionsOfPrompts,
} from "../../entities/queries/completions/completion-writes.js";
import { type ClaimedJob, noteStored } from "../../entities/queries/jobs/job-queue.js";
import { promptsByIdentity } from "../../entities/queries/prompts/prompt-identities.js";
import { type SamplingSettings, samplingOf } from "../../entities/queries/prompts/samplings.js";
import type { SampledText } from "../../training/events/events.js";
import { globalId } from "../input/global-id.js";
import { auditJob } from "../writes/audit.js";
import { beginChange } from "../writes/change-dataset.js";
import { placeCompletions } from "../writes/place-completions.js";

/** The samples of a prompt, by sample index; the prompt is named by its identity within the dataset. */
export interface PromptSamples {
  readonly promptId: string;
  readonly completions: readonly SampledText[];
}

/**
 * Stores what a model of ours said in an environment (its fingerprint), with the job's settings, under its name, and how many prompts of the job are done with it: both or neither, so
 * that a job killed at any moment goes on with the next prompt. False: the lease is lost, and nothing was stored.
 */
export async function storeSamples(
  database: Database,
  job: ClaimedJob,
  model: { readonly id: string; readonly name: string },
  environment: string,
  samples: readonly PromptSamples[],
  stepsStored: number,
): Promise<boolean> {
  const datasetId = job.datasetId as string;
  return database
    .transaction(async (manager) => {
      const connection = await connectionOf(manager);
      const revision = await beginChange(manager, datasetId);
      if (!(await noteStored(connection, job, stepsStored))) throw new LeaseLostWhileStoring();
      const ids = await promptsByIdentity(
        connection,
        datasetId,
        samples.map(({ promptId }) => promptId),
      );
      const completions = samples.flatMap(({ promptId, completions: ofPrompt }) =>
        ofPrompt.map((sampled, sampleIndex) => ({ ...sampled, promptId: ids.get(promptId) as string, sampleIndex })),
      );
      const stored = await sampledCompletionsOfPrompts(connection, [...new Set(ids.values())]);
      const rows = placeCompletions(model.name, completions, stored);
      const { temperature, maxResponseTokens, seed } = job.config as unknown as SamplingSettings;
      const sampling = { temperature, maxResponseTokens, seed, environment };
      const samplingId = await samplingOf(connection, { datasetId, modelId: model.id, jobId: job.id, ...sampling });
      const origin = { createdAt: new Date(), revision, modelId: model.id, samplingId };
      await insertCompletions(connection, datasetId, rows, origin);
      await auditJob(manager, job, {
        action: "generate",
        subject: globalId("Job", job.id),
        datasetId,
        after: { source: model.name, completions: rows.length, prompts: samples.length },
      });
      return true;
    })
    .catch((error: unknown) => {
      if (error instanceof LeaseLostWhileStoring) return false;
      throw error;
    });
}

/** Rolls the transaction back. */
class LeaseLostWhileStoring extends Error {}
