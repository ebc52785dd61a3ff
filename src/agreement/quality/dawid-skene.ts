import { badInput } from "../../errors.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, runSlices, type TimeSlices } from "../judgments/time-slices.js";
import { votePatterns } from "./vote-patterns.js";

/** What the values of units really are, and how each labeler errs. */
export interface DawidSkene {
  /** The share of each true category; [q], sums to 1. */
  readonly priors: Float64Array;
  /** confusion[(l·q + k)·q + c]: the probability that labeler l says c of what is k. [labelers·q·q] */
  readonly confusion: Float64Array;
  /** The units of each labeler that entered. [labelers] */
  readonly units: Int32Array;
  /** ln P(data) plus, where there is a prior, its logarithm up to a constant; after each iteration, never falling. */
  readonly objective: readonly number[];
  /** False where as many iterations as are made, 10,000 or fewer of very many judgments, were not enough. */
  readonly settled: boolean;
}

export interface DawidSkeneOptions {
  /** Category c of a unit is q − 1 − c seen from its other side, as of a pair of completions. */
  readonly oriented: boolean;
  /** Judgments that each labeler is taken to have given of every true category as every category; 0 is maximum likelihood. */
  readonly pseudocount: number;
}

const MOST_ITERATIONS = 10_000;
/** Judgments times iterations: more would keep a processor for longer than half a minute. */
const MOST_VISITS = 1_000_000_000;
const PATTERNS_PER_SLICE = OPERATIONS_PER_SLICE / 50;
/** Ends where the objective rises by less than this share of it. */
const RISES_BY = 1e-12;

/**
 * The model of Dawid and Skene by expectation and maximisation: a unit has a true category k with probability p_k, and labeler l says c of
 * it with probability π_l(k, c), independently of the others. From the shares of votes as T_uk (their equation 3.1),
 *
 *   π_l(k, c) = (Σ_u T_uk [l said c] + a) / Σ_c …,   p_k = Σ_u T_uk / units   (2.3, 2.4)
 *   T_uk ∝ p_k Π_l π_l(k, said)   (2.5)
 *
 * until the likelihood no longer rises. Labelers may judge some units only. Units that fewer than two judged are left out; those of which the
 * same labelers said the same are counted together. A tie of
 * completions is a category like the others. Where oriented, π_l(k, c) = π_l(q−1−k, q−1−c) and p_k = p_{q−1−k}, so which completion
 * stands first changes nothing.
 *
 * What it cannot know: from which of several maxima it began (the majority's), so a majority that errs alike is taken for the truth, and
 * two labelers alone do not say which of them errs. Labelers who copy are taken for independent witnesses.
 *
 * Refused: a pseudocount that is negative or not finite.
 * Source: Dawid and Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm", Applied Statistics 28.
 */
export const dawidSkene = (table: JudgmentTable, options: DawidSkeneOptions): DawidSkene =>
  runSlices(dawidSkeneInSlices(table, options));

