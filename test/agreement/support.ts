import type { Coefficient, LabelerCoefficient } from "../../src/agreement/coefficients/coefficient.js";
import { creditsOf } from "../../src/agreement/coefficients/coefficients.js";
import { krippendorffAlpha } from "../../src/agreement/coefficients/krippendorff-alpha.js";
import { MEASURES } from "../../src/agreement/coefficients/measures.js";
import { percentAgreement } from "../../src/agreement/coefficients/percent-agreement.js";
import { patternCounts, weightedSums } from "../../src/agreement/intervals/bootstrap.js";
import { JudgmentLog } from "../../src/agreement/judgments/judgment-table.js";
import { LabelerIndex } from "../../src/agreement/judgments/labeler-index.js";
import { runSlices } from "../../src/agreement/judgments/time-slices.js";
import { type CountedUnit, countCategories, type Unit } from "../../src/agreement/judgments/unit.js";
import type { RankingJudgment } from "../../src/agreement/judgments/units-from-rankings.js";
import type { RatingJudgment } from "../../src/agreement/judgments/units-from-ratings.js";
import { createRandom, type Random } from "../../src/random.js";
import type { AgreementMeasure, TiePolicy } from "../../src/vocabulary.js";

/** A new seed on every run, always printed, so that any run can be repeated with ACCORD_TEST_SEED. */
export function printedSeed(test: string): number {
  const given = process.env.ACCORD_TEST_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stderr.write(`${test}: ACCORD_TEST_SEED=${seed}\n`);
  return seed;
}

/** Items × raters with null for missing, as units; categories are indexes into the scale. */
export function unitsOfMatrix(ratings: (number | null)[][], scale: readonly number[]): CountedUnit[] {
  return ratings.map((row) => {
    const unit: Unit = { labelers: [], values: [] };
    row.forEach((value, rater) => {
      if (value !== null) {
        unit.labelers.push(rater);
        unit.values.push(scale.indexOf(value));
      }
    });
    return countCategories(unit, new Int32Array(scale.length));
  });
}

/** The sums of a coefficient over units. [size] */
export function sumsOf(coefficient: Coefficient, units: readonly CountedUnit[]): Float64Array {
  const sums = new Float64Array(coefficient.size);
  for (const unit of units) {
    coefficient.add(sums, unit);
  }
  return sums;
}

/** A coefficient that depends on who said what, each unit a cluster of its own. */
export function evaluateTable(coefficient: LabelerCoefficient, units: readonly CountedUnit[], q: number) {
  const log = new JudgmentLog(q);
  units.forEach((unit, cluster) => {
    log.addPrompt(unit.values.length > 0 ? [unit] : [], cluster);
  });
  const labelers = 1 + Math.max(-1, ...units.flatMap((unit) => unit.labelers));
  const laidOut = runSlices(coefficient.layOut(log.table(labelers, units.length)));
  const { figure, clusters } = laidOut;
  const sums = weightedSums(clusters, patternCounts(clusters), new Float64Array(clusters.size));
  return { statistic: figure.evaluate(sums), laidOut };
}

/** The two coefficients that every measure has and that are sums over units. */
export const sumsOverUnits = (measure: AgreementMeasure, tiePolicy: TiePolicy): [Coefficient, Coefficient] => {
  const { scale, categoryNames, alphaLevel, oriented } = MEASURES[measure];
  return [
    percentAgreement(creditsOf(measure, tiePolicy)),
    krippendorffAlpha({ level: alphaLevel, scale, categoryNames, oriented }),
  ];
};

/** The values that occur, ascending. */
export const observedScale = (ratings: (number | null)[][]): number[] =>
  [...new Set(ratings.flat().filter((value) => value !== null))].sort((a, b) => a - b);

