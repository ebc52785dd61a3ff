import type { LabelerSignalName } from "../../vocabulary.js";
import { canonicalClusters } from "../intervals/clusters.js";
import { clusterPrecision, type Interval, type Resampling } from "../intervals/interval.js";
import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { SummedFigure } from "../intervals/summed-figure.js";
import { GrowableRows } from "../judgments/growable-rows.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import { belowConsensus } from "./below-consensus.js";
import { type ConsensusScores, consensusScores } from "./consensus.js";
import { copying } from "./copying.js";
import { CROWD_PRIORS, type CrowdBradleyTerry, crowdBradleyTerryInSlices } from "./crowd-bradley-terry.js";
import { type DawidSkene, dawidSkeneInSlices, labelerAccuracy } from "./dawid-skene.js";
import { drift } from "./drift.js";
import { positionBias } from "./position-bias.js";
import { type Finding, FLAGGED_AT, type LabelerSignal, signalsOf } from "./signal.js";
import { speed } from "./speed.js";
import { straightLining } from "./straight-lining.js";
import type { WorkLog } from "./work-log.js";
import type { WorkTable } from "./work-table.js";

/** One labeler's line. */
export interface LabelerFigures {
  readonly labelerId: string;
  /** Rankings, or prompts scored, that count. */
  readonly works: number;
  /** Units that somebody else judged, too. */
  readonly units: number;
  /** The share of those in which the labeler gave the consensus of the others; a tie of the others is shared out. Null where units is 0. */
  readonly consensus: number | null;
  /** Dawid and Skene's: how often the labeler says what is true. */
  readonly accuracy: Statistic;
  /** P(labeler says the column | it is the row), [q][q]; null where there is no accuracy. */
  readonly confusion: readonly (readonly number[])[] | null;
  /** Of the Bradley–Terry model with reliabilities. */
  readonly reliability: Statistic;
  /** One of each name, in the order of LABELER_SIGNALS. */
  readonly signals: readonly (Omit<LabelerSignal, "other"> & { readonly otherLabelerId: string | null })[];
}

/** What the judgments of a measure say of each labeler. */
export interface QualityFigures {
  readonly labelers: number;
  readonly works: number;
  /** What anybody judged … */
  readonly units: number;
  /** … and what at least two labelers judged. */
  readonly pairableUnits: number;
  readonly repeats: number;
  /** The words for the categories, as confusion has them. [q] */
  readonly categories: readonly string[];
  /** The share of each true category by Dawid and Skene; null where no unit has two labelers. [q] */
  readonly priors: readonly number[] | null;
  readonly warnings: readonly string[];
  /** By ascending id. */
  readonly byLabeler: readonly LabelerFigures[];
  /** The 95 % interval of a labeler's consensus over clusters, computed when asked; null below two clusters. */
  consensusInterval(labelerId: string): TimeSlices<Interval | null>;
}

export interface QualityOptions extends Resampling {
  readonly categories: readonly string[];
  /** Category c is q − 1 − c from the other side. */
  readonly oriented: boolean;
}

/** Each labeler is taken to have given so many judgments of every true category, evenly over the answers. */
const PRIOR_JUDGMENTS = 1;

/** All signals and both models of what has been collected. The order of feeding, ids and keys change nothing. */
export function* qualityReport(log: WorkLog, options: QualityOptions): TimeSlices<QualityFigures> {
  const { categories, oriented, seed } = options;
  const table = log.table();
  const { judgments } = table;
  const { ids } = log.labelers;
  const idOf = (labeler: number): string => ids[labeler]!;
  const scores = yield* consensusScores(table);
  const found: Readonly<Record<LabelerSignalName, readonly Finding[]>> = {
    CONSENSUS: yield* belowConsensus(table, scores, seed),
    DRIFT: yield* drift(table, scores, seed),
    COPYING: yield* copying(table, idOf),
    SPEED: yield* speed(table),
    POSITION_BIAS: yield* positionBias(table),
    STRAIGHT_LINING: yield* straightLining(table, categories, seed),
  };
  const signals = Object.entries(found).map(([name, findings]) => signalsOf(name as LabelerSignalName, findings));
  const pseudocount = PRIOR_JUDGMENTS / judgments.q;
  const truth = yield* dawidSkeneInSlices(judgments, { oriented, pseudocount });
  const crowd = table.ranked ? yield* crowdBradleyTerryInSlices(table, CROWD_PRIORS) : null;
  const pairableUnits = countPairable(table);
  const lines = ids.map((labelerId, labeler): LabelerFigures => {
    const ofConsensus = found.CONSENSUS[labeler]!;
    const judged = truth.units[labeler]!;
    return {
      labelerId,
      works: table.firstBy[labeler + 1]! - table.firstBy[labeler]!,
      units: judged,
      consensus: ofConsensus.value,
      accuracy: judged > 0 ? defined(labelerAccuracy(truth, labeler)) : undefinedBecause(ALONE),
      confusion: judged > 0 ? confusionOf(truth, labeler) : null,
      reliability: reliabilityOf(crowd, labeler),
      signals: signals.map((ofAll) => {
        const { other, ...signal } = ofAll[labeler]!;
        return { ...signal, otherLabelerId: other === null ? null : idOf(other) };
      }),
    };
  });
  const byLabeler = lines
    .filter(({ works }) => works > 0)
    .sort((a, b) => (a.labelerId < b.labelerId ? -1 : a.labelerId > b.labelerId ? 1 : 0));
  return {
    labelers: byLabeler.length,
    works: table.works,
    units: judgments.units,
    pairableUnits,
    repeats: log.repeats,
    categories,
    priors: pairableUnits > 0 ? [...truth.priors] : null,
    warnings: warningsOf(byLabeler, pairableUnits, truth, crowd),
    byLabeler,
    *consensusInterval(labelerId) {
      const labeler = log.labelers.find(labelerId);
      return labeler === undefined ? null : yield* intervalOf(table, scores, labeler, options);
    },
  };
}