/** The same, with a pause every few milliseconds. */
export function* dawidSkeneInSlices(
  table: JudgmentTable,
  { oriented, pseudocount }: DawidSkeneOptions,
): TimeSlices<DawidSkene> {
  if (!(Number.isFinite(pseudocount) && pseudocount >= 0)) {
    throw badInput(`The pseudocount is ${pseudocount}; it must be a number from 0.`);
  }
  const { q, labelers, firstJudgment, labelerOf, categoryOf } = table;
  const { count, unitOf, times } = yield* votePatterns(table);
  // posterior[i·q + k]: how probable it is that a unit of pattern i is k.
  const posterior = new Float64Array(count * q);
  const unitsOf = new Int32Array(labelers);
  let [entered, judgments] = [0, 0];
  for (let pattern = 0; pattern < count; pattern++) {
    const [from, to] = [firstJudgment[unitOf[pattern]!]!, firstJudgment[unitOf[pattern]! + 1]!];
    entered += times[pattern]!;
    judgments += to - from;
    for (let i = from; i < to; i++) {
      posterior[pattern * q + categoryOf[i]!]! += 1 / (to - from);
      unitsOf[labelerOf[i]!]! += times[pattern]!;
    }
    if (pattern % PATTERNS_PER_SLICE === PATTERNS_PER_SLICE - 1) {
      yield;
    }
  }
  const confusion = new Float64Array(labelers * q * q);
  const logs = new Float64Array(labelers * q * q);
  const priors = new Float64Array(q);
  const objective: number[] = [];
  const terms = new Float64Array(q);
  const most = Math.min(MOST_ITERATIONS, Math.ceil(MOST_VISITS / Math.max(1, judgments)));
  let settled = entered === 0;
  for (let iteration = 0; iteration < most && !settled; iteration++) {
    // Maximisation.
    confusion.fill(0);
    priors.fill(0);
    let sincePause = 0;
    for (let pattern = 0; pattern < count; pattern++) {
      const [from, to] = [firstJudgment[unitOf[pattern]!]!, firstJudgment[unitOf[pattern]! + 1]!];
      const units = times[pattern]!;
      for (let k = 0; k < q; k++) {
        priors[k]! += (units * posterior[pattern * q + k]!) / entered;
      }
      for (let i = from; i < to; i++) {
        const cell = labelerOf[i]! * q * q + categoryOf[i]!;
        for (let k = 0; k < q; k++) {
          confusion[cell + k * q]! += units * posterior[pattern * q + k]!;
        }
      }
      sincePause += q * (to - from);
      if (sincePause >= OPERATIONS_PER_SLICE) {
        sincePause = 0;
        yield;
      }
    }
    const ofPrior = maximise(confusion, priors, logs, q, oriented, pseudocount);
    yield;
    // Expectation.
    const logPriors = priors.map(Math.log);
    let logLikelihood = 0;
    for (let pattern = 0; pattern < count; pattern++) {
      const [from, to] = [firstJudgment[unitOf[pattern]!]!, firstJudgment[unitOf[pattern]! + 1]!];
      terms.set(logPriors);
      for (let i = from; i < to; i++) {
        const cell = labelerOf[i]! * q * q + categoryOf[i]!;
        for (let k = 0; k < q; k++) {
          terms[k]! += logs[cell + k * q]!;
        }
      }
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < q; k++) {
        largest = Math.max(largest, terms[k]!);
      }
      let total = 0;
      for (let k = 0; k < q; k++) {
        terms[k] = Math.exp(terms[k]! - largest);
        total += terms[k]!;
      }
      for (let k = 0; k < q; k++) {
        posterior[pattern * q + k] = terms[k]! / total;
      }
      logLikelihood += times[pattern]! * (largest + Math.log(total));
      sincePause += q * (to - from);
      if (sincePause >= OPERATIONS_PER_SLICE) {
        sincePause = 0;
        yield;
      }
    }
    const value = logLikelihood + ofPrior;
    const before = objective[objective.length - 1] ?? Number.NEGATIVE_INFINITY;
    objective.push(value);
    settled = value - before <= RISES_BY * Math.abs(value);
  }
  return { priors, confusion, units: unitsOf, objective, settled };
}

/** Turns counts into probabilities in place, writes their logarithms, and answers the logarithm of the prior. */
function maximise(
  confusion: Float64Array,
  priors: Float64Array,
  logs: Float64Array,
  q: number,
  oriented: boolean,
  pseudocount: number,
): number {
  if (oriented) {
    mirror(priors, 0, q);
    for (let start = 0; start < confusion.length; start += q * q) {
      mirror(confusion, start, q * q);
    }
  }
  let ofPrior = 0;
  for (let row = 0; row < confusion.length; row += q) {
    let total = 0;
    for (let c = 0; c < q; c++) {
      confusion[row + c]! += pseudocount;
      total += confusion[row + c]!;
    }
    for (let c = 0; c < q; c++) {
      // Of a category that nothing was like nothing is known: every answer is as probable.
      confusion[row + c] = total > 0 ? confusion[row + c]! / total : 1 / q;
      logs[row + c] = Math.log(confusion[row + c]!);
      ofPrior += pseudocount === 0 ? 0 : pseudocount * logs[row + c]!;
    }
  }
  return ofPrior;
}

/** The mean of a matrix and itself turned by half a circle: entry i with entry last − i. */
function mirror(values: Float64Array, start: number, length: number): void {
  for (let i = 0; i < length >> 1; i++) {
    const [one, two] = [start + i, start + length - 1 - i];
    const mean = (values[one]! + values[two]!) / 2;
    values[one] = mean;
    values[two] = mean;
  }
}

/** How often a labeler says what is true: Σ_k p_k π(k, k). [0, 1] */
export function labelerAccuracy({ priors, confusion }: DawidSkene, labeler: number): number {
  const q = priors.length;
  return priors.reduce((sum, share, k) => sum + share * confusion[(labeler * q + k) * q + k]!, 0);
}
