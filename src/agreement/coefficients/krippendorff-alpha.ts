import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { AgreementParts } from "../intervals/summed-figure.js";
import type { Coefficient, UnitShares } from "./coefficient.js";
import { addCoincidences, addOrientedCoincidences } from "./coincidences.js";

/** What the distance between two categories is taken from: whether they differ, their order, their difference, their ratio. */
export type AlphaLevel = "nominal" | "ordinal" | "interval" | "ratio";

/** How alpha is to be computed. */
export interface AlphaOptions {
  readonly level: AlphaLevel;
  /** The declared values of the categories, ascending; ordinal uses their order only, nominal nothing of them. [q] */
  readonly scale: readonly number[];
  /** What a category is called in a sentence; by default its value. [q] */
  readonly categoryNames?: readonly string[];
  /** Average the two orientations of each unit: true for pairs of completions, where which stands first is arbitrary. */
  readonly oriented?: boolean;
}

/**
 * Krippendorff's alpha.
 *
 *   α = 1 − D_o / D_e = 1 − (n − 1) · Σ_ck o_ck δ²_ck / Σ_ck n_c n_k δ²_ck
 *
 * with o the coincidences [q·q], n_c = Σ_k o_ck the marginals, n = Σ_c n_c the pairable values, and δ² = 1 (nominal), the squared
 * number of values between c and k (ordinal, from the marginals), (v_c − v_k)² (interval), ((v_c − v_k) / (v_c + v_k))² (ratio).
 * 1 is full agreement, 0 what chance gives, below 0 is systematic disagreement; never below −1, since each of the four δ² is a
 * squared Euclidean distance, so that D_o ≤ 4 σ² and D_e = 2 σ² n / (n − 1). A unit with a single value changes nothing.
 * Undefined where no unit has two values, and where only one category occurs: then the expected disagreement D_e is 0.
 * The ratio level refuses negative values.
 *
 * Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sections C and D.
 */
export function krippendorffAlpha({ level, scale, categoryNames, oriented = false }: AlphaOptions): Coefficient {
  if (level === "ratio" && scale.some((value) => value < 0)) {
    throw new RangeError(`Ratio distances need values from 0 up; the scale is ${scale.join(", ")}.`);
  }
  const q = scale.length;
  const names = categoryNames ?? scale.map(String);
  const addUnit = oriented ? addOrientedCoincidences : addCoincidences;
  const marginals = new Float64Array(q);
  return {
    name: "KRIPPENDORFF_ALPHA",
    size: 1 + q * q,
    minimum: -1,
    maximum: 1,
    add(sums, unit) {
      if (unit.values.length >= 2) {
        sums[0]! += 1;
        addUnit(sums, 1, unit);
      }
    },
    evaluate(sums) {
      return alphaOfCoincidences(sums, level, scale, names, marginals);
    },
    parts: (sums) => alphaParts(sums, level, scale),
    ...(level === "nominal" ? { unitShares: (sums: Float64Array) => nominalUnitShares(sums, q, oriented) } : {}),
  };
}

/**
 * The units' shares of nominal alpha, about alpha without its correction for few values.
 * Source: Gwet 2014, "Handbook of Inter-Rater Reliability", 4th ed., section 5.3, as R irrCAC 1.0 computes it.
 */
function nominalUnitShares(sums: Float64Array, q: number, oriented: boolean): UnitShares {
  const marginals = Float64Array.from({ length: q }, (_, c) =>
    sums.subarray(1 + c * q, 1 + (c + 1) * q).reduce((sum, count) => sum + count, 0),
  );
  const values = marginals.reduce((sum, count) => sum + count, 0);
  const perUnit = values / sums[0]!;
  const shares = marginals.map((count) => count / values);
  const expected = shares.reduce((sum, share) => sum + share * share, 0);
  let observed = 0;
  for (let c = 0; c < q; c++) {
    observed += sums[1 + c * q + c]! / values;
  }
  const corrected = (1 - 1 / values) * observed + 1 / values;
  const centre = (observed - expected) / (1 - expected);
  return {
    centre,
    of({ counts, values: { length: m } }) {
      if (m < 2) {
        return null;
      }
      let [agreed, chance] = [0, 0];
      for (let c = 0; c < q; c++) {
        agreed += (counts[c]! * (counts[c]! - 1)) / (perUnit * (m - 1));
        chance += ((oriented ? (counts[c]! + counts[q - 1 - c]!) / 2 : counts[c]!) * shares[c]!) / perUnit;
      }
      const more = (m - perUnit) / perUnit;
      const agreedHere = (agreed - corrected * more - expected) / (1 - expected);
      return agreedHere - (2 * (1 - centre) * (chance - expected * more - expected)) / (1 - expected);
    },
  };
}

