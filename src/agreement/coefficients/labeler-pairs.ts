import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/** What each pair of labelers said of the units that both judged, as a contingency table a pair. */
export interface LabelerPairTables {
  readonly q: number;
  /** The pairs. */
  readonly length: number;
  /** Labeler numbers, first[i] < second[i]. [length] */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** The units that both judged. [length] */
  readonly shared: Int32Array;
  /** counts[(i·q + c)·q + k]: units that the first of pair i put in c and the second in k. [length·q·q] */
  readonly counts: Int32Array;
  /** Pairs that share a unit, but fewer than asked for. */
  readonly leftOut: number;
}

/** So many table cells are kept at most: 134 MB, 3.7 million pairs of labelers on three categories. */
const MOST_CELLS = 2 ** 25;
/** So many comparisons of two values are made at most: some ten seconds. */
const MOST_COMPARISONS = 2e9;

/**
 * Tabulates every pair of labelers that shares at least `minimum` units. Labeler by labeler, so that what is held is the result
 * and one labeler's tables with all others; takes Σ_u m_u² for units with m_u values.
 *
 * @returns a sentence instead where there would be more tables or comparisons than are held or made.
 * Source of the order of work: Gustavson 1978, "Two fast algorithms for sparse matrices", on judgments × judgmentsᵀ.
 */
export function* tabulateLabelerPairs(table: JudgmentTable, minimum: number): TimeSlices<LabelerPairTables | string> {
  const { q, labelers, firstJudgment, labelerOf, categoryOf } = table;
  const refused = tooManyComparisons(table);
  if (refused !== null) {
    return refused;
  }
  yield;
  const { start, judgmentAt, unitAt } = yield* judgmentsByLabeler(table);
  const cells = q * q;
  const scratch = new Int32Array(labelers * cells);
  const shared = new Int32Array(labelers);
  const met: number[] = [];
  const found = new GrowablePairs(cells);
  let leftOut = 0;
  let work = 0;
  for (let a = 0; a < labelers; a++) {
    for (let i = start[a]!; i < start[a + 1]!; i++) {
      const unit = unitAt[i]!;
      const row = categoryOf[judgmentAt[i]!]! * q;
      for (let j = firstJudgment[unit]!; j < firstJudgment[unit + 1]!; j++) {
        const b = labelerOf[j]!;
        if (b > a) {
          if (shared[b]!++ === 0) {
            met.push(b);
          }
          scratch[b * cells + row + categoryOf[j]!]!++;
        }
      }
      work += firstJudgment[unit + 1]! - firstJudgment[unit]!;
      if (work > OPERATIONS_PER_SLICE) {
        work = 0;
        yield;
      }
    }
    met.sort((x, y) => x - y);
    for (const b of met) {
      if (shared[b]! < minimum) {
        leftOut++;
      } else {
        found.push(a, b, shared[b]!, scratch.subarray(b * cells, (b + 1) * cells));
      }
      shared[b] = 0;
      scratch.fill(0, b * cells, (b + 1) * cells);
    }
    work += met.length * cells;
    met.length = 0;
    if (found.length * cells > MOST_CELLS) {
      return `Pairs of labelers are not tabulated: more than ${Math.floor(MOST_CELLS / cells)} pairs share ${minimum} or more units, and no more are held.`;
    }
  }
  return { q, leftOut, ...found.columns() };
}

/** A sentence where comparing every two judgments of each unit takes longer than is taken; else null. */
export function tooManyComparisons({ units, firstJudgment }: JudgmentTable): string | null {
  let comparisons = 0;
  for (let unit = 0; unit < units; unit++) {
    const m = firstJudgment[unit + 1]! - firstJudgment[unit]!;
    comparisons += (m * (m - 1)) / 2;
  }
  return comparisons > MOST_COMPARISONS
    ? `Pairs of labelers are not tabulated: that takes ${comparisons} comparisons of two judgments, and at most ${MOST_COMPARISONS} are made.`
    : null;
}

/** The judgments of each labeler: labeler a's are judgmentAt[i], on unit unitAt[i], for i from start[a] to start[a + 1] − 1. */
export function* judgmentsByLabeler({
  labelers,
  units,
  firstJudgment,
  labelerOf,
}: JudgmentTable): TimeSlices<{ start: Int32Array; judgmentAt: Int32Array; unitAt: Int32Array }> {
  const start = new Int32Array(labelers + 1);
  for (const labeler of labelerOf) {
    start[labeler + 1]!++;
  }
  for (let labeler = 0; labeler < labelers; labeler++) {
    start[labeler + 1]! += start[labeler]!;
  }
  yield;
  const next = start.slice();
  const judgmentAt = new Int32Array(labelerOf.length);
  const unitAt = new Int32Array(labelerOf.length);
  for (let unit = 0; unit < units; unit++) {
    for (let j = firstJudgment[unit]!; j < firstJudgment[unit + 1]!; j++) {
      const place = next[labelerOf[j]!]!++;
      judgmentAt[place] = j;
      unitAt[place] = unit;
    }
  }
  yield;
  return { start, judgmentAt, unitAt };
}

class GrowablePairs {
  length = 0;
  private heads = new Int32Array(3 * 64);
  private counts: Int32Array<ArrayBuffer>;

  constructor(private readonly cells: number) {
    this.counts = new Int32Array(cells * 64);
  }

  push(first: number, second: number, shared: number, counts: Int32Array): void {
    if (3 * this.length === this.heads.length) {
      this.heads = doubled(this.heads);
      this.counts = doubled(this.counts);
    }
    this.heads[3 * this.length] = first;
    this.heads[3 * this.length + 1] = second;
    this.heads[3 * this.length + 2] = shared;
    this.counts.set(counts, this.length++ * this.cells);
  }

  columns() {
    const { length, heads } = this;
    const column = (offset: number): Int32Array => Int32Array.from({ length }, (_, i) => heads[3 * i + offset]!);
    return {
      length,
      first: column(0),
      second: column(1),
      shared: column(2),
      counts: this.counts.slice(0, length * this.cells),
    };
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
