/**
 * P(T ≤ t) for Student's t with a whole number of degrees of freedom, by the finite series in θ = atan(t / √df).
 * Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
 */
export function studentTCdf(t: number, degreesOfFreedom: number): number {
  if (!Number.isInteger(degreesOfFreedom) || degreesOfFreedom < 1) {
    throw new RangeError(`Degrees of freedom are ${degreesOfFreedom}; they must be an integer from 1.`);
  }
  const theta = Math.atan2(t, Math.sqrt(degreesOfFreedom));
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const odd = degreesOfFreedom % 2 === 1;
  let term = odd ? cosine : 1;
  let series = degreesOfFreedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= degreesOfFreedom - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    series += term;
  }
  const within = odd ? (2 / Math.PI) * (theta + sine * series) : sine * series;
  return (1 + within) / 2;
}

/** The t below which a share p of Student's distribution lies, 0.5 ≤ p < 1, by bisection to the last bit. */
export function studentTQuantile(p: number, degreesOfFreedom: number): number {
  if (!(p >= 0.5 && p < 1)) {
    throw new RangeError(`The share is ${p}; it must be from 0.5 and below 1.`);
  }
  let [low, high] = [0, 1];
  while (studentTCdf(high, degreesOfFreedom) < p) {
    high *= 2;
  }
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) {
      return middle;
    }
    if (studentTCdf(middle, degreesOfFreedom) < p) {
      low = middle;
    } else {
      high = middle;
    }
  }
}
