import { type PairCredits, percentAgreement } from "../coefficients/percent-agreement.js";
import { canonicalClusters } from "../intervals/clusters.js";
import { clusterPrecision, type Interval, type Resampling } from "../intervals/interval.js";
import { GrowableRows } from "../judgments/growable-rows.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { CountedUnit } from "../judgments/unit.js";

/** A share of agreement and the units it rests on; value is null where n is 0. */
export interface AgreementShare {
  readonly value: number | null;
  readonly n: number;
}

const ROWS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/**
 * Collects how each labeler agrees with the others, by cluster: one row (labeler, cluster, units, agreed, pairs) for every
 * labeler of a prompt, so memory grows with labelers × prompts judged and not with judgments.
 */
export class LabelerAgreements {
  private readonly rows = new GrowableRows(5);
  private totals: Float64Array = new Float64Array(0);
  private firstRow: Int32Array = new Int32Array(0);
  private rowsByLabeler: Int32Array = new Int32Array(0);

  constructor(private readonly credits: PairCredits) {}

  /** Adds the units of a prompt; a labeler's value counts against the value of every other labeler of the unit. */
  addPrompt(units: readonly CountedUnit[], cluster: number): void {
    const { q, credit, counted } = this.credits;
    const rowOfLabeler = new Map<number, number>();
    for (const { labelers, values, counts } of units) {
      for (let i = 0; i < labelers.length; i++) {
        const line = values[i]! * q;
        let agreed = -credit[line + values[i]!]!;
        let pairs = -counted[line + values[i]!]!;
        for (let k = 0; k < q; k++) {
          agreed += counts[k]! * credit[line + k]!;
          pairs += counts[k]! * counted[line + k]!;
        }
        if (pairs > 0) {
          const row = this.rowFor(rowOfLabeler, labelers[i]!, cluster);
          this.rows.add(row, 2, 1);
          this.rows.add(row, 3, agreed);
          this.rows.add(row, 4, pairs);
        }
      }
    }
  }

  private rowFor(rowOfLabeler: Map<number, number>, labeler: number, cluster: number): number {
    let row = rowOfLabeler.get(labeler);
    if (row === undefined) {
      row = this.rows.push();
      this.rows.set(row, 0, labeler);
      this.rows.set(row, 1, cluster);
      rowOfLabeler.set(labeler, row);
    }
    return row;
  }

  /** Adds up each labeler's rows and sorts them by labeler, once all prompts are in. */
  *close(labelers: number): TimeSlices<void> {
    this.totals = new Float64Array(3 * labelers);
    this.firstRow = new Int32Array(labelers + 1);
    for (let row = 0; row < this.rows.length; row++) {
      const labeler = this.rows.get(row, 0);
      this.firstRow[labeler + 1]!++;
      for (let column = 0; column < 3; column++) {
        this.totals[3 * labeler + column]! += this.rows.get(row, column + 2);
      }
      if (row % ROWS_PER_SLICE === ROWS_PER_SLICE - 1) {
        yield;
      }
    }
    for (let labeler = 0; labeler < labelers; labeler++) {
      this.firstRow[labeler + 1]! += this.firstRow[labeler]!;
    }
    const next = this.firstRow.slice();
    this.rowsByLabeler = new Int32Array(this.rows.length);
    for (let row = 0; row < this.rows.length; row++) {
      this.rowsByLabeler[next[this.rows.get(row, 0)]!++] = row;
      if (row % ROWS_PER_SLICE === ROWS_PER_SLICE - 1) {
        yield;
      }
    }
  }

  /** The labeler's agreement with all others: agreeing pairs over pairs, and the units shared with anybody. After `close`. */
  share(labeler: number): AgreementShare {
    const [units, agreed, pairs] = this.totals.subarray(3 * labeler, 3 * labeler + 3);
    return { value: pairs! > 0 ? agreed! / pairs! : null, n: units! };
  }

  /** The 95 % interval of the labeler's share, from the clusters in which the labeler can be compared; null below two. */
  *interval(labeler: number, resampling: Resampling): TimeSlices<Interval | null> {
    const { value } = this.share(labeler);
    if (value === null) {
      return null;
    }
    const sums = new GrowableRows(3);
    const sumsOfCluster = new Map<number, number>();
    for (const row of this.rowsOf(labeler)) {
      const cluster = this.rows.get(row, 1);
      let target = sumsOfCluster.get(cluster);
      if (target === undefined) {
        target = sums.push();
        sumsOfCluster.set(cluster, target);
      }
      for (let column = 0; column < 3; column++) {
        sums.add(target, column, this.rows.get(row, column + 2));
      }
    }
    const clusters = yield* canonicalClusters(sums);
    return (yield* clusterPrecision(clusters, percentAgreement(this.credits), value, resampling)).ci95;
  }

  private rowsOf(labeler: number): Int32Array {
    return this.rowsByLabeler.subarray(this.firstRow[labeler] ?? 0, this.firstRow[labeler + 1] ?? 0);
  }
}
