import { defined, undefinedBecause } from "../intervals/statistic.js";
import type { Coefficient } from "./coefficient.js";

/**
 * Scott's pi. Of two labelers it is Scott's own; of more, every pair of labelers on a unit counts once, so that a unit weighs by
 * its pairs.
 *
 *   π = (p_o − p_e) / (1 − p_e),   p_o = Σ_u Σ_k n_uk (n_uk − 1) / N,   p_e = Σ_k (Σ_u n_uk (m_u − 1) / N)²,   N = Σ_u m_u (m_u − 1)
 *
 * with n_uk of the m_u values of unit u in category k. Where every unit has as many values this is Fleiss' kappa; else that
 * weighs units alike, and pi their pairs. Units with one value change nothing. From −1 to 1; 1 is full agreement, 0 what chance
 * gives. Undefined where no unit has two values, and where p_e is 1: one category only.
 *
 * @param categoryNames what each category is called in a sentence. [q]
 * @param oriented average the two orientations of each unit, for pairs of completions.
 * Sources: Scott 1955, "Reliability of content analysis: the case of nominal scale coding"; Artstein and Poesio 2008,
 * "Inter-coder agreement for computational linguistics", section 2.6 (more than two).
 */
export function scottPi(categoryNames: readonly string[], oriented = false): Coefficient {
  const q = categoryNames.length;
  return {
    name: "SCOTT_PI",
    size: 2 + q,
    minimum: -1,
    maximum: 1,
    // [units, Σ n_uk (n_uk − 1), Σ n_u0 (m_u − 1), …]
    add(sums, { counts, values }) {
      const others = values.length - 1;
      if (others < 1) {
        return;
      }
      sums[0]! += 1;
      for (let k = 0; k < q; k++) {
        sums[1]! += counts[k]! * (counts[k]! - 1);
        sums[2 + k]! += (oriented ? (counts[k]! + counts[q - 1 - k]!) / 2 : counts[k]!) * others;
      }
    },
    evaluate(sums) {
      const { pairs, squares } = marginalsOf(sums);
      if (pairs === 0) {
        return undefinedBecause("No unit was judged by two labelers, so there is nothing to compare.");
      }
      const beyondChance = pairs * pairs - squares;
      return beyondChance > 0
        ? defined((pairs * sums[1]! - squares) / beyondChance)
        : undefinedBecause(
            `All values of ${sums[0]} units are "${categoryNames[sums.findIndex((sum, i) => i >= 2 && sum > 0) - 2]}": with one ` +
              "category agreement by chance is 1, and agreement beyond it is undefined.",
          );
    },
    parts(sums) {
      const { pairs, squares } = marginalsOf(sums);
      return { observed: sums[1]! / pairs, expected: squares / pairs ** 2 };
    },
  };
}

/** N and Σ_k of the squared marginals. */
function marginalsOf(sums: Float64Array): { pairs: number; squares: number } {
  let pairs = 0;
  let squares = 0;
  for (let i = 2; i < sums.length; i++) {
    pairs += sums[i]!;
    squares += sums[i]! ** 2;
  }
  return { pairs, squares };
}
