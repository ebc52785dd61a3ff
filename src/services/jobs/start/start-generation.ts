import type { PromptFilterValues } from "../../../entities/queries/prompts/prompt-filter.js";
import { countGenerationPrompts } from "../../../entities/queries/training/generation-prompts.js";
import { AppError, badInput, notFound } from "../../../errors.js";
import { generationMemoryBytes } from "../../../training/config/estimates.js";
import { resolveGeneration } from "../../../training/config/generation.js";
import type { Architecture } from "../../../training/config/model-shape.js";
import { requireDataset, requireRole } from "../../access/visibility.js";
import { localId } from "../../input/global-id.js";
import { checkPromptFilter } from "../../reads/prompt-list.js";
import type { Context } from "../../request/context.js";
import { findModel } from "../../request/find-job.js";
import { runChange } from "../../writes/run-change.js";
import { type JobOrder, prepared, queueJob } from "../queue-job.js";

export interface StartGeneration {
  readonly datasetId: string;
  readonly modelId: string;
  readonly promptFilter?: PromptFilterValues | null;
  readonly maxPrompts?: number | null;
  readonly samplesPerPrompt: number;
  readonly temperature: number;
  readonly maxResponseTokens?: number | null;
  readonly seed: number;
  readonly idempotencyKey?: string | null;
}

const MUTATION = "generate";
const ROLES = ["ADMIN", "CLIENT"] as const;

/** Prompts of one generation, at most. */
const MOST_PROMPTS = 100_000;

/**
 * Queues completions of a model for prompts of a dataset, stored as the model's under its name as they come. For an ADMIN,
 * and a CLIENT in its datasets. Refused: a reward model, settings against their rules, no prompt that matches (UNPROCESSABLE).
 * @returns the job's number
 */
export async function generate(context: Context, input: StartGeneration): Promise<string> {
  requireRole(context.viewer, ...ROLES);
  const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
  requireDataset(context.viewer, datasetId);
  const order = await prepared(() => prepare(context, datasetId, input));
  return runChange(context, { mutation: MUTATION, input, roles: ROLES }, (change) => queueJob(change, order()));
}

async function prepare(context: Context, datasetId: string, input: StartGeneration): Promise<JobOrder> {
  const { database, loaders } = context;
  const dataset = await loaders.dataset.load(datasetId);
  if (!dataset) throw notFound("The dataset");
  const { revision } = dataset;
  const model = await findModel(context, input.modelId, "input.modelId");
  if (model.stage === "REWARD") {
    throw badInput("input.modelId names a reward model, which gives scores and no completions.", "input.modelId");
  }
  const { maxPrompts = null } = input;
  if (maxPrompts !== null && (maxPrompts < 1 || maxPrompts > MOST_PROMPTS)) {
    throw badInput(`input.maxPrompts is ${maxPrompts}; it must be 1 to ${MOST_PROMPTS}.`, "input.maxPrompts");
  }
  checkPromptFilter(input.promptFilter ?? {}, "input.promptFilter.");
  const promptFilter = input.promptFilter ?? { excluded: false };
  const selection = { datasetId, asOf: revision, filter: promptFilter };
  const prompts = await countGenerationPrompts(database, selection, maxPrompts ?? MOST_PROMPTS + 1);
  if (prompts === 0) {
    throw new AppError("UNPROCESSABLE", "No prompt of this dataset matches input.promptFilter.", "input.promptFilter");
  }
  if (prompts > MOST_PROMPTS) {
    throw badInput(`More than ${MOST_PROMPTS} prompts match; give input.maxPrompts.`, "input.maxPrompts");
  }
  const architecture = model.architecture as unknown as Architecture;
  const config = resolveGeneration(input, { architecture, memoryBytes: context.config.JOB_MEMORY_BYTES });
  const estimates = { memoryBytes: generationMemoryBytes(architecture, config.samplesPerPrompt) };
  return {
    mutation: MUTATION,
    kind: "GENERATION",
    name: undefined,
    datasetId,
    revision,
    config: { ...config, estimates, modelId: input.modelId, promptFilter, maxPrompts: maxPrompts ?? prompts },
    totalSteps: prompts,
    models: [{ modelId: model.id, role: "model" }],
  };
}