const ALONE = "Nobody else judged what this labeler judged.";

function reliabilityOf(crowd: CrowdBradleyTerry | null, labeler: number): Statistic {
  if (crowd === null) {
    return undefinedBecause("Scores are no comparisons; the Bradley–Terry model is of rankings.");
  }
  if (crowd.judgments[labeler] === 0) {
    return undefinedBecause(ALONE);
  }
  return crowd.strict[labeler]! > 0
    ? defined(crowd.reliability[labeler]!)
    : undefinedBecause(
        `All ${crowd.judgments[labeler]} judgments that others share are ties: they do not say how reliably this labeler prefers.`,
      );
}

function confusionOf({ confusion, priors }: DawidSkene, labeler: number): number[][] {
  const q = priors.length;
  return Array.from({ length: q }, (_, k) => [...confusion.subarray((labeler * q + k) * q, (labeler * q + k + 1) * q)]);
}

function countPairable({ judgments: { units, firstJudgment } }: WorkTable): number {
  let count = 0;
  for (let unit = 0; unit < units; unit++) {
    count += firstJudgment[unit + 1]! - firstJudgment[unit]! >= 2 ? 1 : 0;
  }
  return count;
}

function warningsOf(
  lines: readonly LabelerFigures[],
  pairableUnits: number,
  truth: DawidSkene,
  crowd: CrowdBradleyTerry | null,
): string[] {
  const warnings = [
    `A signal is a reason to look, not a verdict: nothing is done to a labeler. Of honest labelers each signal flags up to ${100 * FLAGGED_AT} in 100; adjustedPValue counts all ${lines.length} together.`,
  ];
  if (pairableUnits === 0) {
    warnings.push("No unit was judged by two labelers: nothing can be said of agreement.");
    return warnings;
  }
  const compared = lines.filter(({ units }) => units > 0).length;
  if (compared === 2) {
    warnings.push("Two labelers can be compared: where they differ nobody knows which of them errs.");
  }
  if (!truth.settled) {
    warnings.push(`Dawid and Skene's likelihood still rose after ${truth.objective.length} iterations.`);
  }
  if (crowd !== null && !crowd.settled) {
    warnings.push(`The likelihood of reliabilities still rose after ${crowd.objective.length} iterations.`);
  }
  return warnings;
}

/** Σ score / Σ units. */
const SHARE: SummedFigure = {
  minimum: 0,
  maximum: 1,
  evaluate: (sums) =>
    sums[0]! > 0 ? defined(Math.min(1, sums[1]! / sums[0]!)) : undefinedBecause("No unit was judged by anybody else."),
};

function* intervalOf(
  { firstBy, workBy, clusterOf }: WorkTable,
  scores: ConsensusScores,
  labeler: number,
  resampling: Resampling,
): TimeSlices<Interval | null> {
  const sums = new GrowableRows(2);
  const rowOf = new Map<number, number>();
  let [score, units] = [0, 0];
  for (const work of workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)) {
    const row = rowOf.get(clusterOf[work]!) ?? sums.push();
    rowOf.set(clusterOf[work]!, row);
    sums.add(row, 0, scores.units[work]!);
    sums.add(row, 1, scores.score[work]!);
    score += scores.score[work]!;
    units += scores.units[work]!;
  }
  if (units === 0) {
    return null;
  }
  const clusters = yield* canonicalClusters(sums);
  return (yield* clusterPrecision(clusters, SHARE, score / units, resampling)).ci95;
}
