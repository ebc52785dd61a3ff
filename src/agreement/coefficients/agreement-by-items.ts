import type { CoefficientName } from "../../vocabulary.js";
import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { CountedUnit } from "../judgments/unit.js";
import { type CategoryWeights, identityWeights } from "./category-weights.js";
import type { Coefficient } from "./coefficient.js";

/** What Gwet's family of coefficients is given. */
export interface ItemOptions {
  /** What each category is called in a sentence. [q] */
  readonly categoryNames: readonly string[];
  /** How much two categories agree; by default only equal ones do. [q·q] */
  readonly weights?: CategoryWeights;
  /** Average the two orientations of each unit: true for pairs of completions, where which stands first is arbitrary. */
  readonly oriented?: boolean;
}

/** How a coefficient of this family takes agreement by chance from the shares of the categories. */
interface Chance {
  /** p_e. [q] → number */
  expected(shares: Float64Array): number;
  /** ½ ∂p_e/∂π_k, so that p_e of one unit is Σ_k f_k · slope_k; null where p_e is a constant. [q] → [q] */
  slopes(shares: Float64Array): Float64Array | null;
}

/**
 * Fleiss' kappa, generalised by Gwet to missing values and to weights.
 *
 *   κ = (p_a − p_e) / (1 − p_e),   p_e = Σ_ck w_ck π_c π_k
 *   p_a = (1/n₂) Σ_{u: m_u ≥ 2} Σ_k n_uk (Σ_l w_kl n_ul − 1) / (m_u (m_u − 1)),   π_k = (1/n) Σ_u n_uk / m_u
 *
 * with n_uk of the m_u values of unit u in category k, n units and n₂ of them with two values or more: every unit counts the
 * same, however many judged it, and a unit with one value counts in π. 1 is full agreement, 0 what chance gives; from −1 where
 * every unit has two values or more, and without a bound below where units with one value tip π. Undefined where no unit has
 * two values, and where p_e is 1: one category only.
 * Sources: Fleiss 1971, "Measuring nominal scale agreement among many raters"; Gwet 2014, "Handbook of Inter-Rater Reliability",
 * 4th ed., section 2.4 (missing values) and chapter 3 (weights).
 */
export function fleissKappa(options: ItemOptions): Coefficient {
  const weights = weightsOf(options);
  const q = options.categoryNames.length;
  const slopes = (shares: Float64Array): Float64Array =>
    shares.map((_, k) => shares.reduce((sum, share, l) => sum + weights[k * q + l]! * share, 0));
  return byItems("FLEISS_KAPPA", options, -1, {
    expected: (shares) => slopes(shares).reduce((sum, slope, k) => sum + slope * shares[k]!, 0),
    slopes,
  });
}

/**
 * Brennan and Prediger's kappa: chance is an even throw among the q categories of the scale.
 *
 *   κ = (p_a − p_e) / (1 − p_e),   p_e = Σ_ck w_ck / q²      (1/q without weights)
 *
 * p_a as in fleissKappa. From −p_e / (1 − p_e) to 1. Undefined where no unit has two values, and for a scale of one category.
 * Sources: Brennan and Prediger 1981, "Coefficient kappa: some uses, misuses, and alternatives"; Gwet 2014, section 4.3.
 */
export function brennanPrediger(options: ItemOptions): Coefficient {
  const weights = weightsOf(options);
  const even = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return byItems("BRENNAN_PREDIGER", options, lowest(even), { expected: () => even, slopes: () => null });
}

/**
 * Gwet's AC1, and with weights AC2: chance is the share of values that a labeler who is not sure would give at random, which
 * stays small where nearly all values are alike, so that high agreement on a rare category is not called chance.
 *
 *   AC = (p_a − p_e) / (1 − p_e),   p_e = T_w / (q (q − 1)) · Σ_k π_k (1 − π_k),   T_w = Σ_ck w_ck      (T_w = q without weights)
 *
 * p_a and π as in fleissKappa. To 1, from −p / (1 − p) with p = T_w / q². With one category only p_e is 0 and AC is 1: that is
 * defined, unlike κ and α. Undefined where no unit has two values.
 * Sources: Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high agreement"; Gwet 2014,
 * "Handbook of Inter-Rater Reliability", 4th ed., sections 4.4 and 2.4.
 */
