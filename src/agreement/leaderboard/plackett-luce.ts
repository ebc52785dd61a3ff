import { whyNoFiniteMaximum } from "./finite-maximum.js";
import { countsOfTable } from "./pair-counts.js";
import type { Ratings } from "./ratings.js";

const MOST_STEPS = 100_000;
const PRECISION = 1e-14;

/**
 * The Plackett–Luce strengths of items that were ranked, by maximum likelihood: the best of those that are left is drawn again and
 * again,
 *
 *   P(a₁ > a₂ > … > a_k) = Π_s p_{a_s} / Σ_{t ≥ s} p_{a_t},   θ = ln p,   Σ θ_i = 0.
 *
 * For rankings of two it is Bradley–Terry. By the MM algorithm p_i ← (times i was not last) / Σ_stages with i 1 / Σ p of the stage,
 * which raises the likelihood with each step.
 *
 * @param rankings item numbers, best first, without ties; subsets may be ranked. [rankings][k] @param names for the reason. [items]
 * @returns θ with mean 0. [items] Null with a reason where there is no finite maximum: some items are never ranked below, or never
 * above, the others, or no ranking connects them. Refused: an item that stands twice in a ranking, or is none.
 * Source: Plackett 1975; Hunter 2004, "MM Algorithms for Generalized Bradley–Terry Models", section 5.
 */
export function plackettLuce(rankings: readonly (readonly number[])[], names: readonly string[]): Ratings {
  const items = names.length;
  const above = names.map(() => new Array<number>(items).fill(0));
  const notLast = new Float64Array(items);
  for (const ranking of rankings) {
    if (new Set(ranking).size < ranking.length || ranking.some((item) => names[item] === undefined)) {
      throw new RangeError(`A ranking is ${JSON.stringify(ranking)}; each of ${items} items may stand in it once.`);
    }
    ranking.forEach((item, place) => {
      for (const worse of ranking.slice(place + 1)) {
        above[item]![worse]!++;
      }
      if (place < ranking.length - 1) {
        notLast[item]!++;
      }
    });
  }
  const reason = whyNoFiniteMaximum(countsOfTable(above), names);
  if (reason !== null) {
    return { values: null, reason };
  }
  let strengths = new Float64Array(items).fill(1 / items);
  for (let step = 0; step < MOST_STEPS; step++) {
    const chances = new Float64Array(items);
    for (const ranking of rankings) {
      let left = ranking.reduce((sum, item) => sum + strengths[item]!, 0);
      let sum = 0;
      ranking.forEach((item, place) => {
        if (place < ranking.length - 1) {
          sum += 1 / left;
          left -= strengths[item]!;
        }
        chances[item]! += sum;
      });
    }
    const next = strengths.map((_, item) => notLast[item]! / chances[item]!);
    const total = next.reduce((sum, strength) => sum + strength, 0);
    const moved = next.map((strength, item) => Math.abs(strength / total / strengths[item]! - 1));
    strengths = next.map((strength) => strength / total);
    if (Math.max(...moved) < PRECISION) {
      break;
    }
  }
  const logs = strengths.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log / items, 0);
  return { values: logs.map((log) => log - mean), reason: null };
}
