import { badInput } from "../../errors.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, runSlices, type TimeSlices } from "../judgments/time-slices.js";
import { NOT_PREFERRED, PREFERRED, TIED } from "../judgments/units-from-rankings.js";
import { climb, MOST_STEPS } from "./climb.js";

/** The pairs of completions that were judged, and by whom. */
export interface JudgedPairs {
  /** Units with the categories of RANKING. */
  readonly judgments: JudgmentTable;
  /** The two completions of each unit, numbered over all prompts; category PREFERRED is the first over the second. [units] */
  readonly firstItemOf: Int32Array;
  readonly secondItemOf: Int32Array;
  readonly items: number;
}

export interface CrowdPriors {
  /** η ~ Beta(right, wrong): as if a labeler had been right − 1 times right and wrong − 1 times wrong before. Each above 1. */
  readonly right: number;
  readonly wrong: number;
  /** As if each completion had tied so often with one of strength 0. Above 0. */
  readonly ties: number;
}

/** Strengths of completions, and how reliably each labeler tells them apart. */
export interface CrowdBradleyTerry {
  /** θ, natural logarithms of strengths, 0 where nothing was compared. [items] */
  readonly strengths: Float64Array;
  /** η, the probability of judging by the strengths and not against them, 0 to 1; ½ is a coin. [labelers] */
  readonly reliability: Float64Array;
  /** The judgments of each labeler that entered … [labelers] */
  readonly judgments: Int32Array;
  /** … and those of them that are no tie: without one the reliability is the prior's. [labelers] */
  readonly strict: Int32Array;
  /** The logarithm of the posterior density up to a constant, after each iteration; never falling. */
  readonly objective: readonly number[];
  readonly settled: boolean;
}

/** Judgments times steps: more would keep a processor for longer than a minute. */
const MOST_VISITS = 1_000_000_000;

/** Beta(5, 2): a new labeler is taken to be right 4 times of 5. */
export const CROWD_PRIORS: CrowdPriors = { right: 5, wrong: 2, ties: 0.5 };

/**
 * Bradley and Terry's model with a reliability of each labeler, by maximum a posteriori:
 *
 *   P(l prefers i to j) = η_l σ(θ_i − θ_j) + (1 − η_l) σ(θ_j − θ_i)
 *
 * A tie is half a judgment for each. Expectation: the probability r that a judgment was made by the strengths, η σ(d) / (η σ(d) +
 * (1 − η) σ(−d)). Maximisation: η_l = (Σ r + right − 1) / (n + right + wrong − 2), and θ up a quadratic lower bound of each
 * logistic term, so neither the order of data nor names show; accelerated (see climb.ts). Pairs that fewer than two judged are left out: alone everybody is right.
 *
 * Separation, a completion that only wins or comparisons that do not connect all (the cases of whyNoFiniteMaximum), leaves no
 * finite strengths without a prior; the ties with a completion of strength 0 keep them finite, as Chen et al.'s virtual node does.
 * Turning every η into 1 − η and every θ into −θ changes no likelihood: the prior of η, with its mean above ½, takes the side of
 * the majority.
 *
 * Refused: wrong not above 1, right not above wrong, ties not above 0.
 * Source: Chen, Bennett, Collins-Thompson and Horvitz 2013, "Pairwise Ranking Aggregation in a Crowdsourced Setting", equations 3 and 5;
 * the bound: Jaakkola and Jordan 2000, "Bayesian parameter estimation via variational methods", section 3.
 */
export const crowdBradleyTerry = (pairs: JudgedPairs, priors: CrowdPriors = CROWD_PRIORS): CrowdBradleyTerry =>
  runSlices(crowdBradleyTerryInSlices(pairs, priors));

