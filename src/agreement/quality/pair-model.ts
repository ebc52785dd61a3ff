import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { WorkTable } from "./work-table.js";

/** A block in which two labelers took part, as they could have: every ordered pair of its answers. */
export interface PairTable {
  /** On how many units the two answers agree. [pairs] */
  readonly agreed: Float64Array;
  /** The mean number of units on which the first answer agrees with the answers of third labelers … [pairs] */
  readonly first: Float64Array;
  /** … and the second. [pairs] */
  readonly second: Float64Array;
  /** Which pair the two really gave. */
  readonly own: number;
}

/** How much each of the two leans to answers that agree with third labelers, and what agreement of the two follows. */
export interface PairFit {
  readonly leanFirst: number;
  readonly leanSecond: number;
  /** Σ over blocks of the expected number of units on which they agree. */
  readonly expected: number;
}

/** Leans are taken for normal about 0 with this precision: weak, and enough that they stay finite. */
const PRECISION = 0.25;
const MOST_ITERATIONS = 50;
const ROUNDING = 1e-12;

/** On how many of their units each two works of a block agree. [m·m] */
export function agreements({ firstValue, unitOf, categoryOf }: WorkTable, members: ArrayLike<number>): Int32Array {
  const m = members.length;
  const units = firstValue[members[0]! + 1]! - firstValue[members[0]!]!;
  // Works of a block have the same units, each perhaps in an order of its own.
  const said = Array.from(members, (work) => {
    const places = Array.from({ length: units }, (_, v) => firstValue[work]! + v);
    places.sort((a, b) => unitOf[a]! - unitOf[b]!);
    return Uint8Array.from(places, (place) => categoryOf[place]!);
  });
  const agreement = new Int32Array(m * m);
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < a; b++) {
      const [one, two] = [said[a]!, said[b]!];
      let same = 0;
      for (let u = 0; u < units; u++) {
        same += one[u] === two[u] ? 1 : 0;
      }
      agreement[a * m + b] = same;
      agreement[b * m + a] = same;
    }
  }
  return agreement;
}

/** The ordered pairs of answers of a block, given the works of the two. */
export function pairTables(table: WorkTable, own: number, other: number): PairTable {
  const { blockOf, firstWork, workAt } = table;
  const block = blockOf[own]!;
  const members = workAt.subarray(firstWork[block]!, firstWork[block + 1]!);
  const m = members.length;
  const agreement = agreements(table, members);
  const totals = Float64Array.from(members, (_, a) =>
    agreement.subarray(a * m, (a + 1) * m).reduce((sum, same) => sum + same, 0),
  );
  const pairs = m * (m - 1);
  const made = { agreed: new Float64Array(pairs), first: new Float64Array(pairs), second: new Float64Array(pairs) };
  let [pair, mine] = [0, 0];
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < m; b++) {
      if (a === b) {
        continue;
      }
      const same = agreement[a * m + b]!;
      made.agreed[pair] = same;
      made.first[pair] = (totals[a]! - same) / (m - 2);
      made.second[pair] = (totals[b]! - same) / (m - 2);
      if (members[a] === own && members[b] === other) {
        mine = pair;
      }
      pair++;
    }
  }
  return { ...made, own: mine };
}

/**
 * The leans of two labelers by maximum a posteriori: in each block the pair of answers (a, b) has probability
 *
 *   P(a, b) ∝ exp(β₁ h(a | b) + β₂ h(b | a)),   β ~ N(0, 4),
 *
 * h(a | b) being the mean number of units on which a agrees with the block's answers other than a and b. By Newton's method: the
 * log-likelihood is that of an exponential family, so it is concave, and at its maximum the expected agreement of each of the two
 * with third labelers is the one that they have (but for the prior).
 */
export function* fitPair(tables: readonly PairTable[]): TimeSlices<PairFit> {
  let beta: [number, number] = [0, 0];
  let at = yield* lookAt(tables, beta, 0);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const [g1, g2] = [at.gradient[0] - PRECISION * beta[0], at.gradient[1] - PRECISION * beta[1]];
    const [a, b, d] = [at.curvature[0] + PRECISION, at.curvature[1], at.curvature[2] + PRECISION];
    const determinant = a * d - b * b;
    const step: [number, number] = [(d * g1 - b * g2) / determinant, (a * g2 - b * g1) / determinant];
    let scale = 1;
    let next = at;
    let there = beta;
    // Halved until it rises: far from the maximum a Newton step may be too long.
    for (; scale > 1e-6; scale /= 2) {
      there = [beta[0] + scale * step[0], beta[1] + scale * step[1]];
      next = yield* lookAt(tables, there, 0);
      // The value is only known to about this share of it: near the maximum a good step may seem to lose.
      if (value(next, there) >= value(at, beta) - ROUNDING * (1 + Math.abs(value(at, beta)))) {
        break;
      }
    }
    const settled = Math.max(Math.abs(step[0]), Math.abs(step[1])) < 1e-9 || scale <= 1e-6;
    if (scale > 1e-6) {
      [at, beta] = [next, there];
    }
    if (settled) {
      break;
    }
  }
  return { leanFirst: beta[0], leanSecond: beta[1], expected: at.agreed };
}

