import type { AgreementMeasure, CoefficientName, TiePolicy } from "../../vocabulary.js";
import type { AnyCoefficient, Coefficient, PromptCoefficient } from "../coefficients/coefficient.js";
import { coefficientsOf, creditsOf } from "../coefficients/coefficients.js";
import { MEASURES } from "../coefficients/measures.js";
import { type PairCredits, percentAgreement } from "../coefficients/percent-agreement.js";
import { checkResampling } from "../intervals/interval.js";
import { GrowableRows } from "../judgments/growable-rows.js";
import type { JudgedPrompt } from "../judgments/judged-prompt.js";
import { JudgmentLog } from "../judgments/judgment-table.js";
import { LabelerIndex } from "../judgments/labeler-index.js";
import { runSlices, type TimeSlices } from "../judgments/time-slices.js";
import { type CountedUnit, countCategories, type PromptUnits } from "../judgments/unit.js";
import { type RankingJudgment, unitsFromRankingsInSlices } from "../judgments/units-from-rankings.js";
import { type RatingJudgment, unitsFromRatings } from "../judgments/units-from-ratings.js";
import { LabelerAgreements } from "./labeler-agreement.js";
import { MostContested } from "./most-contested.js";
import { type AgreementFigures, reportOf } from "./report.js";

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
  /** Only these of the coefficients that apply to the measure; by default all. */
  readonly coefficients?: readonly CoefficientName[];
}

const MOST_CONTESTED = 20;

/**
 * Takes judgments prompt by prompt and keeps sums, and who said what at 5 bytes a judgment, so that any number of prompts can be
 * streamed through it: a prompt is fed once and whole, in any order. `finishInSlices` then makes the report and pauses on the way; `finish` does so in one go.
 */
export class AgreementAccumulator {
  private readonly labelers = new LabelerIndex();
  private readonly hasJudged: boolean[] = [];
  private readonly coefficients: AnyCoefficient[];
  /** A table for each coefficient that is a sum over units or prompts. */
  private readonly sumsByCluster: (GrowableRows | null)[];
  private readonly rowOfCluster = new Map<string, number>();
  /** Clusters with a unit that two labelers judged. */
  private readonly pairableClusters = new Set<number>();
  private readonly byLabeler: LabelerAgreements | null;
  private readonly log: JudgmentLog;
  private readonly contested = new MostContested(MOST_CONTESTED);
  private readonly credits: PairCredits;
  private units = 0;
  private pairableUnits = 0;
  private judgments = 0;
  private repeats = 0;

  constructor(private readonly options: AgreementOptions) {
    checkResampling(options);
    const { measure, tiePolicy } = options;
    const credits = creditsOf(measure, tiePolicy);
    this.coefficients = coefficientsOf(measure, tiePolicy).filter(
      ({ name }) => options.coefficients?.includes(name) ?? true,
    );
    this.sumsByCluster = this.coefficients.map((coefficient) =>
      "layOut" in coefficient ? null : new GrowableRows(coefficient.size),
    );
    this.byLabeler = options.byLabeler === false ? null : new LabelerAgreements(credits);
    this.credits = credits;
    this.log = new JudgmentLog(credits.q);
  }

  /**
   * All rankings of one prompt; the measure is RANKING.
   * @param clusterId what is drawn as a whole in a resample: the prompt itself, or its author.
   */
  addRankings(promptId: string, clusterId: string, rankings: readonly RankingJudgment[]): void {
    runSlices(this.addRankingsInSlices(promptId, clusterId, rankings));
  }

  /** The same, with a pause every few milliseconds; nothing else may be added before it has ended. */
  *addRankingsInSlices(promptId: string, clusterId: string, rankings: readonly RankingJudgment[]): TimeSlices<void> {
    this.expect(this.options.measure === "RANKING", "rankings");
    const found = yield* unitsFromRankingsInSlices(rankings, this.labelers);
    yield* this.addPrompt(promptId, clusterId, found, { rankings, ratings: [] });
  }

