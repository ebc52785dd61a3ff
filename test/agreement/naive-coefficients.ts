import type { NaiveUnit } from "./naive.js";

/**
 * The coefficients once more, read from the papers as chances of drawing two values that agree, with loops over judgments and
 * nothing aggregated: independent of everything in src/agreement. A unit is the values that labelers gave it, at most one each.
 */

/** How much two values agree, from 0 to 1. */
export type Agreement = (a: number, b: number) => number;

const same: Agreement = (a, b) => (a === b ? 1 : 0);

/** Weights by the places of the values on the scale. Sources as in src/agreement/coefficients/category-weights.ts. */
export const linear =
  (scale: readonly number[]): Agreement =>
  (a, b) =>
    1 - Math.abs(a - b) / (Math.max(...scale) - Math.min(...scale));
export const quadratic =
  (scale: readonly number[]): Agreement =>
  (a, b) =>
    1 - ((a - b) / (Math.max(...scale) - Math.min(...scale))) ** 2;
export const ordinal = (scale: readonly number[]): Agreement => {
  // Gwet: 1 − C(places from a to b, 2) / C(q, 2).
  const choose2 = (places: number): number => (places * (places - 1)) / 2;
  return (a, b) => 1 - choose2(Math.abs(scale.indexOf(a) - scale.indexOf(b)) + 1) / choose2(scale.length);
};

/** Every unit twice, seen from either completion: what averaging the two orientations means for shares and means. */
export const bothWays = (units: readonly NaiveUnit[]): NaiveUnit[] => [
  ...units,
  ...units.map((unit) => unit.map(({ labeler, value }) => ({ labeler, value: -value }))),
];

/** The chance that two different labelers of a random unit agree (Gwet's pa); null where no unit has two. */
function pa(units: readonly NaiveUnit[], agreement: Agreement): number | null {
  const chances: number[] = [];
  for (const unit of units) {
    let [sum, pairs] = [0, 0];
    for (const a of unit) {
      for (const b of unit) {
        if (a !== b) {
          sum += agreement(a.value, b.value);
          pairs++;
        }
      }
    }
    if (pairs > 0) chances.push(sum / pairs);
  }
  return chances.length === 0 ? null : mean(chances);
}

/** The chance of a value when a unit is drawn, and then one of its values. */
const share = (units: readonly NaiveUnit[], value: number): number =>
  mean(units.map((unit) => unit.filter((judgment) => judgment.value === value).length / unit.length));

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** (p_a − p_e) / (1 − p_e), or null where chance agreement is 1. */
const beyond = (observed: number | null, expected: number): number | null =>
  observed === null || Math.abs(1 - expected) < 1e-12 ? null : (observed - expected) / (1 - expected);

export function naiveFleiss(units: readonly NaiveUnit[], scale: readonly number[]): number | null {
  if (pa(units, same) === null) return null;
  // Two units drawn with replacement, a value of each: do they agree?
  return beyond(
    pa(units, same),
    scale.map((value) => share(units, value) ** 2).reduce((a, b) => a + b, 0),
  );
}

export function naiveBrennanPrediger(units: readonly NaiveUnit[], scale: readonly number[]): number | null {
  return beyond(pa(units, same), mean(scale.flatMap((a) => scale.map((b) => same(a, b)))));
}

export function naiveAc(
  units: readonly NaiveUnit[],
  scale: readonly number[],
  agreement: Agreement = same,
): number | null {
  if (pa(units, agreement) === null) return null;
  const q = scale.length;
  const total = scale.flatMap((a) => scale.map((b) => agreement(a, b))).reduce((a, b) => a + b, 0);
  const uncertain = scale.map((value) => share(units, value) * (1 - share(units, value))).reduce((a, b) => a + b, 0);
  return beyond(pa(units, agreement), (total / q / (q - 1)) * uncertain);
}

/** Scott: every ordered pair of different labelers on a unit, and the chance that two ends of such pairs are equal. */
export function naiveScott(units: readonly NaiveUnit[], scale: readonly number[]): number | null {
  const pairs: [number, number][] = [];
  for (const unit of units) {
    for (const a of unit) {
      for (const b of unit) {
        if (a.labeler !== b.labeler) pairs.push([a.value, b.value]);
      }
    }
  }
  if (pairs.length === 0) return null;
  const ends = pairs.flat();
  const chance = scale.map((value) => (ends.filter((end) => end === value).length / ends.length) ** 2);
  return beyond(
    mean(pairs.map(([a, b]) => same(a, b))),
    chance.reduce((a, b) => a + b, 0),
  );
}

/** Conger: two different labelers are drawn, and of each one of their values. */
export function naiveConger(units: readonly NaiveUnit[], scale: readonly number[]): number | null {
  const observed = pa(units, same);
  const names = [...new Set(units.flat().map(({ labeler }) => labeler))];
  if (observed === null) return null;
  const given = new Map(
    names.map((name) => {
      const own = units.flat().filter(({ labeler }) => labeler === name);
      return [name, scale.map((value) => own.filter((judgment) => judgment.value === value).length / own.length)];
    }),
  );
  const chances: number[] = [];
  for (const g of names) {
    for (const h of names) {
      if (g !== h) chances.push(scale.reduce((sum, _, k) => sum + given.get(g)![k]! * given.get(h)![k]!, 0));
    }
  }
  return beyond(observed, mean(chances));
}

/** Cohen: what two labelers said of a unit, against what the one said of a unit and the other of any. */
export function naiveCohen(
  units: readonly NaiveUnit[],
  a: string,
  b: string,
  agreement: Agreement = same,
): number | null {
  const shared = units.flatMap((unit) => {
    const [one, other] = [a, b].map((name) => unit.find(({ labeler }) => labeler === name));
    return one !== undefined && other !== undefined ? [[one.value, other.value] as const] : [];
  });
  if (shared.length === 0) return null;
  const crossed = shared.flatMap(([x]) => shared.map(([, y]) => agreement(x, y)));
  return beyond(mean(shared.map(([x, y]) => agreement(x, y))), mean(crossed));
}

/** The mean of Cohen's kappa over pairs of labelers by shared units, of at least ten unless there is one pair, and those units. */
export function naiveMeanCohen(
  units: readonly NaiveUnit[],
  oriented: boolean,
  agreement: Agreement = same,
): { value: number | null; n: number } {
  const share = (unit: NaiveUnit, pair: readonly string[]) =>
    pair.every((name) => unit.some(({ labeler }) => labeler === name));
  const pairable = units.filter((unit) => unit.length >= 2);
  const names = [...new Set(pairable.flat().map(({ labeler }) => labeler))];
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
  const kept = pairs.filter((pair) => {
    const shared = pairable.filter((unit) => share(unit, pair)).length;
    return shared >= (names.length === 2 ? 1 : 10);
  });
  let [weighted, total] = [0, 0];
  for (const [a, b] of kept) {
    const kappa = naiveCohen(oriented ? bothWays(units) : units, a, b, agreement);
    const shared = pairable.filter((unit) => share(unit, [a, b])).length;
    if (kappa !== null) {
      weighted += shared * kappa;
      total += shared;
    }
  }
  const n = pairable.filter((unit) => kept.some((pair) => share(unit, pair))).length;
  return { value: total === 0 ? null : weighted / total, n };
}