/** Alpha from sums = [units, o_00, o_01 …]; marginals is room for the row sums. [q] */
function alphaOfCoincidences(
  sums: Float64Array,
  level: AlphaLevel,
  scale: readonly number[],
  names: readonly string[],
  marginals: Float64Array,
): Statistic {
  const q = scale.length;
  let n = 0;
  let seen = 0;
  let lastSeen = 0;
  for (let c = 0; c < q; c++) {
    let row = 0;
    for (let k = 0; k < q; k++) {
      row += sums[1 + c * q + k]!;
    }
    marginals[c] = row;
    n += row;
    if (row > 0) {
      seen++;
      lastSeen = c;
    }
  }
  if (seen === 0) {
    return undefinedBecause("No unit was judged by two labelers, so there is nothing to compare.");
  }
  if (seen === 1) {
    return undefinedBecause(
      `All ${Math.round(n)} pairable values are "${names[lastSeen]}": with one category the expected disagreement is 0, ` +
        "and agreement beyond chance is undefined.",
    );
  }
  const { observed, expected } = disagreements(sums, level, scale, marginals);
  return defined(1 - ((n - 1) * observed) / expected);
}

/** Σ o_ck δ² and Σ n_c n_k δ² over unordered pairs of categories, and the largest δ². */
function disagreements(sums: Float64Array, level: AlphaLevel, scale: readonly number[], marginals: Float64Array) {
  const q = scale.length;
  let observed = 0;
  let expected = 0;
  let farthest = 0;
  for (let c = 0; c < q; c++) {
    // Everything below is symmetric in c and k: each unordered pair once. Between: Σ n_g from c to k.
    let between = marginals[c]!;
    for (let k = c + 1; k < q; k++) {
      between += marginals[k]!;
      const distance = squaredDistance(level, scale, marginals, c, k, between);
      observed += ((sums[1 + c * q + k]! + sums[1 + k * q + c]!) / 2) * distance;
      expected += marginals[c]! * marginals[k]! * distance;
      farthest = Math.max(farthest, distance);
    }
  }
  return { observed, expected, farthest };
}

/** 1 − D_o/δ²_max and 1 − D_e/δ²_max, so that alpha has the form of a kappa. */
function alphaParts(sums: Float64Array, level: AlphaLevel, scale: readonly number[]): AgreementParts {
  const q = scale.length;
  const marginals = Float64Array.from({ length: q }, (_, c) =>
    sums.subarray(1 + c * q, 1 + (c + 1) * q).reduce((sum, count) => sum + count, 0),
  );
  const n = marginals.reduce((sum, count) => sum + count, 0);
  const { observed, expected, farthest } = disagreements(sums, level, scale, marginals);
  return {
    observed: 1 - (2 * observed) / (n * farthest),
    expected: 1 - (2 * expected) / (n * (n - 1) * farthest),
  };
}

function squaredDistance(
  level: AlphaLevel,
  scale: readonly number[],
  marginals: Float64Array,
  c: number,
  k: number,
  between: number,
): number {
  const [low, high] = [scale[c]!, scale[k]!];
  switch (level) {
    case "nominal":
      return 1;
    case "ordinal":
      return (between - (marginals[c]! + marginals[k]!) / 2) ** 2;
    case "interval":
      return (high - low) ** 2;
    case "ratio":
      return ((high - low) / (high + low)) ** 2;
  }
}
