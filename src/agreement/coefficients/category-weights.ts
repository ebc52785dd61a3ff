/** How much two categories agree, from 0 to 1, row by row; 1 on the diagonal, symmetric. [q·q] */
export type CategoryWeights = Float64Array;

const fromDistances = (q: number, distance: (c: number, k: number) => number): CategoryWeights => {
  let farthest = 0;
  const distances = Float64Array.from({ length: q * q }, (_, cell) => {
    const d = distance(Math.floor(cell / q), cell % q);
    farthest = Math.max(farthest, d);
    return d;
  });
  return distances.map((d) => (farthest === 0 ? 1 : 1 - d / farthest));
};

/** Equal categories agree, all others do not: w = [c = k]. */
export const identityWeights = (q: number): CategoryWeights => fromDistances(q, (c, k) => (c === k ? 0 : 1));

/** w = 1 − |v_c − v_k| / (v_max − v_min), v the values of the categories. Source: Cicchetti and Allison 1971. */
export const linearWeights = (scale: readonly number[]): CategoryWeights =>
  fromDistances(scale.length, (c, k) => Math.abs(scale[c]! - scale[k]!));

/** w = 1 − (v_c − v_k)² / (v_max − v_min)². Source: Fleiss and Cohen 1973. */
export const quadraticWeights = (scale: readonly number[]): CategoryWeights =>
  fromDistances(scale.length, (c, k) => (scale[c]! - scale[k]!) ** 2);

/**
 * w = 1 − M_ck / M_1q with M_ck = (|c − k| + 1)·|c − k| / 2, the pairs of categories from c to k: only their order counts.
 * Source: Gwet 2014, "Handbook of Inter-Rater Reliability", 4th ed., section 3.5 (ordinal weights).
 */
export const ordinalWeights = (q: number): CategoryWeights =>
  fromDistances(q, (c, k) => ((Math.abs(c - k) + 1) * Math.abs(c - k)) / 2);

/** w = 1 − d / d_max for disagreements d chosen by hand, 0 on the diagonal. [q·q] Source: Cohen 1968. */
export function weightsOfDisagreement(disagreement: readonly (readonly number[])[]): CategoryWeights {
  return fromDistances(disagreement.length, (c, k) => disagreement[c]![k]!);
}
