import { SparseRows } from "../intervals/sparse-rows.js";
import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { unitsOfTable } from "../judgments/units-of-table.js";
import { agreementWithin } from "./agreement-by-items.js";
import { identityWeights } from "./category-weights.js";
import type { LabelerCoefficient, LaidOut } from "./coefficient.js";

const UNITS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/**
 * Conger's kappa: Cohen's kappa of any number of labelers at once. Chance is that two different labelers, each with marginals of
 * their own, give the same category.
 *
 *   κ = (p_a − p_e) / (1 − p_e),   p_e = Σ_k (p̄_k² − s_k² / r) = Σ_{g≠h} Σ_k p_gk p_hk / (r (r − 1))
 *
 * with p_gk the share of category k among the values of labeler g, p̄_k and s_k² their mean and variance (divisor r − 1) over r
 * labelers, and p_a as in fleissKappa. Labelers count alike, however much they judged; a unit with one value counts in their
 * marginals. Of two labelers who judged the same units it is Cohen's kappa. 1 is full agreement, 0 what chance gives; from −1
 * where every unit has two values or more. Undefined where no unit has two values, and where p_e is 1: one category only.
 *
 * @param categoryNames what each category is called in a sentence. [q]
 * @param oriented p_gk ← (p_gk + p_g(q−1−k)) / 2, for pairs of completions, where which stands first is arbitrary.
 * Sources: Conger 1980, "Integration and generalization of kappas for multiple raters"; Gwet 2014, "Handbook of Inter-Rater
 * Reliability", 4th ed., section 2.4 (missing values).
 */
export function congerKappa(categoryNames: readonly string[], oriented = false): LabelerCoefficient {
  return {
    name: "CONGER_KAPPA",
    *layOut(judgments): TimeSlices<LaidOut> {
      const q = categoryNames.length;
      const weights = identityWeights(q);
      const rows = new SparseRows(2 + judgments.labelers * q);
      let unit = 0;
      for (const counted of unitsOfTable(judgments)) {
        if (unit > 0 && judgments.clusterOf[unit] !== judgments.clusterOf[unit - 1]) {
          rows.endRow();
        }
        if (counted.values.length >= 2) {
          rows.add(0, 1);
          rows.add(1, agreementWithin(counted, weights));
        }
        for (let i = 0; i < counted.labelers.length; i++) {
          rows.add(2 + counted.labelers[i]! * q + counted.values[i]!, 1);
        }
        if (++unit % UNITS_PER_SLICE === 0) {
          yield;
        }
      }
      rows.endRow();
      const evaluate = (sums: Float64Array): Statistic => congerOfSums(sums, categoryNames, oriented);
      return {
        figure: {
          minimum: -1,
          maximum: 1,
          evaluate,
          parts: (sums) => ({ observed: sums[1]! / sums[0]!, expected: chance(sums, q, oriented).expected }),
        },
        clusters: rows.clusters(),
        n: judgments.units,
        warnings: [],
        analyticStandardError: yield* standardError(judgments, q, oriented),
      };
    },
  };
}

/** Kappa from [n₂, Σ p_u, then q counts a labeler]. */
function congerOfSums(sums: Float64Array, categoryNames: readonly string[], oriented: boolean): Statistic {
  if (!(sums[0]! > 0)) {
    return undefinedBecause("No unit was judged by two labelers, so there is nothing to compare.");
  }
  const { expected, seen } = chance(sums, categoryNames.length, oriented);
  return expected < 1
    ? defined((sums[1]! / sums[0]! - expected) / (1 - expected))
    : undefinedBecause(
        `All values are "${categoryNames[seen]}": with one category agreement by chance is 1, and agreement beyond it is undefined.`,
      );
}