export function gwetAc(name: "GWET_AC1" | "GWET_AC2", options: ItemOptions): Coefficient {
  const weights = weightsOf(options);
  const q = options.categoryNames.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scale = q < 2 ? 0 : total / (q * (q - 1));
  return byItems(name, options, lowest(total / (q * q)), {
    expected: (shares) => scale * shares.reduce((sum, share) => sum + share * (1 - share), 0),
    slopes: (shares) => shares.map((share) => scale * (1 - share)),
  });
}

const weightsOf = ({ weights, categoryNames }: ItemOptions): CategoryWeights =>
  weights ?? identityWeights(categoryNames.length);

/** (0 − p) / (1 − p); for a scale of one category, of which there is no such coefficient, −1. */
const lowest = (chance: number): number => (chance < 1 ? -chance / (1 - chance) : -1);

/** Σ_k n_k (Σ_l w_kl n_l − 1) / (m (m − 1)): the agreement of the pairs of values within a unit of m ≥ 2. */
export function agreementWithin({ counts, values }: CountedUnit, weights: CategoryWeights): number {
  const q = counts.length;
  const m = values.length;
  let agreed = 0;
  for (let k = 0; k < q; k++) {
    if (counts[k] === 0) {
      continue;
    }
    let alike = 0;
    for (let l = 0; l < q; l++) {
      alike += weights[k * q + l]! * counts[l]!;
    }
    agreed += counts[k]! * (alike - 1);
  }
  return agreed / (m * (m - 1));
}

/** A coefficient from the sums [n, n₂, Σ p_u, Σ f_u0, …, Σ f_u(q−1)], f_uk = n_uk / m_u, averaged over orientations if asked. */
function byItems(name: CoefficientName, options: ItemOptions, minimum: number, chance: Chance): Coefficient {
  const { categoryNames, oriented = false } = options;
  const weights = weightsOf(options);
  const q = categoryNames.length;
  const shares = new Float64Array(q);
  const sharesOf = (sums: Float64Array): Float64Array => {
    for (let k = 0; k < q; k++) {
      shares[k] = sums[3 + k]! / sums[0]!;
    }
    return shares;
  };
  const shareIn = ({ counts, values }: CountedUnit, k: number): number =>
    oriented ? (counts[k]! + counts[q - 1 - k]!) / (2 * values.length) : counts[k]! / values.length;
  return {
    name,
    size: 3 + q,
    minimum,
    maximum: 1,
    add(sums, unit) {
      if (unit.values.length === 0) {
        return;
      }
      sums[0]! += 1;
      for (let k = 0; k < q; k++) {
        sums[3 + k]! += shareIn(unit, k);
      }
      if (unit.values.length >= 2) {
        sums[1]! += 1;
        sums[2]! += agreementWithin(unit, weights);
      }
    },
    evaluate(sums) {
      if (!(sums[1]! > 0)) {
        return undefinedBecause("No unit was judged by two labelers, so there is nothing to compare.");
      }
      const expected = chance.expected(sharesOf(sums));
      return expected < 1
        ? defined((sums[2]! / sums[1]! - expected) / (1 - expected))
        : chanceIsOne(sums[0]!, sums.subarray(3), categoryNames);
    },
    parts: (sums) => ({ observed: sums[2]! / sums[1]!, expected: chance.expected(sharesOf(sums)) }),
    unitShares(sums) {
      const [n, n2] = [sums[0]!, sums[1]!];
      const expected = chance.expected(sharesOf(sums));
      const value = (sums[2]! / n2 - expected) / (1 - expected);
      const slopes = chance.slopes(shares);
      return {
        centre: value,
        of(unit) {
          const agreed =
            unit.values.length >= 2 ? ((n / n2) * (agreementWithin(unit, weights) - expected)) / (1 - expected) : 0;
          const here = slopes?.reduce((sum, slope, k) => sum + slope * shareIn(unit, k), 0) ?? expected;
          return agreed - (2 * (1 - value) * (here - expected)) / (1 - expected);
        },
      };
    },
  };
}

/** The sentence for an agreement by chance of 1. */
function chanceIsOne(units: number, sharesByCategory: Float64Array, names: readonly string[]): Statistic {
  const only = names[sharesByCategory.findIndex((share) => share > 0)];
  return undefinedBecause(
    `All values of ${units} units are "${only}": with one category agreement by chance is 1, and agreement beyond it is undefined.`,
  );
}
