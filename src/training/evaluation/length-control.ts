/** A win rate with the length of the responses held equal. */
import { studentTQuantile } from "../../agreement/intervals/student-t.js";
import type { Figure } from "./figures.js";

/** A prompt: how often its response won, and by how many characters it was longer. */
export interface LengthenedWin {
  /** From 0 to 1. */
  readonly win: number;
  readonly difference: number;
}

const STEPS = 50;
const MOST_GROUPS = 200;
/** σ of more is 0 or 1 to 13 digits: the wins are separable, and no finite parameters fit them best. */
const MOST = 30;

/**
 * The win rate that a response of the baseline's length would have: σ(a) of the logistic regression
 *
 *   P(win) = σ(a + b · tanh(difference / sd))
 *
 * over prompts, sd the standard deviation of the differences (Dubois et al. 2024, "Length-Controlled AlpacaEval", equation 2,
 * without its terms of the instruction's difficulty). The interval is that of jackknife-t on a, which leaves out
 * each prompt in turn, or one of 200 groups of them where there are more (Efron and Tibshirani 1993, chapter 11).
 */
export function lengthControlledWinRate(prompts: readonly LengthenedWin[]): Figure {
  const n = prompts.length;
  const none = (reason: string): Figure => ({ value: null, ci95: null, reason, n, prompts: n });
  if (n === 0) return none("No prompt has responses of both.");
  const intercept = interceptOf(prompts);
  if (intercept === null) return none(noneBest(prompts));
  const value = sigmoid(intercept);
  if (n < 2) return { ...none("All judgments come from one prompt; an interval needs at least two."), value };
  const groups = Math.min(n, MOST_GROUPS);
  const left = Array.from({ length: groups }, (_, group) =>
    interceptOf(prompts.filter((_, index) => index % groups !== group)),
  );
  const known = left.filter((one) => one !== null);
  if (known.length < groups)
    return { ...none("Without some prompts no finite parameters fit best; an interval needs it without any."), value };
  const mean = known.reduce((sum, one) => sum + one, 0) / groups;
  const squares = known.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const half = studentTQuantile(0.975, groups - 1) * Math.sqrt(((groups - 1) / groups) * squares);
  const ci95 = { low: sigmoid(intercept - half), high: sigmoid(intercept + half) };
  return { value, ci95, reason: null, n, prompts: n };
}

/** Why no finite parameters are best. */
function noneBest(prompts: readonly LengthenedWin[]): string {
  const only = [1, 0].find((result) => prompts.every(({ win }) => win === result));
  if (only === undefined) return "Lengths tell wins and losses fully apart: no finite parameters fit them best.";
  if (prompts.length === 1)
    return `The one prompt was ${only === 1 ? "won" : "lost"}: no finite parameters fit it best.`;
  return `All ${prompts.length} prompts were ${only === 1 ? "won" : "lost"}: no finite parameters fit them best.`;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** a, by Newton's method; null where no finite one is best. Without a difference in lengths b is 0. */
function interceptOf(prompts: readonly LengthenedWin[]): number | null {
  const n = prompts.length;
  const mean = prompts.reduce((sum, { difference }) => sum + difference / n, 0);
  const sd = Math.sqrt(prompts.reduce((sum, { difference }) => sum + (difference - mean) ** 2 / n, 0));
  const rows = prompts.map(({ win, difference }) => ({ win, x: sd > 0 ? Math.tanh(difference / sd) : 0 }));
  let [a, b] = [0, 0];
  for (let step = 0; step < STEPS; step++) {
    // Gradient and Hessian of Σ w log σ + (1 − w) log(1 − σ).
    let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (const { win, x } of rows) {
      const p = sigmoid(a + b * x);
      const v = p * (1 - p);
      ga += win - p;
      gb += (win - p) * x;
      haa += v;
      hab += v * x;
      hbb += v * x * x;
    }
    const determinant = haa * hbb - hab * hab;
    const isFlat = determinant <= 1e-12 * haa * haa; // no length differs from another
    const da = isFlat ? ga / haa : (hbb * ga - hab * gb) / determinant;
    const db = isFlat ? 0 : (haa * gb - hab * ga) / determinant;
    a += da;
    b += db;
    if (!(Math.abs(a) < MOST && Math.abs(b) < MOST)) return null;
    if (Math.abs(da) + Math.abs(db) < 1e-12) return a;
  }
  return null;
}
