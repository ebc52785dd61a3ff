import type { Database } from "../../entities/database/database.js";
import { countedFacts, keepCountedFacts } from "../../entities/queries/datasets/counted-facts.js";
import { changedPrompts } from "../../entities/queries/prompts/changed-prompts.js";
import { type AlikePrompts, factsOfPrompts, promptFacts } from "../../entities/queries/prompts/prompt-facts.js";

/** With more changes than this, counting all prompts anew is no slower than following the changes. */
const MOST_CHANGES = 20_000;

/**
 * How many prompts of a dataset are alike, as of a revision. Follows the changes since the last count:
 * facts(r) = facts(r₀) − facts of the changed prompts as of r₀ + facts of the same prompts as of r,
 * so a new ranking among a million prompts costs one prompt and not a million.
 */
export async function factsAsOf(database: Database, datasetId: string, asOf: number): Promise<readonly AlikePrompts[]> {
  const counted = await countedFacts(database, datasetId, asOf);
  if (counted?.revision === asOf) return counted.facts;
  const facts =
    (counted && (await followChanges(database, datasetId, counted.revision, asOf, counted.facts))) ??
    (await promptFacts(database, datasetId, asOf));
  await keepCountedFacts(database, datasetId, { revision: asOf, facts });
  return facts;
}

/** The facts as of a later revision, or null where too much changed. */
async function followChanges(
  database: Database,
  datasetId: string,
  from: number,
  to: number,
  facts: readonly AlikePrompts[],
): Promise<AlikePrompts[] | null> {
  const changed = await changedPrompts(database, datasetId, from, to, MOST_CHANGES);
  if (changed === null) return null;
  const [before, after] = await Promise.all([
    factsOfPrompts(database, datasetId, from, changed),
    factsOfPrompts(database, datasetId, to, changed),
  ]);
  return sumOf([
    [facts, 1],
    [before, -1],
    [after, 1],
  ]);
}

/** Sums counts of equal kinds, each list times its sign; kinds without a prompt are left out. */
function sumOf(lists: readonly (readonly [facts: readonly AlikePrompts[], sign: 1 | -1])[]): AlikePrompts[] {
  const kinds = new Map<string, AlikePrompts>();
  for (const [facts, sign] of lists) {
    for (const kind of facts) {
      const { source, split, explicitStages, exclusionFrom, fewShotPairs, said } = kind;
      const key = JSON.stringify([source, split, explicitStages, exclusionFrom, fewShotPairs, said]);
      const known = kinds.get(key);
      kinds.set(key, {
        ...kind,
        prompts: (known?.prompts ?? 0) + sign * kind.prompts,
        written: (known?.written ?? 0) + sign * kind.written,
        compared: (known?.compared ?? 0) + sign * kind.compared,
      });
    }
  }
  return [...kinds.values()].filter((kind) => kind.prompts > 0);
}
