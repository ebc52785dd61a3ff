/** Comparisons of which one side was longer by so much. */
export interface LengthenedWins {
  /** How many characters longer. */
  readonly difference: number;
  /** How many comparisons there were … */
  readonly n: number;
  /** … and how many of them the side won; a tie is half. From 0 to n. */
  readonly wins: number;
}

const MOST_STEPS = 200;
const PRECISION = 1e-13;

/**
 * ln(p / (1 − p)) of the win rate p that a side would have with lengths equal: a of the logistic regression
 *
 *   P(win) = σ(a + b · tanh(d / sd)),   sd² = Σ n (d − d̄)² / Σ n
 *
 * by maximum likelihood, with d the difference in length. Where all differences are equal, b is 0 and p the win rate itself.
 *
 * @param rows at least one; equal differences may stand in several. [rows] @returns a, or null where no finite a and b are
 * likeliest: only wins, only losses, or wins and losses that a length tells fully apart.
 * Source: Dubois et al. 2024, "Length-Controlled AlpacaEval", equation 2, without its terms of the instruction's difficulty;
 * Albert and Anderson 1984 for when there is a finite maximum.
 */
export function interceptAtEqualLength(rows: readonly LengthenedWins[]): number | null {
  const n = rows.reduce((sum, row) => sum + row.n, 0);
  const mean = rows.reduce((sum, row) => sum + (row.n * row.difference) / n, 0);
  const variance = rows.reduce((sum, row) => sum + (row.n * (row.difference - mean) ** 2) / n, 0);
  const wins = rows.reduce((sum, row) => sum + row.wins, 0);
  if (wins === 0 || wins === n) {
    return null;
  }
  if (rows.every(({ difference }) => difference === rows[0]!.difference)) {
    return Math.log(wins / (n - wins));
  }
  if (isSeparable(rows)) {
    return null;
  }
  const sd = Math.sqrt(variance);
  const xs = rows.map(({ difference }) => Math.tanh(difference / sd));
  const likelihoodAt = (a: number, b: number): number =>
    rows.reduce((sum, row, i) => {
      const z = a + b * xs[i]!;
      return sum + row.wins * z - row.n * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))));
    }, 0);
  let [a, b] = [0, 0];
  let value = likelihoodAt(a, b);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
    rows.forEach((row, i) => {
      const x = xs[i]!;
      const p = 1 / (1 + Math.exp(-(a + b * x)));
      const v = row.n * p * (1 - p);
      ga += row.wins - row.n * p;
      gb += (row.wins - row.n * p) * x;
      haa += v;
      hab += v * x;
      hbb += v * x * x;
    });
    const determinant = haa * hbb - hab * hab;
    if (!(determinant > 0)) {
      return null;
    }
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    let scale = 1;
    let next = likelihoodAt(a + da, b + db);
    // A step that loses likelihood by more than rounding is halved.
    while (next < value - 1e-12 * (1 + Math.abs(value)) && scale > 1e-9) {
      scale /= 2;
      next = likelihoodAt(a + scale * da, b + scale * db);
    }
    a += scale * da;
    b += scale * db;
    value = next;
    if (Math.abs(da) + Math.abs(db) < PRECISION * (1 + Math.abs(a) + Math.abs(b))) {
      return a;
    }
  }
  return Number.isFinite(a) ? a : null;
}

/** Whether some length has all wins on one side of it and all losses on the other; both may stand at that length. */
function isSeparable(rows: readonly LengthenedWins[]): boolean {
  const won = rows.filter(({ wins }) => wins > 0).map(({ difference }) => difference);
  const lost = rows.filter(({ wins, n }) => wins < n).map(({ difference }) => difference);
  const [leastWon, mostWon] = range(won);
  const [leastLost, mostLost] = range(lost);
  return mostLost <= leastWon || mostWon <= leastLost;
}

function range(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}
