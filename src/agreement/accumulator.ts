import { badInput } from "../errors.js";
import { createRandom } from "../random.js";
import type { AgreementMeasure, TiePolicy } from "../vocabulary.js";
import type { Coefficient } from "./coefficient.js";
import { coefficientsOf, creditsOf } from "./coefficients.js";
import { GrowableRows } from "./growable-rows.js";
import { LabelerAgreements, LabelerPairs } from "./labeler-agreement.js";
import { LabelerIndex } from "./labeler-index.js";
import { MEASURES } from "./measures.js";
import { MostContested } from "./most-contested.js";
import { type AgreementReport, reportOf } from "./report.js";
import { OPERATIONS_PER_STEP, runSteps, type Steps } from "./steps.js";
import { countCategories, type PromptUnits } from "./unit.js";
import { type RankingJudgment, unitsFromRankingsSteps } from "./units-from-rankings.js";
import { type RatingJudgment, unitsFromRatings } from "./units-from-ratings.js";

/** What to report on, and how to resample. */
export interface AgreementOptions {
  readonly measure: AgreementMeasure;
  /** Decides PERCENT_AGREEMENT on rankings; other measures have no ties to decide on. */
  readonly tiePolicy: TiePolicy;
  /** 200 to 20,000. */
  readonly resamples: number;
  /** Any integer that fits 32 bits with a sign. */
  readonly seed: number;
  /** Collect byLabeler (default true); costs memory for every labeler of every prompt. */
  readonly byLabeler?: boolean;
  /** Collect matrix (default true); costs time for every pair of labelers of every unit. */
  readonly matrix?: boolean;
}

const MOST_CONTESTED = 20;

/** A pair of labelers costs a look-up, as much as about ten draws. */
const LABELER_PAIRS_PER_STEP = OPERATIONS_PER_STEP / 10;

/**
 * Takes judgments prompt by prompt and keeps sums only, so that any number of prompts can be streamed through it: a prompt is
 * fed once and whole, in any order. `finishSteps` then makes the report and pauses on the way; `finish` does so in one go.
 */
export class AgreementAccumulator {
  private readonly labelers = new LabelerIndex();
  private readonly hasJudged: boolean[] = [];
  private readonly coefficients: Coefficient[];
  private readonly sumsByCluster: GrowableRows[];
  private readonly rowOfCluster = new Map<string, number>();
  private readonly byLabeler: LabelerAgreements | null;
  private readonly pairs: LabelerPairs | null;
  private readonly contested = new MostContested(MOST_CONTESTED);
  private readonly q: number;
  private units = 0;
  private pairableUnits = 0;
  private judgments = 0;
  private repeats = 0;

  constructor(private readonly options: AgreementOptions) {
    const { measure, tiePolicy, resamples, seed } = options;
    if (!Number.isInteger(resamples) || resamples < 200 || resamples > 20_000) {
      throw badInput(`Resamples are ${resamples}; they must be an integer from 200 to 20000.`, "input.resamples");
    }
    createRandom(seed); // Refuses a wrong seed before anything is counted.
    const credits = creditsOf(measure, tiePolicy);
    this.q = credits.q;
    this.coefficients = coefficientsOf(measure, tiePolicy);
    this.sumsByCluster = this.coefficients.map(({ size }) => new GrowableRows(size));
    this.byLabeler = options.byLabeler === false ? null : new LabelerAgreements(credits);
    this.pairs = options.matrix === false ? null : new LabelerPairs(credits);
  }

  /**
   * All rankings of one prompt; the measure is RANKING.
   * @param clusterId what is drawn as a whole in a resample: the prompt itself, or its author.
   */
  addRankings(promptId: string, clusterId: string, rankings: readonly RankingJudgment[]): void {
    runSteps(this.addRankingsSteps(promptId, clusterId, rankings));
  }

  /** The same, with a pause every few milliseconds; nothing else may be added before it has ended. */
  *addRankingsSteps(promptId: string, clusterId: string, rankings: readonly RankingJudgment[]): Steps<void> {
    this.expect(this.options.measure === "RANKING", "rankings");
    yield* this.addUnits(promptId, clusterId, yield* unitsFromRankingsSteps(rankings, this.labelers));
  }

  /** All ratings of the measure on the completions of one prompt; the measure is any but RANKING. */
  addRatings(promptId: string, clusterId: string, ratings: readonly RatingJudgment[]): void {
    this.expect(this.options.measure !== "RANKING", "ratings");
    const { scale } = MEASURES[this.options.measure];
    runSteps(this.addUnits(promptId, clusterId, unitsFromRatings(ratings, scale, this.labelers)));
  }

  private expect(fits: boolean, given: string): void {
    if (!fits) {
      throw new TypeError(`The measure is ${this.options.measure}, which is not counted from ${given}.`);
    }
  }

  private *addUnits(promptId: string, clusterId: string, { units, repeats }: PromptUnits): Steps<void> {
    this.repeats += repeats;
    this.units += units.length;
    for (const { labelers } of units) {
      this.judgments += labelers.length;
      for (const labeler of labelers) {
        this.hasJudged[labeler] = true;
      }
    }
    const pairable = units
      .filter(({ labelers }) => labelers.length >= 2)
      .map((unit) => countCategories(unit, new Int32Array(this.q)));
    if (pairable.length === 0) {
      return;
    }
    this.pairableUnits += pairable.length;
    const cluster = this.clusterRow(clusterId);
    yield;
    this.coefficients.forEach((coefficient, i) => {
      const sums = new Float64Array(coefficient.size);
      for (const unit of pairable) {
        coefficient.add(sums, unit);
      }
      const table = this.sumsByCluster[i]!;
      for (let column = 0; column < sums.length; column++) {
        table.add(cluster, column, sums[column]!);
      }
      if (coefficient.name === "PERCENT_AGREEMENT") {
        const { value } = coefficient.evaluate(sums);
        if (value !== null) {
          this.contested.add({ promptId, value, n: sums[0]! });
        }
      }
    });
    yield;
    this.byLabeler?.addPrompt(pairable, cluster);
    if (this.pairs !== null) {
      let sincePause = OPERATIONS_PER_STEP;
      for (const unit of pairable) {
        if (sincePause >= LABELER_PAIRS_PER_STEP) {
          yield;
          sincePause = 0;
        }
        sincePause += unit.labelers.length ** 2;
        this.pairs.add(unit);
      }
    }
  }

  private clusterRow(clusterId: string): number {
    let row = this.rowOfCluster.get(clusterId);
    if (row === undefined) {
      row = this.rowOfCluster.size;
      this.rowOfCluster.set(clusterId, row);
      for (const table of this.sumsByCluster) {
        table.push();
      }
    }
    return row;
  }

  /** The report; call it once, after the last prompt. Between two steps at most a few milliseconds pass. */
  finishSteps(): Steps<AgreementReport> {
    const { labelers, hasJudged, coefficients, sumsByCluster, byLabeler, pairs, units, pairableUnits } = this;
    const { measure, tiePolicy } = this.options;
    return reportOf(
      {
        measure,
        tiePolicy,
        units,
        pairableUnits,
        judgments: this.judgments,
        repeats: this.repeats,
        labelers,
        hasJudged,
        coefficients,
        sumsByCluster,
        byLabeler,
        pairs,
        mostContested: this.contested.list(),
      },
      this.options,
    );
  }

  /** The report, without pauses. */
  finish(): AgreementReport {
    return runSteps(this.finishSteps());
  }
}