/** The same, with a pause every few milliseconds. */
export function* crowdBradleyTerryInSlices(pairs: JudgedPairs, priors: CrowdPriors): TimeSlices<CrowdBradleyTerry> {
  const { right, wrong, ties } = priors;
  if (!(wrong > 1 && right > wrong && Number.isFinite(right) && ties > 0 && Number.isFinite(ties))) {
    throw badInput(
      `The priors are Beta(${right}, ${wrong}) and ${ties} ties; Beta needs numbers above 1, the first one larger, and ties must be above 0.`,
    );
  }
  const { judgments, firstItemOf, secondItemOf, items } = pairs;
  const { labelers, units, firstJudgment, labelerOf, categoryOf } = judgments;
  const reliability = new Float64Array(labelers);
  const judged = new Int32Array(labelers);
  const strict = new Int32Array(labelers);
  const bound = new Float64Array(items);
  for (let unit = 0; unit < units; unit++) {
    const [from, to] = [firstJudgment[unit]!, firstJudgment[unit + 1]!];
    if (to - from < 2) {
      continue;
    }
    for (let i = from; i < to; i++) {
      judged[labelerOf[i]!]!++;
      strict[labelerOf[i]!]! += categoryOf[i] === TIED ? 0 : 1;
    }
  }
  const gradient = new Float64Array(items);
  const rightly = new Float64Array(labelers);
  /** A step of expectation and maximisation from x = (θ, logit η), and the objective at x. */
  function* step(x: Float64Array, next: Float64Array): TimeSlices<number> {
    gradient.fill(0);
    bound.fill(0);
    rightly.fill(0);
    for (let labeler = 0; labeler < labelers; labeler++) {
      reliability[labeler] = sigmoid(x[items + labeler]!);
    }
    let value = 0;
    // Likelihoods are multiplied, and their logarithm is taken before the product gets too small: a logarithm costs as all the rest.
    let product = 1;
    let sincePause = 0;
    for (let unit = 0; unit < units; unit++) {
      const [from, to] = [firstJudgment[unit]!, firstJudgment[unit + 1]!];
      if (to - from < 2) {
        continue;
      }
      const [first, second] = [firstItemOf[unit]!, secondItemOf[unit]!];
      const difference = x[first]! - x[second]!;
      const p = sigmoid(difference);
      // Doubled, as both ends move.
      const curved = 2 * (to - from) * curvature(difference, p);
      bound[first]! += curved;
      bound[second]! += curved;
      let slope = 0;
      for (let i = from; i < to; i++) {
        const labeler = labelerOf[i]!;
        const eta = reliability[labeler]!;
        const category = categoryOf[i]!;
        // How much of a judgment says that the first is better.
        const forFirst = category === PREFERRED ? 1 : category === NOT_PREFERRED ? 0 : 0.5;
        const up = eta * p + (1 - eta) * (1 - p);
        const down = 1 - up;
        const rightUp = (eta * p) / up;
        const rightDown = (eta * (1 - p)) / down;
        rightly[labeler]! += forFirst * rightUp + (1 - forFirst) * rightDown;
        // Judged by the strengths and for the first, or against them and for the second: a win of the first.
        slope += forFirst * rightUp + (1 - forFirst) * (1 - rightDown) - p;
        product *= forFirst === 1 ? up : forFirst === 0 ? down : Math.sqrt(up * down);
        if (product < 1e-200) {
          value += Math.log(product);
          product = 1;
        }
      }
      gradient[first]! += slope;
      gradient[second]! -= slope;
      sincePause += 5 * (to - from);
      if (sincePause >= OPERATIONS_PER_SLICE) {
        sincePause = 0;
        yield;
      }
    }
    value += Math.log(product);
    for (let labeler = 0; labeler < labelers; labeler++) {
      const logit = x[items + labeler]!;
      value -= (right - 1) * softplus(-logit) + (wrong - 1) * softplus(logit);
      const eta = (rightly[labeler]! + right - 1) / (judged[labeler]! + right + wrong - 2);
      next[items + labeler] = Math.log(eta) - Math.log1p(-eta);
    }
    yield;
    for (let item = 0; item < items; item++) {
      const theta = x[item]!;
      const p = sigmoid(theta);
      value -= ties * (softplus(theta) + softplus(-theta));
      next[item] = theta + (gradient[item]! + ties * (1 - 2 * p)) / (bound[item]! + 2 * ties * curvature(theta, p));
    }
    return value;
  }
  const start = new Float64Array(items + labelers);
  start.fill(Math.log((right - 1) / (wrong - 1)), items);
  const entered = judged.reduce((sum, n) => sum + n, 0);
  const most = Math.min(MOST_STEPS, Math.ceil(MOST_VISITS / Math.max(1, entered)));
  const { at, objective, settled } = yield* climb(step, start, most);
  return {
    strengths: at.slice(0, items),
    reliability: at.slice(items).map(sigmoid),
    judgments: judged,
    strict,
    objective,
    settled,
  };
}

/** What the curvature of ln σ(±x) is bounded by from x on: (σ(x) − ½) / x, at most ¼. */
const curvature = (x: number, p: number): number => (Math.abs(x) < 1e-4 ? 0.25 : (p - 0.5) / x);

/** ln(1 + eˣ). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** σ(x) without overflow. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
