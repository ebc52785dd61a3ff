import { createRandom } from "../../random.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import type { ConsensusScores } from "./consensus.js";
import { percent } from "./percent.js";
import { sequentialP } from "./sequential-p.js";
import { type Finding, nothingToSee } from "./signal.js";
import type { WorkTable } from "./work-table.js";

/** Fewer prompts than this have next to no order to speak of. */
const FEWEST_PROMPTS = 10;

/**
 * The largest cumulative sum of a series about its mean, in units of what chance gives:
 *
 *   max_k |Σ_{i ≤ k} (x_i − x̄)| / (s √n),   s² = Σ (x_i − x̄)² / n
 *
 * over those k after which time goes on: what happened in one moment has no order.
 * @param ends k of each moment's last point, ascending; the last one is n
 * @returns the statistic, and after which point the sum is largest. Both are 0 where x does not vary.
 * Source: Page 1954, "Continuous Inspection Schemes"; about the mean: Brown, Durbin and Evans 1975, section 2.3.
 */
export function largestCusum(xs: ArrayLike<number>, ends: readonly number[]): { statistic: number; after: number } {
  const n = xs.length;
  let mean = 0;
  for (let i = 0; i < n; i++) {
    mean += xs[i]! / n;
  }
  let square = 0;
  for (let i = 0; i < n; i++) {
    square += (xs[i]! - mean) ** 2;
  }
  let [largest, after, sum, i] = [0, 0, 0, 0];
  for (const end of ends) {
    for (; i < end; i++) {
      sum += xs[i]! - mean;
    }
    if (end < n && Math.abs(sum) > largest) {
      [largest, after] = [Math.abs(sum), end];
    }
  }
  // Rounding alone is no variation.
  return square <= 1e-20 * n ? { statistic: 0, after: 0 } : { statistic: largest / Math.sqrt(square), after };
}

/**
 * Does a labeler's agreement with the consensus change over time? A point is a prompt: the labeler's scores there less the mean
 * scores of the same blocks, so that prompts getting harder are no drift. The probability is that of a CUSUM as large with the
 * points in any order, exact where the order of prompts says nothing.
 *
 * @returns a finding of each labeler: value is the agreement after the change, expected what it would be with the
 * lead over the labelers of the same works that there was before; n counts prompts. [labelers]
 */
export function* drift(table: WorkTable, scores: ConsensusScores, seed: number): TimeSlices<Finding[]> {
  const findings: Finding[] = [];
  for (let labeler = 0; labeler < table.judgments.labelers; labeler++) {
    findings.push(yield* driftOf(table, scores, labeler, seed));
    yield;
  }
  return findings;
}

interface JudgedPrompt {
  time: number;
  x: number;
  score: number;
  units: number;
}

function* driftOf(table: WorkTable, scores: ConsensusScores, labeler: number, seed: number): TimeSlices<Finding> {
  const { firstBy, workBy, promptOf, createdAt } = table;
  const byPrompt = new Map<number, JudgedPrompt>();
  let untimed = 0;
  for (const work of workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)) {
    if (scores.units[work] === 0) {
      continue;
    }
    const time = createdAt[work]!;
    if (Number.isNaN(time)) {
      untimed++;
      continue;
    }
    const prompt = byPrompt.get(promptOf[work]!) ?? { time, x: 0, score: 0, units: 0 };
    prompt.time = Math.min(prompt.time, time);
    prompt.x += scores.score[work]! - scores.mean[work]!;
    prompt.score += scores.score[work]!;
    prompt.units += scores.units[work]!;
    byPrompt.set(promptOf[work]!, prompt);
  }
  const prompts = [...byPrompt.values()].sort((a, b) => a.time - b.time || a.x - b.x);
  const n = prompts.length;
  if (n < FEWEST_PROMPTS) {
    return nothingToSee(
      untimed > 0
        ? `When ${untimed} works were done is not known; ${n} prompts are left, and it takes ${FEWEST_PROMPTS}.`
        : `There are ${n} prompts that others judged, too; it takes ${FEWEST_PROMPTS}.`,
      n,
    );
  }
  const xs = Float64Array.from(prompts, ({ x }) => x);
  const ends = prompts.flatMap(({ time }, i) => (i + 1 === n || prompts[i + 1]!.time > time ? [i + 1] : []));
  if (ends.length === 1) {
    return nothingToSee("All of it was done at one moment: there is no order in time.", n);
  }
  const { statistic, after } = largestCusum(xs, ends);
  if (statistic === 0) {
    return nothingToSee(
      "Agreement beside that of the others never differs from one prompt to the next (with two labelers it cannot).",
      n,
    );
  }
  const random = createRandom(seed);
  const drawn = xs.slice().sort();
  const pValue = yield* sequentialP(() => {
    for (let i = n - 1; i > 0; i--) {
      const j = random.nextBelow(i + 1);
      const kept = drawn[i]!;
      drawn[i] = drawn[j]!;
      drawn[j] = kept;
    }
    return largestCusum(drawn, ends).statistic >= statistic * (1 - 1e-12);
  }, 8 * n);
  const [before, later] = [sharesOf(prompts.slice(0, after)), sharesOf(prompts.slice(after))];
  const expected = Math.min(1, Math.max(0, later.others + before.own - before.others));
  const evidence = `Gave the consensus of the others in ${percent(before.own)} of the first ${after} prompts' units, ${points(before)} than the labelers of the same works, and in ${percent(later.own)} of those of the ${n - after} prompts from ${new Date(prompts[after]!.time).toISOString()} on, ${points(later)}; the CUSUM reaches ${statistic.toFixed(2)}.`;
  return { value: later.own, expected, pValue, n, evidence, reason: null };
}

interface Shares {
  readonly own: number;
  /** Of the labelers of the same works. */
  readonly others: number;
}

function sharesOf(prompts: readonly JudgedPrompt[]): Shares {
  const units = prompts.reduce((sum, prompt) => sum + prompt.units, 0);
  const own = prompts.reduce((sum, prompt) => sum + prompt.score, 0) / units;
  return { own, others: own - prompts.reduce((sum, { x }) => sum + x, 0) / units };
}

/** "3.1 points more". */
const points = ({ own, others }: Shares): string =>
  `${(100 * Math.abs(own - others)).toFixed(1)} points ${own < others ? "less" : "more"}`;
