import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/**
 * The units that two or more judged, those of which the same labelers said the same kept once: three labelers of a million pairs of
 * completions leave a few dozen.
 */
export interface VotePatterns {
  /** How many different ones there are. */
  readonly count: number;
  /** A unit of each. [count] */
  readonly unitOf: Int32Array;
  /** How many units each stands for. [count] */
  readonly times: Int32Array;
}

/** Finds the patterns, numbered by their first units. Those whose labelers stand in another order count as different. */
export function* votePatterns(table: JudgmentTable): TimeSlices<VotePatterns> {
  const { units, firstJudgment, labelerOf, categoryOf } = table;
  const unitOf: number[] = [];
  const times: number[] = [];
  const newest = new Map<number, number>();
  /** The pattern with the same hash that was found before, or −1. */
  const before: number[] = [];
  let work = 0;
  for (let unit = 0; unit < units; unit++) {
    const [from, to] = [firstJudgment[unit]!, firstJudgment[unit + 1]!];
    if (to - from < 2) {
      continue;
    }
    let hash = to - from;
    for (let i = from; i < to; i++) {
      hash = Math.imul(hash ^ (labelerOf[i]! * 256 + categoryOf[i]!), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const last = newest.get(hash) ?? -1;
    let pattern = last;
    while (pattern >= 0 && !isSaidOf(table, unitOf[pattern]!, unit)) {
      pattern = before[pattern]!;
    }
    if (pattern < 0) {
      pattern = unitOf.length;
      unitOf.push(unit);
      times.push(0);
      before.push(last);
      newest.set(hash, pattern);
    }
    times[pattern]!++;
    work += 2 * (to - from);
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  return { count: unitOf.length, unitOf: Int32Array.from(unitOf), times: Int32Array.from(times) };
}

/** Whether the same labelers said the same of both units. */
function isSaidOf({ firstJudgment, labelerOf, categoryOf }: JudgmentTable, one: number, other: number): boolean {
  const [a, b] = [firstJudgment[one]!, firstJudgment[other]!];
  const judged = firstJudgment[one + 1]! - a;
  if (judged !== firstJudgment[other + 1]! - b) {
    return false;
  }
  for (let i = 0; i < judged; i++) {
    if (labelerOf[a + i] !== labelerOf[b + i] || categoryOf[a + i] !== categoryOf[b + i]) {
      return false;
    }
  }
  return true;
}