const value = ({ logLikelihood }: Look, beta: readonly [number, number]): number =>
  logLikelihood - (PRECISION / 2) * (beta[0] ** 2 + beta[1] ** 2);

/**
 * Chernoff's bound of the probability that the two agree on at least so many units under the fitted leans:
 * min_{t ≥ 0} exp(Σ ln E exp(t G) − t T), with G the number of units on which the pair of a block agrees. 1 where T is no more than expected.
 * Source: Chernoff 1952, "A Measure of Asymptotic Efficiency …", theorem 1.
 */
export function* tailBound(tables: readonly PairTable[], fit: PairFit, agreed: number): TimeSlices<number> {
  if (agreed <= fit.expected) {
    return 1;
  }
  const beta: [number, number] = [fit.leanFirst, fit.leanSecond];
  const still = (yield* lookAt(tables, beta, 0)).logNormalizer;
  let [low, high] = [0, 1];
  // The derivative E_t[G] − T rises with t: double until it is positive, then halve.
  while (high < 64 && (yield* lookAt(tables, beta, high)).agreed < agreed) {
    [low, high] = [high, 2 * high];
  }
  while (high > 1e-9 && high - low > 1e-3 * high) {
    const middle = (low + high) / 2;
    if ((yield* lookAt(tables, beta, middle)).agreed < agreed) low = middle;
    else high = middle;
  }
  // Any t gives a bound; the one found gives about the least.
  const exponent = (yield* lookAt(tables, beta, low)).logNormalizer - still - low * agreed;
  return Math.min(1, Math.exp(exponent));
}

interface Look {
  readonly logNormalizer: number;
  readonly logLikelihood: number;
  /** Of the log-likelihood, by the two leans. */
  readonly gradient: readonly [number, number];
  /** Minus its second derivatives: first, mixed, second. */
  readonly curvature: readonly [number, number, number];
  /** Expected number of units on which the two agree. */
  readonly agreed: number;
}

function* lookAt(tables: readonly PairTable[], [b1, b2]: readonly [number, number], t: number): TimeSlices<Look> {
  let [logNormalizer, logLikelihood, g1, g2, c11, c12, c22, agreed] = [0, 0, 0, 0, 0, 0, 0, 0];
  let sincePause = 0;
  for (const table of tables) {
    const { length } = table.agreed;
    let largest = Number.NEGATIVE_INFINITY;
    for (let pair = 0; pair < length; pair++) {
      largest = Math.max(largest, b1 * table.first[pair]! + b2 * table.second[pair]! + t * table.agreed[pair]!);
    }
    let [total, m1, m2, s11, s12, s22, mg] = [0, 0, 0, 0, 0, 0, 0];
    for (let pair = 0; pair < length; pair++) {
      const [h1, h2, g] = [table.first[pair]!, table.second[pair]!, table.agreed[pair]!];
      const w = Math.exp(b1 * h1 + b2 * h2 + t * g - largest);
      total += w;
      m1 += w * h1;
      m2 += w * h2;
      s11 += w * h1 * h1;
      s12 += w * h1 * h2;
      s22 += w * h2 * h2;
      mg += w * g;
    }
    [m1, m2] = [m1 / total, m2 / total];
    const log = largest + Math.log(total);
    logNormalizer += log;
    const [own1, own2] = [table.first[table.own]!, table.second[table.own]!];
    logLikelihood += b1 * own1 + b2 * own2 + t * table.agreed[table.own]! - log;
    g1 += own1 - m1;
    g2 += own2 - m2;
    c11 += s11 / total - m1 * m1;
    c12 += s12 / total - m1 * m2;
    c22 += s22 / total - m2 * m2;
    agreed += mg / total;
    sincePause += 20 * length;
    if (sincePause >= OPERATIONS_PER_SLICE) {
      sincePause = 0;
      yield;
    }
  }
  return { logNormalizer, logLikelihood, gradient: [g1, g2], curvature: [c11, c12, c22], agreed };
}
