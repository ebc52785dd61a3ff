/**
 * The canonical forms of a ranking: tiers of keys (best first, keys of a tier in code-point order), and, once the prompt's
 * completions are known, two parallel lists, as the database keeps it: `positions` of the completions (ordinals within the
 * prompt, from 0; ascending within a tier) and the dense tier number of each, from 1.
 */
import { badInput } from "../../errors.js";
import { compareCodePoints, show } from "../text/code-points.js";

export interface RankedPositions {
  positions: number[];
  tiers: number[];
}

/** Most completions that one prompt, and so one ranking, may have. */
export const MOST_COMPLETIONS = 1000;

/**
 * Check tiers and bring them into canonical form.
 * Refused: fewer than two completions in all, more than 1,000, an empty tier, a completion named twice.
 * @param tiers keys (or any other ids) of the completions, best tier first
 * @param field where they stand, for the error
 */
export function canonicalTiers(tiers: readonly (readonly string[])[], field = "tiers"): string[][] {
  const seen = new Set<string>();
  const canonical = tiers.map((tier, index) => {
    if (tier.length === 0)
      throw badInput(`${field}.${index} is empty; every tier holds at least one completion.`, field);
    for (const key of tier) {
      if (seen.has(key)) throw badInput(`${field} names ${show(key)} twice; a completion stands in one tier.`, field);
      seen.add(key);
    }
    return tier.length === 1 ? [...tier] : [...tier].sort(compareCodePoints);
  });
  if (seen.size < 2) {
    throw badInput(`${field} ranks ${seen.size} completions; a ranking needs at least two.`, field);
  }
  if (seen.size > MOST_COMPLETIONS) {
    throw badInput(`${field} ranks ${seen.size} completions; a ranking may have ${MOST_COMPLETIONS}.`, field);
  }
  return canonical;
}

/**
 * Tiers of keys as positions and tier numbers.
 * @param tiers keys, best tier first
 * @param keyToPosition the ordinal of each of the prompt's completions; a key that it lacks is refused
 */
export function toPositions(
  tiers: readonly (readonly string[])[],
  keyToPosition: ReadonlyMap<string, number>,
): RankedPositions {
  const ranked: RankedPositions = { positions: [], tiers: [] };
  for (const [index, tier] of tiers.entries()) {
    const positions = tier.map((key) => {
      const position = keyToPosition.get(key);
      if (position === undefined) {
        throw badInput(`tiers names the key ${show(key)}, which is no completion of this prompt.`, "tiers");
      }
      return position;
    });
    if (positions.length > 1) positions.sort((a, b) => a - b);
    for (const position of positions) {
      ranked.positions.push(position);
      ranked.tiers.push(index + 1);
    }
  }
  return ranked;
}

/**
 * Positions and tier numbers as tiers of keys: the inverse of `toPositions`.
 * @param ranked positions and dense tier numbers, best first
 * @param keys the key of each of the prompt's completions, by ordinal
 */
export function fromPositions(ranked: Readonly<RankedPositions>, keys: readonly string[]): string[][] {
  const tiers: string[][] = [];
  for (const [index, position] of ranked.positions.entries()) {
    const key = keys[position];
    if (key === undefined)
      throw new RangeError(`Position ${position} is beyond the prompt's ${keys.length} completions.`);
    const tier = (ranked.tiers[index] ?? 0) - 1;
    const keysOfTier = tiers[tier];
    if (keysOfTier === undefined) tiers[tier] = [key];
    else keysOfTier.push(key);
  }
  for (const tier of tiers) if (tier.length > 1) tier.sort(compareCodePoints);
  return tiers;
}