/** p_e, r, Σ_g p_gk and a category that occurs. */
function chance(sums: Float64Array, q: number, oriented: boolean) {
  const shares = new Float64Array(q);
  const squares = new Float64Array(q);
  let labelers = 0;
  let seen = 0;
  for (let offset = 2; offset < sums.length; offset += q) {
    let judged = 0;
    for (let k = 0; k < q; k++) {
      judged += sums[offset + k]!;
    }
    if (judged === 0) {
      continue;
    }
    labelers++;
    for (let k = 0; k < q; k++) {
      const count = oriented ? (sums[offset + k]! + sums[offset + q - 1 - k]!) / 2 : sums[offset + k]!;
      const share = count / judged;
      shares[k]! += share;
      squares[k]! += share * share;
      seen = share > 0 ? k : seen;
    }
  }
  let expected = 0;
  for (let k = 0; k < q; k++) {
    expected += (shares[k]! ** 2 - squares[k]!) / (labelers * (labelers - 1));
  }
  return { expected, labelers, shares, seen };
}

/**
 * Gwet's standard error, units independent and labelers fixed: √(Σ_u (κ_u − κ)² / (n (n − 1))) with
 *
 *   κ_u = (n/n₂) [m_u ≥ 2] (p_u − p_e) / (1 − p_e) − 2 (1 − κ) e_u / (1 − p_e)
 *   e_u = Σ_{g in u} (n / n_g) Σ_k (δ_ugk − p_gk) Σ_{h≠g} p_hk / (r (r − 1))
 *
 * e_u is the unit's part in the deviation of p_e; n_g units were judged by g, δ_ugk is 1 where g put u in k. Null where the
 * coefficient is undefined and for one unit. Source: Gwet 2014, section 5.3 (variances with missing values).
 */
function* standardError(judgments: JudgmentTable, q: number, oriented: boolean): TimeSlices<number | null> {
  const { units, labelers, labelerOf, categoryOf } = judgments;
  const weights = identityWeights(q);
  const sums = new Float64Array(2 + labelers * q);
  for (let i = 0; i < labelerOf.length; i++) {
    sums[2 + labelerOf[i]! * q + categoryOf[i]!]! += 1;
  }
  for (const unit of unitsOfTable(judgments)) {
    if (unit.values.length >= 2) {
      sums[0]! += 1;
      sums[1]! += agreementWithin(unit, weights);
    }
  }
  yield;
  const { expected, labelers: r, shares } = chance(sums, q, oriented);
  if (units < 2 || !(sums[0]! > 0) || !(expected < 1)) {
    return null;
  }
  const kappa = (sums[1]! / sums[0]! - expected) / (1 - expected);
  const judged = new Float64Array(labelers);
  for (const labeler of labelerOf) {
    judged[labeler]!++;
  }
  const shareOf = (labeler: number, k: number): number => {
    const at = 2 + labeler * q;
    return (oriented ? (sums[at + k]! + sums[at + q - 1 - k]!) / 2 : sums[at + k]!) / judged[labeler]!;
  };
  let squares = 0;
  let done = 0;
  for (const unit of unitsOfTable(judgments)) {
    let chanceHere = 0;
    for (let i = 0; i < unit.labelers.length; i++) {
      const labeler = unit.labelers[i]!;
      for (let k = 0; k < q; k++) {
        const there = Number(unit.values[i] === k);
        const given = oriented ? (there + Number(unit.values[i] === q - 1 - k)) / 2 : there;
        const share = shareOf(labeler, k);
        chanceHere += ((units / judged[labeler]!) * (given - share) * (shares[k]! - share)) / (r * (r - 1));
      }
    }
    const agreed =
      unit.values.length >= 2 ? ((units / sums[0]!) * (agreementWithin(unit, weights) - expected)) / (1 - expected) : 0;
    squares += (agreed - (2 * (1 - kappa) * chanceHere) / (1 - expected) - kappa) ** 2;
    if (++done % UNITS_PER_SLICE === 0) {
      yield;
    }
  }
  return Math.sqrt(squares / (units * (units - 1)));
}