/** "A>B>C=D" as a ranking; A is position 0. */
export function parseRanking(labelerId: string, notation: string, createdAt = 0, ordinal = 0): RankingJudgment {
  const positions: number[] = [];
  const tiers: number[] = [];
  notation.split(">").forEach((tier, index) => {
    for (const key of tier.split("=")) {
      positions.push(key.charCodeAt(0) - 65);
      tiers.push(index + 1);
    }
  });
  return { labelerId, positions, tiers, createdAt, ordinal };
}

/** Judgments of one prompt, as an accumulator is fed. */
export interface RankedPrompt {
  readonly promptId: string;
  readonly clusterId: string;
  readonly rankings: RankingJudgment[];
}
export interface RatedPrompt {
  readonly promptId: string;
  readonly clusterId: string;
  readonly ratings: RatingJudgment[];
}

/** The prompts of each cluster. */
export function byCluster<T extends { clusterId: string }>(prompts: readonly T[]): T[][] {
  const clusters = new Map<string, T[]>();
  for (const prompt of prompts) {
    clusters.set(prompt.clusterId, [...(clusters.get(prompt.clusterId) ?? []), prompt]);
  }
  return [...clusters.values()];
}

/** The items in a random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

/** Random prompts with 2–6 completions, ranked by some labelers: subsets, ties, repeats in mixed order of time. */
export function randomRankedPrompts(seed: number, prompts: number, labelers = 6, authors = prompts): RankedPrompt[] {
  const random = createRandom(seed);
  return Array.from({ length: prompts }, (_, p) => {
    const completions = 2 + random.nextBelow(5);
    const rankings: RankingJudgment[] = [];
    for (let labeler = 0; labeler < labelers; labeler++) {
      const times = random.nextBelow(4) === 0 ? 2 : random.nextBelow(3) === 0 ? 0 : 1;
      for (let time = 0; time < times; time++) {
        const all = shuffled([...Array(completions).keys()], random);
        // A bias towards the order of positions, so that labelers agree beyond chance.
        const kept = all.slice(0, 2 + random.nextBelow(completions - 1));
        const worth = new Map(kept.map((position) => [position, Math.floor((position + random.nextBelow(4)) / 2)]));
        const positions = [...kept].sort((a, b) => worth.get(a)! - worth.get(b)!);
        const levels = [...new Set(positions.map((position) => worth.get(position)!))];
        const tiers = positions.map((position) => 1 + levels.indexOf(worth.get(position)!));
        const createdAt = 1_700_000_000_000 + random.nextBelow(3);
        rankings.push({ labelerId: `w${labeler}`, positions, tiers, createdAt, ordinal: rankings.length });
      }
    }
    return { promptId: `p${p}`, clusterId: `a${p % authors}`, rankings: shuffled(rankings, random) };
  });
}

/** Random prompts with 1–4 completions, some of them rated on the scale by some labelers, some twice. */
export function randomRatedPrompts(
  seed: number,
  prompts: number,
  scale: readonly number[],
  labelers = 5,
  authors = prompts,
): RatedPrompt[] {
  const random = createRandom(seed);
  return Array.from({ length: prompts }, (_, p) => {
    const ratings: RatingJudgment[] = [];
    const completions = 1 + random.nextBelow(4);
    for (let position = 0; position < completions; position++) {
      const level = random.nextBelow(scale.length);
      for (let labeler = 0; labeler < labelers; labeler++) {
        const times = random.nextBelow(4) === 0 ? 2 : random.nextBelow(3) === 0 ? 0 : 1;
        for (let time = 0; time < times; time++) {
          const category = Math.min(scale.length - 1, Math.max(0, level + random.nextBelow(3) - 1));
          const createdAt = 1_700_000_000_000 + random.nextBelow(3);
          const value = scale[category]!;
          ratings.push({ labelerId: `w${labeler}`, position, value, createdAt, ordinal: ratings.length });
        }
      }
    }
    return { promptId: `p${p}`, clusterId: `a${p % authors}`, ratings: shuffled(ratings, random) };
  });
}

export const newIndex = (): LabelerIndex => new LabelerIndex();
