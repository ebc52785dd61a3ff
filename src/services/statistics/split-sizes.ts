import { deriveStages } from "../../datasets/records/stages.js";
import type { Database } from "../../entities/database/database.js";
import { type AlikePrompts, SAID } from "../../entities/queries/prompts/prompt-facts.js";
import { PROMPT_SOURCES, type PromptSource, SPLITS, type Split, STAGES, type Stage } from "../../vocabulary.js";
import { factsAsOf } from "./prompt-facts.js";

/** How much a stage has of one split and source. */
export interface SplitSizeFacts {
  readonly stage: Stage;
  readonly split: Split;
  readonly source: PromptSource;
  readonly prompts: number;
  readonly examples: number;
}

/** The stages that prompts of a kind serve: theirs but those they are excluded from. */
export function servedStages({ explicitStages, source, fewShotPairs, said, exclusionFrom }: AlikePrompts): Stage[] {
  const has = (bit: number) => ((said ?? 0) & bit ? 1 : 0);
  const stages = deriveStages({
    explicit: explicitStages,
    source,
    fewShotPairs,
    demonstrations: has(SAID.demonstration),
    rankings: has(SAID.ranking),
    strictPairs: has(SAID.strictPair),
    assessments: has(SAID.assessment),
  });
  return stages.filter((stage) => !exclusionFrom?.includes(stage));
}

/** What a job for a stage would train on: only the work of TRAINING labelers. */
function examplesOf(stage: Stage, { source, fewShotPairs, prompts, written, compared }: AlikePrompts): number {
  if (stage === "RM") return compared;
  if (stage === "PPO") return prompts;
  return written + (source === "LABELER" ? fewShotPairs * prompts : 0);
}

/**
 * The sizes of a dataset's stages as of a revision (InstructGPT, Table 6), in the vocabulary's order; what is empty is
 * left out. prompts counts those of the stage, whoever labeled them.
 */
export async function splitSizes(database: Database, datasetId: string, asOf: number): Promise<SplitSizeFacts[]> {
  const sizes = new Map<string, { prompts: number; examples: number }>();
  for (const facts of await factsAsOf(database, datasetId, asOf)) {
    for (const stage of servedStages(facts)) {
      const key = `${stage} ${facts.split} ${facts.source}`;
      const size = sizes.get(key) ?? { prompts: 0, examples: 0 };
      size.prompts += facts.prompts;
      size.examples += examplesOf(stage, facts);
      sizes.set(key, size);
    }
  }
  return STAGES.flatMap((stage) =>
    SPLITS.flatMap((split) =>
      PROMPT_SOURCES.flatMap((source) => {
        const size = sizes.get(`${stage} ${split} ${source}`);
        return size ? [{ stage, split, source, ...size }] : [];
      }),
    ),
  );
}
