import { describeCounts } from "../../datasets/text/length-counts.js";
import type { LengthSummary } from "../../datasets/text/lengths.js";
import type { Database } from "../../entities/database/database.js";
import {
  type LengthCount,
  lengthsByDemonstrationSource,
  promptLengthsByUseCase,
} from "../../entities/queries/datasets/length-histograms.js";
import { promptFactsByLength } from "../../entities/queries/prompts/prompt-facts.js";
import {
  type LengthGrouping,
  type LengthTokenizer,
  PROMPT_SOURCES,
  SPLITS,
  STAGES,
  USE_CASES,
} from "../../vocabulary.js";
import { countLengths } from "./count-lengths.js";
import { servedStages } from "./split-sizes.js";

/** How long the texts of a group are, in tokens. */
export interface GroupLengths extends LengthSummary {
  readonly group: string;
}

/** The groups of each grouping, in the order in which they are told. */
const GROUPS: Record<LengthGrouping, readonly string[]> = {
  STAGE_SPLIT: STAGES.flatMap((stage) => SPLITS.map((split) => `${stage} ${split}`)),
  USE_CASE: [...USE_CASES, "NONE"],
  DEMONSTRATION_SOURCE: PROMPT_SOURCES.flatMap((source) => [`${source} prompt`, `${source} demonstration`]),
};

const COUNTS: Record<LengthGrouping, (database: Database, datasetId: string, asOf: number) => Promise<LengthCount[]>> =
  {
    STAGE_SPLIT: lengthsByStageAndSplit,
    USE_CASE: promptLengthsByUseCase,
    DEMONSTRATION_SOURCE: lengthsByDemonstrationSource,
  };

/**
 * How long a dataset's texts are as of a revision (InstructGPT, Tables 9 to 11), in tokens. A prompt's length is that of
 * all a model reads before it answers: its text and its few-shot pairs, with an empty line between each two of them.
 * STAGE_SPLIT: prompts as splitSizes counts them; USE_CASE: all prompts; DEMONSTRATION_SOURCE: prompts with a
 * demonstration, and demonstrations, by the prompt's source. Empty groups are left out.
 */
export async function lengths(
  database: Database,
  dataset: { readonly id: string; readonly tokenizer: LengthTokenizer },
  asOf: number,
  by: LengthGrouping,
): Promise<GroupLengths[]> {
  await countLengths(database, dataset.id, dataset.tokenizer);
  const histograms = new Map<string, [length: number, texts: number][]>();
  for (const { group, tokens, count } of await COUNTS[by](database, dataset.id, asOf)) {
    const histogram = histograms.get(group);
    if (histogram) histogram.push([tokens, count]);
    else histograms.set(group, [[tokens, count]]);
  }
  return GROUPS[by].flatMap((group) => {
    const summary = describeCounts(histograms.get(group) ?? []);
    return summary ? [{ group, ...summary }] : [];
  });
}

async function lengthsByStageAndSplit(database: Database, datasetId: string, asOf: number): Promise<LengthCount[]> {
  const facts = await promptFactsByLength(database, datasetId, asOf);
  return facts.flatMap((kind) =>
    servedStages(kind).map((stage) => ({
      group: `${stage} ${kind.split}`,
      tokens: kind.tokens,
      count: kind.prompts,
    })),
  );
}
