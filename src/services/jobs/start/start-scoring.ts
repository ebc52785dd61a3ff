import type { PromptFilterValues } from "../../../entities/queries/prompts/prompt-filter.js";
import { countScoring } from "../../../entities/queries/training/scoring-prompts.js";
import { AppError, badInput } from "../../../errors.js";
import { readingMemoryBytes } from "../../../training/config/estimates.js";
import { resolveScoring } from "../../../training/config/scoring.js";
import { checkPromptFilter } from "../../reads/prompt-list.js";
import type { Context } from "../../request/context.js";
import { startJob } from "./start-job.js";
import { takeModel } from "./take-model.js";

export interface StartScoring {
  readonly datasetId: string;
  readonly modelId: string;
  readonly promptFilter?: PromptFilterValues | null;
  readonly sources?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

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
export function scoreCompletions(context: Context, input: StartScoring): Promise<string> {
  const { sources = null, promptFilter } = input;
  return startJob(context, {
    mutation: "scoreCompletions",
    input,
    check: () => {
      checkPromptFilter(promptFilter ?? {}, "input.promptFilter.");
      if (sources?.length === 0)
        throw badInput("input.sources names no source; leave it out to score those of all.", "input.sources");
      if (sources !== null && sources.length > MOST_SOURCES)
        throw badInput(`input.sources names ${sources.length} sources; it may name ${MOST_SOURCES}.`, "input.sources");
    },
    prepare: async ({ datasetId, revision }) => {
      const model = await takeModel(context, {
        role: "model",
        use: "scoring takes",
        model: ["modelId", input.modelId],
        stages: ["REWARD"],
      });
      const filter = promptFilter ?? { excluded: false };
      const selection = { datasetId, asOf: revision, filter, sources };
      const { prompts, completions } = await countScoring(context.database, selection);
      if (prompts > MOST_PROMPTS || completions > MOST_COMPLETIONS) {
        throw badInput(
          `${completions} completions of ${prompts} prompts match; one scoring takes ${MOST_COMPLETIONS} of ${MOST_PROMPTS}. Narrow input.promptFilter or input.sources.`,
          "input.promptFilter",
        );
      }
      if (completions === 0 && sources !== null)
        throw new AppError(
          "UNPROCESSABLE",
          `No prompt of the filter has a completion of ${sources.map((source) => JSON.stringify(source)).join(" or ")}.`,
          "input.sources",
        );
      const { architecture } = model;
      const config = resolveScoring({ architecture, completions, memoryBytes: context.config.JOB_MEMORY_BYTES });
      const estimates = { memoryBytes: readingMemoryBytes(architecture, config.completionsAtOnce) };
      return {
        kind: "SCORING",
        name: undefined,
        config: { ...config, completions, estimates, ...model.names, promptFilter: filter, sources },
        totalSteps: prompts,
        models: model.models,
      };
    },
  });
}
