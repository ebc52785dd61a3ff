import type { Client } from "../client.js";
import type { JobAnswer } from "./jobs.js";
import { datasetIdOf, given, type StartOptions, startJob } from "./train.js";

export interface ScoreOptions extends StartOptions {
  readonly model: string;
  readonly source?: readonly string[];
  readonly split?: string;
}

/** Starts the scores of a reward model for a dataset's completions, and follows the job to its end. */
export async function startScoring(client: Client, slug: string, options: ScoreOptions): Promise<JobAnswer> {
  const { model, source = [], split } = options;
  const input = given({
    datasetId: await datasetIdOf(client, slug),
    modelId: model,
    sources: source.length > 0 ? source : undefined,
    promptFilter: split ? { splits: [split], excluded: false } : undefined,
  });
  return startJob(client, "scoreCompletions", "ScoreInput", input, options);
}
