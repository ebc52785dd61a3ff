import type { Random } from "../../random.js";

/** From this expected count on, rejection is faster than waiting for each success. */
const REJECTION_FROM = 10;

/**
 * A draw from the binomial distribution: how many of n independent trials succeed, each with probability p.
 *
 *   P(k) = n! / (k! (n − k)!) · p^k (1 − p)^(n − k)
 *
 * Costs a few uniform numbers however large n is: by the distances from success to success where fewer than ten successes are
 * expected, by transformed rejection otherwise.
 *
 * @param n trials, an integer from 0.
 * @param p probability of success, 0 to 1.
 * @returns an integer from 0 to n.
 * Source: Hörmann 1993, "The generation of binomial random variates", algorithm BTRS.
 */
export function drawBinomial(n: number, p: number, random: Random): number {
  if (n === 0 || p <= 0) {
    return 0;
  }
  if (p >= 1) {
    return n;
  }
  if (p > 0.5) {
    return n - drawBinomial(n, 1 - p, random);
  }
  return n * p < REJECTION_FROM ? bySuccesses(n, p, random) : byRejection(n, p, random);
}

/** The trials up to each success are geometric: adds them up until they exceed n. */
function bySuccesses(n: number, p: number, random: Random): number {
  const logFailure = Math.log1p(-p);
  let successes = -1;
  for (let trials = 0; trials <= n; successes++) {
    trials += Math.max(1, Math.ceil(Math.log(openUnit(random)) / logFailure));
  }
  return successes;
}

/** Hörmann's BTRS; p at most ½, n p at least 10. The names are the paper's. */
function byRejection(n: number, p: number, random: Random): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const vr = 0.92 - 4.2 / b;
  const odds = p / (1 - p);
  const alpha = (2.83 + 5.1 / b) * spread;
  const m = Math.floor((n + 1) * p);
  for (;;) {
    const u = openUnit(random) - 0.5;
    const v = openUnit(random);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= vr) {
      return k;
    }
    if (k < 0 || k > n) {
      continue;
    }
    // log of P(k) / P(m), by Stirling's formula with its remainder.
    const bound =
      (m + 0.5) * Math.log((m + 1) / (odds * (n - m + 1))) +
      (n + 1) * Math.log((n - m + 1) / (n - k + 1)) +
      (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) +
      stirlingRemainder(m) +
      stirlingRemainder(n - m) -
      stirlingRemainder(k) -
      stirlingRemainder(n - k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) {
      return k;
    }
  }
}

/** log k! less Stirling's formula (k + ½) log(k + 1) − (k + 1) + ½ log 2π, exact for k below 10. */
function stirlingRemainder(k: number): number {
  return SMALL_REMAINDERS[k] ?? series(1 / (k + 1));
}

const series = (x: number): number => (1 / 12 - (1 / 360 - (x * x) / 1260) * x * x) * x;

const SMALL_REMAINDERS: readonly number[] = Array.from({ length: 10 }, (_, k) => {
  let logFactorial = 0;
  for (let i = 2; i <= k; i++) {
    logFactorial += Math.log(i);
  }
  return logFactorial - ((k + 0.5) * Math.log(k + 1) - (k + 1) + 0.5 * Math.log(2 * Math.PI));
});

/** Uniform in (0, 1), with 53 bits: rejection looks far into the tails. */
const openUnit = (random: Random): number =>
  ((random.nextUint32() >>> 6) * 134217728 + (random.nextUint32() >>> 5) + 0.5) / 9007199254740992;