  /** All ratings of the measure on the completions of one prompt; the measure is any but RANKING. */
  addRatings(promptId: string, clusterId: string, ratings: readonly RatingJudgment[]): void {
    this.expect(this.options.measure !== "RANKING", "ratings");
    const { scale } = MEASURES[this.options.measure];
    const found = unitsFromRatings(ratings, scale, this.labelers);
    runSlices(this.addPrompt(promptId, clusterId, found, { rankings: [], ratings }));
  }

  private expect(fits: boolean, given: string): void {
    if (!fits) {
      throw new TypeError(`The measure is ${this.options.measure}, which is not counted from ${given}.`);
    }
  }

  private *addPrompt(
    promptId: string,
    clusterId: string,
    { units: found, repeats }: PromptUnits,
    judged: Omit<JudgedPrompt, "units">,
  ): TimeSlices<void> {
    this.repeats += repeats;
    this.units += found.length;
    if (found.length === 0) {
      return;
    }
    const units = found.map((unit) => countCategories(unit, new Int32Array(this.credits.q)));
    for (const { labelers } of units) {
      this.judgments += labelers.length;
      for (const labeler of labelers) {
        this.hasJudged[labeler] = true;
      }
    }
    const pairable = units.filter(({ labelers }) => labelers.length >= 2);
    this.pairableUnits += pairable.length;
    const cluster = this.clusterRow(clusterId);
    if (pairable.length > 0) {
      this.pairableClusters.add(cluster);
    }
    yield;
    const prompt = { ...judged, units };
    this.coefficients.forEach((coefficient, i) => {
      const table = this.sumsByCluster[i];
      if (table != null && !("layOut" in coefficient)) {
        const sums = sumsOfPrompt(coefficient, prompt);
        for (let column = 0; column < sums.length; column++) {
          table.add(cluster, column, sums[column]!);
        }
      }
    });
    yield;
    this.contest(promptId, pairable);
    this.byLabeler?.addPrompt(pairable, cluster);
    this.log.addPrompt(units, cluster);
    yield;
  }

  private contest(promptId: string, pairable: readonly CountedUnit[]): void {
    const agreement = percentAgreement(this.credits);
    const sums = new Float64Array(agreement.size);
    for (const unit of pairable) {
      agreement.add(sums, unit);
    }
    const { value } = agreement.evaluate(sums);
    if (value !== null) {
      this.contested.add({ promptId, value, n: sums[0]! });
    }
  }

  private clusterRow(clusterId: string): number {
    let row = this.rowOfCluster.get(clusterId);
    if (row === undefined) {
      row = this.rowOfCluster.size;
      this.rowOfCluster.set(clusterId, row);
      for (const table of this.sumsByCluster) {
        table?.push();
      }
    }
    return row;
  }

  /** The report; call it once, after the last prompt. Between two steps at most a few milliseconds pass. */
  finishInSlices(): TimeSlices<AgreementFigures> {
    const { labelers, hasJudged, coefficients, sumsByCluster, byLabeler, units, pairableUnits } = this;
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
        clusters: this.pairableClusters.size,
        byLabeler,
        judgmentTable: this.log.table(labelers.ids.length, this.rowOfCluster.size),
        matrix: this.options.matrix !== false,
        credits: this.credits,
        mostContested: this.contested.list(),
      },
      this.options,
    );
  }

  /** The report, without pauses. */
  finish(): AgreementFigures {
    return runSlices(this.finishInSlices());
  }
}

/** What a prompt adds to the sums of a coefficient. [size] */
function sumsOfPrompt(coefficient: Coefficient | PromptCoefficient, prompt: JudgedPrompt): Float64Array {
  const sums = new Float64Array(coefficient.size);
  if ("addPrompt" in coefficient) {
    coefficient.addPrompt(sums, prompt);
    return sums;
  }
  for (const unit of prompt.units) {
    coefficient.add(sums, unit);
  }
  return sums;
}
