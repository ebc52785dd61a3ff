import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { median } from "./labeler-spread.js";
import { percent } from "./percent.js";
import { type Finding, nothingToSee } from "./signal.js";
import { binomialUpperTail } from "./tails.js";
import type { WorkTable } from "./work-table.js";

/** A labeler's pace is the median of at least so many works. */
const FEWEST_WORKS = 5;
/** So many labelers with a pace say how much honest paces differ. */
const FEWEST_LABELERS = 3;
/** Robust standard deviations below the others. */
const FAR = 3;
/** A labeler may be far below in this share of works: the quickest of a hundred honest ones is in 3 %. */
const ALLOWED = 0.05;
const LABELERS_PER_SLICE = OPERATIONS_PER_SLICE / 500;

/** A median absolute deviation times this is the standard deviation of a normal distribution: 1/Φ⁻¹(3/4). */
const NORMAL = 1.4826022185056018;

/**
 * Is a labeler much faster than the others at the same work? A work's pace is
 *
 *   y = ln max(1, durationMs) − median of the same of the others on the same set,
 *
 * and where nobody else judged the set, of all other works with as many completions, if they are of several labelers. A labeler's pace μ is the median of y. With
 * σ the scatter of y about the labelers' paces and τ that of the paces, each 1.4826 times a median absolute deviation,
 * a work is far below where y < median(μ) − 3 √(σ² + τ²). The probability is that of so many works far below where each is with 5 %.
 *
 * @returns a finding of each labeler: value is the share of works far below, expected the 5 %; n counts works with a duration. [labelers]
 */
export function* speed(table: WorkTable): TimeSlices<Finding[]> {
  const { judgments, firstBy, workBy, durationMs } = table;
  const paces = yield* pacesOf(table);
  const timed: number[][] = [];
  const own: (number | null)[] = [];
  for (let labeler = 0; labeler < judgments.labelers; labeler++) {
    const mine = Array.from(workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)).filter(
      (work) => !Number.isNaN(paces[work]),
    );
    timed.push(mine);
    own.push(mine.length < FEWEST_WORKS ? null : median(mine.map((work) => paces[work]!)));
    if (labeler % LABELERS_PER_SLICE === 0) {
      yield;
    }
  }
  const known = own.filter((pace) => pace !== null);
  const centre = median(known);
  const within: number[] = [];
  timed.forEach((mine, labeler) => {
    const pace = own[labeler];
    if (pace != null) for (const work of mine) within.push(Math.abs(paces[work]! - pace));
  });
  yield;
  const tau = NORMAL * median(known.map((pace) => Math.abs(pace - centre)));
  const sigma = NORMAL * median(within);
  const cut = centre - FAR * Math.hypot(sigma, tau);
  yield;
  const anyKnown = durationMs.some((duration) => !Number.isNaN(duration));
  const look = (mine: readonly number[]): Finding => {
    const n = mine.length;
    if (n === 0) {
      return nothingToSee(anyKnown ? "No work of this labeler has a duration to compare." : "No durations are known.");
    }
    if (n < FEWEST_WORKS) {
      return nothingToSee(`There are ${n} works with a duration; it takes ${FEWEST_WORKS}.`, n);
    }
    if (known.length < FEWEST_LABELERS) {
      return nothingToSee(
        `There are ${known.length} labelers with ${FEWEST_WORKS} durations; it takes ${FEWEST_LABELERS} to know how paces differ.`,
        n,
      );
    }
    if (!(Math.hypot(sigma, tau) > 0)) {
      return nothingToSee(
        "Most works on the same set took equally long: durations do not vary as those of people do.",
        n,
      );
    }
    const fast = mine.filter((work) => paces[work]! < cut);
    const pValue = binomialUpperTail(fast.length, n, ALLOWED);
    const typical = Math.exp(median(mine.map((work) => paces[work]!)));
    const evidence = `${fast.length} of ${n} works took less than ${percent(Math.exp(cut))} of the time of others on the same; a typical one takes ${percent(typical)} of it, ${(median(mine.map((work) => durationMs[work]!)) / 1000).toFixed(1)} s.`;
    return { value: fast.length / n, expected: ALLOWED, pValue, n, evidence, reason: null };
  };
  const findings: Finding[] = [];
  for (const mine of timed) {
    findings.push(look(mine));
    if (findings.length % LABELERS_PER_SLICE === 0) {
      yield;
    }
  }
  return findings;
}

/** The pace of every work beside the others; NaN where it has no duration, or nothing can be compared. [works] */
function* pacesOf(table: WorkTable): TimeSlices<Float64Array> {
  const { works, blocks, firstWork, workAt, durationMs, firstAnswer, labelerOf } = table;
  const paces = new Float64Array(works).fill(Number.NaN);
  const logOf = (work: number): number => Math.log(Math.max(1, durationMs[work]!));
  const bySize = new Map<number, { logs: number[]; labelers: Set<number> }>();
  const alone: number[] = [];
  let sincePause = 0;
  for (let block = 0; block < blocks; block++) {
    const members = Array.from(workAt.subarray(firstWork[block]!, firstWork[block + 1]!)).filter(
      (work) => !Number.isNaN(durationMs[work]!),
    );
    const sorted = members.map(logOf).sort((a, b) => a - b);
    for (const work of members) {
      const size = firstAnswer[work + 1]! - firstAnswer[work]!;
      const same = bySize.get(size) ?? { logs: [], labelers: new Set() };
      bySize.set(size, same);
      same.logs.push(logOf(work));
      same.labelers.add(labelerOf[work]!);
      if (members.length === 1) {
        alone.push(work);
      } else {
        paces[work] = logOf(work) - medianWithout(sorted, logOf(work));
      }
    }
    sincePause += members.length * 10;
    if (sincePause >= OPERATIONS_PER_SLICE / 10) {
      sincePause = 0;
      yield;
    }
  }
  for (const { logs } of bySize.values()) {
    logs.sort((a, b) => a - b);
    yield;
  }
  for (const work of alone) {
    const { logs, labelers } = bySize.get(firstAnswer[work + 1]! - firstAnswer[work]!)!;
    if (labelers.size > 1) {
      paces[work] = logOf(work) - medianWithout(logs, logOf(work));
    }
  }
  return paces;
}

/** The median of ascending values without one that equals `left`. */
function medianWithout(sorted: readonly number[], left: number): number {
  const n = sorted.length - 1;
  let place = 0;
  let above = sorted.length;
  while (place < above) {
    const middle = (place + above) >> 1;
    if (sorted[middle]! < left) place = middle + 1;
    else above = middle;
  }
  const at = (i: number): number => sorted[i < place ? i : i + 1]!;
  const half = n >> 1;
  return n % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
}
