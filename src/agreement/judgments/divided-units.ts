import { OPERATIONS_PER_SLICE, type TimeSlices } from "./time-slices.js";
import { NOT_PREFERRED, PREFERRED, type RankingJudgment, TIED } from "./units-from-rankings.js";
import type { RatingJudgment } from "./units-from-ratings.js";

/** A unit of one prompt and how its labelers are divided over it. */
export interface DividedUnit {
  /** The completion, by its position; of a pair the one with the lower position. */
  readonly first: number;
  /** The other completion of a pair; null where the unit is one completion. */
  readonly second: number | null;
  /** How many labelers gave each category: the first preferred, a tie, the second preferred; or each value of the scale. [q] */
  readonly counts: readonly number[];
  /** The share of the unit's labeler pairs whose categories differ, 1 − Σ c(c−1) / N(N−1), above 0 and at most 1. */
  readonly disagreement: number;
}

/** A look-up costs about as much as ten elementary operations. */
const LOOKUPS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/**
 * The pairs of completions of one prompt over which the labelers are divided most, and how; those over which all agree are
 * left out. Where a labeler orders a pair twice the later ranking counts, as in unitsFromRankings.
 *
 * @param limit at most so many, most divided first; of equal ones those with more labelers, then with lower positions.
 */
export function* dividedPairs(rankings: readonly RankingJudgment[], limit: number): TimeSlices<DividedUnit[]> {
  const units = new UnitValues(3);
  let sincePause = 0;
  for (const { labelerId, positions, tiers } of inOrder(rankings)) {
    for (let j = 1; j < positions.length; j++) {
      for (let i = 0; i < j; i++) {
        const swapped = positions[i]! > positions[j]!;
        const [low, high] = swapped ? [j, i] : [i, j];
        const difference = tiers[low]! - tiers[high]!;
        const category = difference < 0 ? PREFERRED : difference > 0 ? NOT_PREFERRED : TIED;
        units.set(positions[low]!, positions[high]!, labelerId, category);
      }
      sincePause += j;
      if (sincePause >= LOOKUPS_PER_SLICE) {
        yield;
        sincePause = 0;
      }
    }
  }
  return units.mostDivided(limit);
}

/** The completions of one prompt over whose values the labelers are divided most; else as dividedPairs. */
export function* dividedRatings(
  ratings: readonly RatingJudgment[],
  scale: readonly number[],
  limit: number,
): TimeSlices<DividedUnit[]> {
  const units = new UnitValues(scale.length);
  let sincePause = 0;
  for (const { labelerId, position, value } of inOrder(ratings)) {
    units.set(position, null, labelerId, scale.indexOf(value));
    sincePause++;
    if (sincePause >= LOOKUPS_PER_SLICE) {
      yield;
      sincePause = 0;
    }
  }
  return units.mostDivided(limit);
}

const inOrder = <Judgment extends { readonly createdAt: number; readonly ordinal: number }>(
  judgments: readonly Judgment[],
): Judgment[] => [...judgments].sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);

/** The latest category of each labeler, by unit. */
class UnitValues {
  private readonly units = new Map<string, { first: number; second: number | null; categories: Map<string, number> }>();

  constructor(private readonly q: number) {}

  set(first: number, second: number | null, labelerId: string, category: number): void {
    const key = `${first} ${second}`;
    let unit = this.units.get(key);
    if (unit === undefined) {
      unit = { first, second, categories: new Map() };
      this.units.set(key, unit);
    }
    unit.categories.set(labelerId, category);
  }

  mostDivided(limit: number): DividedUnit[] {
    const divided: DividedUnit[] = [];
    for (const { first, second, categories } of this.units.values()) {
      const counts = new Array<number>(this.q).fill(0);
      for (const category of categories.values()) counts[category]!++;
      const n = categories.size;
      const agreeing = counts.reduce((sum, count) => sum + count * (count - 1), 0);
      const disagreement = n < 2 ? 0 : 1 - agreeing / (n * (n - 1));
      if (disagreement > 0) divided.push({ first, second, counts, disagreement });
    }
    const size = ({ counts }: DividedUnit) => counts.reduce((sum, count) => sum + count, 0);
    divided.sort(
      (a, b) =>
        b.disagreement - a.disagreement || size(b) - size(a) || a.first - b.first || (a.second ?? 0) - (b.second ?? 0),
    );
    return divided.slice(0, limit);
  }
}
