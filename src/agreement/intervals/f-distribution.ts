/** A fraction that has not settled after so many terms does not; they grow as the root of the degrees of freedom. */
const MOST_TERMS = 100_000;

/**
 * P(F ≤ f) for the F distribution with any positive degrees of freedom: I_x(d₁/2, d₂/2) at x = d₁ f / (d₁ f + d₂), the
 * regularised incomplete beta function.
 * Source: Abramowitz and Stegun 1964, 26.6.2.
 */
export function fCdf(f: number, numerator: number, denominator: number): number {
  if (!(numerator > 0 && denominator > 0)) {
    throw new RangeError(`Degrees of freedom are ${numerator} and ${denominator}; they must be above 0.`);
  }
  if (f <= 0) {
    return 0;
  }
  // Both x and 1 − x without a difference, so that neither loses digits near 0.
  const ratio = (numerator / denominator) * f;
  const [x, rest] = ratio > 1 ? [1 / (1 + 1 / ratio), 1 / (1 + ratio)] : [ratio / (1 + ratio), 1 / (1 + ratio)];
  return regularizedBeta(x, rest, numerator / 2, denominator / 2);
}

/**
 * The f below which a share p of the F distribution lies, 0 < p < 1, by bisection to the last bit. Infinity where it is larger
 * than any number, as it may be where the denominator has next to no degrees of freedom.
 */
export function fQuantile(p: number, numerator: number, denominator: number): number {
  if (!(p > 0 && p < 1)) {
    throw new RangeError(`The share is ${p}; it must be above 0 and below 1.`);
  }
  let [low, high] = [0, 1];
  while (fCdf(high, numerator, denominator) < p) {
    low = high;
    high *= 2;
    if ((numerator / denominator) * high === Number.POSITIVE_INFINITY) {
      return Number.POSITIVE_INFINITY;
    }
  }
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) {
      return middle;
    }
    if (fCdf(middle, numerator, denominator) < p) {
      low = middle;
    } else {
      high = middle;
    }
  }
}

/**
 * I_x(a, b), by the continued fraction on the side of the mean where it converges fast.
 *
 * @param rest 1 − x.
 * Source: Press et al. 2007, "Numerical Recipes", 3rd ed., section 6.4; the fraction is Abramowitz and Stegun 26.5.8.
 */
function regularizedBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0 || rest <= 0) {
    return x <= 0 ? 0 : 1;
  }
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(rest, b, a)) / b;
}

/** The continued fraction of I_x(a, b) by the modified method of Lentz. */
function betaFraction(x: number, a: number, b: number): number {
  const apart = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) {
      return fraction;
    }
  }
  throw new RangeError(`The incomplete beta function of ${a} and ${b} at ${x} did not settle in ${MOST_TERMS} terms.`);
}

/** ln √(2π). */
const LOG_ROOT_TWO_PI = 0.9189385332046728;

/**
 * ln Γ(z) for z > 0: Stirling's series from 15 on, and below Γ(z) = Γ(z + n) / (z (z + 1) …).
 * Source: Abramowitz and Stegun 1964, 6.1.41.
 */
function logGamma(z: number): number {
  let [large, product] = [z, 1];
  while (large < 15) {
    product *= large++;
  }
  const square = 1 / (large * large);
  const series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188))));
  return (large - 0.5) * Math.log(large) - large + LOG_ROOT_TWO_PI + series / large - Math.log(product);
}
