import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { CategoryWeights } from "./category-weights.js";

/**
 * Cohen's kappa of two labelers, weighted or not, from their contingency table.
 *
 *   κ = (p_o − p_e) / (1 − p_e),   p_o = Σ_ck w_ck C_ck / n,   p_e = Σ_ck w_ck C_c+ C_+k / n²
 *
 * From −1 to 1; 1 is full agreement, 0 what two labelers with these marginals reach by chance. Undefined without a shared unit,
 * and where p_e is 1: both gave one category only, the same.
 *
 * @param weights how much two categories agree. [q·q]
 * @param oriented first C ← (C + C flipped) / 2, where flipping exchanges c with q−1−c on both sides.
 * @returns a function of the counts: C_ck, units that the first labeler put in c and the second in k, stands at
 *   counts[offset + c·q + k]. [q·q]
 * Sources: Cohen 1960, "A coefficient of agreement for nominal scales"; Cohen 1968, "Weighted kappa".
 */
export function cohenKappa(
  weights: CategoryWeights,
  oriented = false,
): (counts: ArrayLike<number>, offset?: number) => Statistic {
  const kappa = kappaOfTable(weights, oriented);
  return (counts, offset = 0) => {
    const value = kappa(counts, offset);
    if (value !== null) {
      return defined(value);
    }
    const cells = Array.from({ length: weights.length }, (_, cell) => counts[offset + cell]!);
    return undefinedBecause(
      cells.every((count) => count === 0)
        ? "The two labelers share no unit, so there is nothing to compare."
        : "Both labelers gave one category only, the same: agreement by chance is 1, and agreement beyond it is undefined.",
    );
  };
}

/** The same as a number, or null where it is undefined, for those who take many. */
export function kappaOfTable(
  weights: CategoryWeights,
  oriented: boolean,
): (counts: ArrayLike<number>, offset: number) => number | null {
  const count = countTable(weights, oriented);
  return (counts, offset) => {
    const { n, observed, expected } = count(counts, offset);
    // Of whole and half counts, so that a chance agreement of 1 comes out without rounding.
    const beyondChance = n * n - expected;
    return beyondChance > 0 ? (n * observed - expected) / beyondChance : null;
  };
}

/** p_o and p_e of a table with at least one unit. */
export function partsOfTable(
  weights: CategoryWeights,
  oriented: boolean,
  counts: ArrayLike<number>,
): { observed: number; expected: number } {
  const { n, observed, expected } = countTable(weights, oriented)(counts, 0);
  return { observed: observed / n, expected: expected / (n * n) };
}

/** The units of a table, n p_o, and n² p_e. The answer is overwritten by the next. */
type CountTable = (
  counts: ArrayLike<number>,
  offset: number,
) => { readonly n: number; readonly observed: number; readonly expected: number };

function countTable(weights: CategoryWeights, oriented: boolean): CountTable {
  if (oriented && weights.length === 9) {
    return countOrders(weights);
  }
  // A root is a double even where it is whole, and a loop to a double is slow.
  const q = Math.sqrt(weights.length) | 0;
  const last = q - 1;
  // Σ w (C + C flipped)/2 = Σ (w + w flipped)/2 · C, so the weights are turned, once, and not every table.
  const observedWeights = oriented
    ? weights.map((weight, cell) => (weight + weights[weights.length - 1 - cell]!) / 2)
    : weights;
  const rows = new Float64Array(q);
  const columns = new Float64Array(q);
  const sums = { n: 0, observed: 0, expected: 0 };
  return (counts, offset) => {
    columns.fill(0);
    let n = 0;
    let observed = 0;
    let expected = 0;
    for (let c = 0, cell = 0; c < q; c++) {
      let row = 0;
      for (let k = 0; k < q; k++, cell++) {
        const count = counts[offset + cell]!;
        row += count;
        columns[k]! += count;
        observed += observedWeights[cell]! * count;
      }
      rows[c] = row;
      n += row;
    }
    if (oriented) {
      for (let c = 0; 2 * c < last; c++) {
        rows[c] = rows[last - c] = (rows[c]! + rows[last - c]!) / 2;
        columns[c] = columns[last - c] = (columns[c]! + columns[last - c]!) / 2;
      }
    }
    for (let c = 0, cell = 0; c < q; c++) {
      const row = rows[c]!;
      for (let k = 0; k < q; k++, cell++) {
        expected += weights[cell]! * row * columns[k]!;
      }
    }
    sums.n = n;
    sums.observed = observed;
    sums.expected = expected;
    return sums;
  };
}

/**
 * The same for the three categories of rankings, written out: a report takes it some million times. Oriented, the marginals of `<`
 * and of `>` are both half of what is strict.
 */
function countOrders(w: CategoryWeights): CountTable {
  const ofCell = w.map((weight, cell) => (weight + w[8 - cell]!) / 2);
  const [o0, o1, o2, o3, o4, o5, o6, o7, o8] = ofCell as unknown as Nine;
  const strict = w[0]! + w[2]! + w[6]! + w[8]!;
  const [firstStrict, secondStrict, tied] = [w[1]! + w[7]!, w[3]! + w[5]!, w[4]!];
  const sums = { n: 0, observed: 0, expected: 0 };
  return (counts, offset) => {
    const [a, b, c] = [counts[offset]!, counts[offset + 1]!, counts[offset + 2]!];
    const [d, e, f] = [counts[offset + 3]!, counts[offset + 4]!, counts[offset + 5]!];
    const [g, h, i] = [counts[offset + 6]!, counts[offset + 7]!, counts[offset + 8]!];
    const [rowTied, columnTied] = [d + e + f, b + e + h];
    const n = a + b + c + rowTied + g + h + i;
    const [row, column] = [(n - rowTied) / 2, (n - columnTied) / 2];
    sums.n = n;
    sums.observed = o0 * a + o1 * b + o2 * c + o3 * d + o4 * e + o5 * f + o6 * g + o7 * h + o8 * i;
    sums.expected =
      strict * row * column +
      firstStrict * row * columnTied +
      secondStrict * rowTied * column +
      tied * rowTied * columnTied;
    return sums;
  };
}

type Nine = readonly [number, number, number, number, number, number, number, number, number];
