import type { PromptFilterValues } from "../entities/queries/prompt-filter.js";
import { countScoring } from "../entities/queries/scoring-prompts.js";
import { badInput, notFound } from "../errors.js";
import { readingMemoryBytes } from "../training/config/estimates.js";
import { resolveScoring } from "../training/config/scoring.js";
import type { Context } from "./context.js";
import { localId } from "./global-id.js";
import { checkPromptFilter } from "./prompt-list.js";
import { type JobOrder, prepared, queueJob } from "./queue-job.js";
import { runChange } from "./run-change.js";
import { takeModel } from "./take-model.js";
import { requireDataset, requireRole } from "./visibility.js";

export interface StartScoring {
  readonly datasetId: string;
  readonly modelId: string;
  readonly promptFilter?: PromptFilterValues | null;
  readonly sources?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

const MUTATION = "scoreCompletions";
const ROLES = ["ADMIN", "CLIENT"] as const;

/** What one scoring reads, at most. */
const MOST_PROMPTS = 100_000;
const MOST_COMPLETIONS = 1_000_000;
const MOST_SOURCES = 1_000;

/**
 * Queues the scores of a reward model (InstructGPT, section 3.5) for completions that a dataset has now. For an ADMIN, and
 * a CLIENT in its datasets. Refused: a model that gives no scores, a filter against its rules, no completion that matches
 * (UNPROCESSABLE) or too many, more memory than there is.
 * @returns the job's number
 */
export async function scoreCompletions(context: Context, input: StartScoring): Promise<string> {
  requireRole(context.viewer, ...ROLES);
  const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
  requireDataset(context.viewer, datasetId);
  const order = await prepared(() => prepare(context, datasetId, input));
  return runChange(context, { mutation: MUTATION, input, roles: ROLES }, (change) => queueJob(change, order()));
}

async function prepare(context: Context, datasetId: string, input: StartScoring): Promise<JobOrder> {
  const { database, loaders, config: server } = context;
  const dataset = await loaders.dataset.load(datasetId);
  if (!dataset) throw notFound("The dataset");
  const { revision } = dataset;
  const model = await takeModel(context, {
    role: "model",
    use: "scoring takes",
    model: ["modelId", input.modelId],
    stages: ["REWARD"],
  });
  const { sources = null, promptFilter } = input;
  if (sources !== null && sources.length > MOST_SOURCES) {
    throw badInput(`input.sources names ${sources.length} sources; it may name ${MOST_SOURCES}.`, "input.sources");
  }
  checkPromptFilter(promptFilter ?? {}, "input.promptFilter.");
  const filter = promptFilter ?? { excluded: false };
  const { prompts, completions } = await countScoring(database, { datasetId, asOf: revision, filter, sources });
  if (prompts > MOST_PROMPTS || completions > MOST_COMPLETIONS) {
    throw badInput(
      `${completions} completions of ${prompts} prompts match; one scoring takes ${MOST_COMPLETIONS} of ${MOST_PROMPTS}. Narrow input.promptFilter or input.sources.`,
      "input.promptFilter",
    );
  }
  const { architecture } = model;
  const config = resolveScoring({ architecture, completions, memoryBytes: server.JOB_MEMORY_BYTES });
  const estimates = { memoryBytes: readingMemoryBytes(architecture, config.completionsAtOnce) };
  return {
    mutation: MUTATION,
    kind: "SCORING",
    name: undefined,
    datasetId,
    revision,
    config: { ...config, completions, estimates, ...model.names, promptFilter: filter, sources },
    totalSteps: prompts,
    models: model.models,
  };
}
