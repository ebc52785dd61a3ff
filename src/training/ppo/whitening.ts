const EPSILON = 1e-8;

/**
 * Numbers of all responses together, brought to variance 1: (x − μ) / √(σ² + 10⁻⁸), σ² divided by their count. They are
 * whitened once for all responses of a rollout, so that no minibatch changes what an advantage means.
 * @param shiftMean true: the mean becomes 0, as for advantages; false: it is kept, as for rewards, whose mean is the aim
 * @returns as many arrays as were given, of the same lengths
 */
export function whiten(responses: readonly Float64Array[], shiftMean: boolean): Float64Array[] {
  const count = responses.reduce((sum, { length }) => sum + length, 0);
  const sumOf = (term: (x: number) => number): number =>
    responses.reduce((sum, numbers) => numbers.reduce((part, x) => part + term(x), sum), 0);
  const mean = sumOf((x) => x) / count;
  const variance = sumOf((x) => (x - mean) ** 2) / count;
  const scale = 1 / Math.sqrt(variance + EPSILON);
  const shift = shiftMean ? 0 : mean;
  return responses.map((numbers) => numbers.map((x) => (x - mean) * scale + shift));
}
