import { identityWeights } from "../coefficients/category-weights.js";
import { cohenKappa } from "../coefficients/cohen-kappa.js";
import type { LabelerPairTables } from "../coefficients/labeler-pairs.js";
import type { PairCredits } from "../coefficients/percent-agreement.js";
import type { GrowableRows } from "../judgments/growable-rows.js";

/** How two labelers agree, under the report's tie policy; a < b as strings. */
export interface LabelerPairAgreement {
  readonly a: string;
  readonly b: string;
  readonly value: number | null;
  /** The shared units that count: under tie policy STRICT_ONLY those that both ordered strictly. */
  readonly n: number;
  /** The units that both judged, which kappa is of. */
  readonly shared: number;
  /** Cohen's kappa of the two over all units they share; null where it is undefined. */
  readonly kappa: number | null;
  /** The mean of Kendall's τ-b of the two over the prompts that have one; null where none has. */
  readonly tauB: number | null;
}

/**
 * The pairs of labelers that share at least `minUnits` units, by ascending a, then b.
 *
 * @param taus a row (first, second, Σ τ-b, prompts) for every two labelers who have one, in the order of the pairs; null where
 *   nothing is ordered.
 * @param idOf the id of a labeler by the number that it has in the tables.
 */
export function labelerMatrix(
  pairs: LabelerPairTables,
  taus: GrowableRows | null,
  idOf: (labeler: number) => string,
  { q, credit, counted }: PairCredits,
  oriented: boolean,
  minUnits: number,
): LabelerPairAgreement[] {
  const kappa = cohenKappa(identityWeights(q), oriented);
  const cells = q * q;
  const lines: LabelerPairAgreement[] = [];
  const tauOf = taus === null ? () => null : tausInOrder(taus);
  for (let pair = 0; pair < pairs.length; pair++) {
    const tauB = tauOf(pairs.first[pair]!, pairs.second[pair]!);
    if (pairs.shared[pair]! < minUnits) {
      continue;
    }
    let [agreed, n] = [0, 0];
    for (let cell = 0; cell < cells; cell++) {
      agreed += pairs.counts[pair * cells + cell]! * credit[cell]!;
      n += pairs.counts[pair * cells + cell]! * counted[cell]!;
    }
    const [first, second] = [idOf(pairs.first[pair]!), idOf(pairs.second[pair]!)];
    const [a, b] = first < second ? [first, second] : [second, first];
    lines.push({
      ...{ a, b, value: n > 0 ? agreed / n : null, n, shared: pairs.shared[pair]!, tauB },
      kappa: kappa(pairs.counts, pair * cells).value,
    });
  }
  const compare = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);
  return lines.sort((x, y) => compare(x.a, y.a) || compare(x.b, y.b));
}

/** Reads the rows along with the pairs, which come in the same order but are more. */
function tausInOrder(taus: GrowableRows): (first: number, second: number) => number | null {
  let row = 0;
  return (first, second) => {
    if (row === taus.length || taus.get(row, 0) !== first || taus.get(row, 1) !== second) {
      return null;
    }
    const value = taus.get(row, 2) / taus.get(row, 3);
    row++;
    return value;
  };
}
