import { badInput } from "../../errors.js";
import { JudgmentLog } from "../judgments/judgment-table.js";
import { LabelerIndex } from "../judgments/labeler-index.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { countCategories } from "../judgments/unit.js";
import { NOT_PREFERRED, PREFERRED, TIED } from "../judgments/units-from-rankings.js";
import {
  checkWork,
  type OpenUnit,
  type OpenWork,
  openRanking,
  type RankingWork,
  type RatingWork,
} from "./labeled-work.js";
import { grouped, type WorkTable } from "./work-table.js";

const PAIRS_PER_SLICE = OPERATIONS_PER_SLICE / 10;
const WORKS_PER_SLICE = OPERATIONS_PER_SLICE / 500;

/** Collects the works prompt by prompt; a prompt is fed once and whole, in any order. */
export class WorkLog {
  readonly labelers = new LabelerIndex();
  private readonly log: JudgmentLog;
  private readonly clusterIds = new Map<string, number>();
  private readonly firstItem: number[] = [];
  private readonly secondItem: number[] = [];
  private readonly labelerOf: number[] = [];
  private readonly promptOf: number[] = [];
  private readonly clusterOf: number[] = [];
  private readonly blockOf: number[] = [];
  private readonly createdAt: number[] = [];
  private readonly durationMs: number[] = [];
  private readonly firstValue: number[] = [0];
  private readonly unitOf: number[] = [];
  private readonly categoryOf: number[] = [];
  private readonly firstAnswer: number[] = [0];
  private readonly answerOf: number[] = [];
  private readonly shownAt: number[] = [];
  private units = 0;
  private prompts = 0;
  private blocks = 0;
  private items = 0;
  /** Judgments on units that a later one of the same labeler replaced. */
  repeats = 0;

  /** @param q the number of categories of a unit @param ranked true where the works are rankings */
  constructor(
    private readonly q: number,
    private readonly ranked: boolean,
  ) {
    this.log = new JudgmentLog(q);
  }

  /**
   * All rankings of one prompt. Where a labeler ordered a pair twice the later ranking counts, as in unitsFromRankings; a ranking
   * of which no pair counts any more is left out.
   * Refused beside what unitsFromRankings refuses: a duration below 0 or not finite, a display order without one of the ranked
   * completions or with one twice.
   */
  *addRankings(clusterId: string, rankings: readonly RankingWork[]): TimeSlices<void> {
    for (let i = 0; i < rankings.length; i++) {
      checkWork(rankings[i]!);
      if (i % WORKS_PER_SLICE === WORKS_PER_SLICE - 1) {
        yield;
      }
    }
    const inOrder = rankings
      .map((ranking) => ({ ranking, labeler: this.labelers.indexOf(ranking.labelerId) }))
      .sort(
        (a, b) =>
          a.labeler - b.labeler || a.ranking.createdAt - b.ranking.createdAt || a.ranking.ordinal - b.ranking.ordinal,
      );
    const decided = new Map<
      number,
      { labelers: number[]; values: number[]; works: number[]; pair: [number, number] }
    >();
    const works: OpenWork[] = [];
    let sincePause = 0;
    for (const { ranking, labeler } of inOrder) {
      const work = openRanking(ranking, labeler);
      const { positions, answers } = work;
      for (let j = 1; j < positions.length; j++) {
        if (sincePause >= PAIRS_PER_SLICE) {
          yield;
          sincePause = 0;
        }
        sincePause += j;
        for (let i = 0; i < j; i++) {
          const difference = answers[i]! - answers[j]!;
          const value = difference < 0 ? PREFERRED : difference > 0 ? NOT_PREFERRED : TIED;
          const [low, high] = [positions[i]!, positions[j]!];
          const key = (high * (high - 1)) / 2 + low;
          const unit = decided.get(key);
          if (unit === undefined) {
            decided.set(key, { labelers: [labeler], values: [value], works: [works.length], pair: [low, high] });
          } else if (unit.labelers[unit.labelers.length - 1] === labeler) {
            unit.values[unit.values.length - 1] = value;
            unit.works[unit.works.length - 1] = works.length;
            this.repeats++;
          } else {
            unit.labelers.push(labeler);
            unit.values.push(value);
            unit.works.push(works.length);
          }
        }
      }
      works.push(work);
      sincePause += 50;
    }
    const units: OpenUnit[] = [];
    for (const unit of decided.values()) {
      for (let i = 0; i < unit.works.length; i++) {
        const work = works[unit.works[i]!]!;
        work.units.push(units.length);
        work.categories.push(unit.values[i]!);
      }
      units.push({
        ...countCategories(unit, new Int32Array(this.q)),
        first: this.items + unit.pair[0],
        second: this.items + unit.pair[1],
      });
      sincePause += unit.works.length;
      if (sincePause >= PAIRS_PER_SLICE) {
        yield;
        sincePause = 0;
      }
    }
    this.items += works.reduce((most, { positions }) => Math.max(most, 1 + (positions[positions.length - 1] ?? -1)), 0);
    yield* this.close(clusterId, units, works);
  }

  /** All scores of one prompt; the scores of a labeler are one work. @param scale the declared values, ascending */
  *addRatings(clusterId: string, ratings: readonly RatingWork[], scale: readonly number[]): TimeSlices<void> {
    const latest = new Map<number, Map<number, RatingWork>>();
    for (const rating of ratings) {
      if (!scale.includes(rating.value)) {
        throw badInput(`A rating is ${rating.value}; the scale is ${scale.join(", ")}.`);
      }
      const labeler = this.labelers.indexOf(rating.labelerId);
      const mine = latest.get(labeler) ?? new Map<number, RatingWork>();
      latest.set(labeler, mine);
      const before = mine.get(rating.position);
      this.repeats += before === undefined ? 0 : 1;
      if (
        before === undefined ||
        rating.createdAt > before.createdAt ||
        (rating.createdAt === before.createdAt && rating.ordinal > before.ordinal)
      ) {
        mine.set(rating.position, rating);
      }
    }
    yield;
    const byPosition = new Map<number, { labelers: number[]; values: number[]; index: number }>();
    const works: OpenWork[] = [];
    for (const [labeler, scores] of latest) {
      const inOrder = [...scores.values()].sort((a, b) => a.position - b.position);
      const categories = inOrder.map(({ value }) => scale.indexOf(value));
      const units = inOrder.map(({ position }, i) => {
        const unit = byPosition.get(position) ?? { labelers: [], values: [], index: byPosition.size };
        byPosition.set(position, unit);
        unit.labelers.push(labeler);
        unit.values.push(categories[i]!);
        return unit.index;
      });
      works.push({
        labeler,
        createdAt: Math.min(...inOrder.map(({ createdAt }) => createdAt)),
        isTimeKnown: inOrder.every(({ isTimeKnown }) => isTimeKnown),
        durationMs: null,
        positions: inOrder.map(({ position }) => position),
        answers: categories,
        shown: null,
        units,
        categories,
      });
    }
    const units = [...byPosition.values()].map((unit) => ({
      ...countCategories(unit, new Int32Array(this.q)),
      first: -1,
      second: -1,
    }));
    yield* this.close(clusterId, units, works);
  }

  private *close(clusterId: string, units: readonly OpenUnit[], works: readonly OpenWork[]): TimeSlices<void> {
    if (units.length === 0) {
      return;
    }
    const cluster = this.clusterIds.get(clusterId) ?? this.clusterIds.size;
    this.clusterIds.set(clusterId, cluster);
    this.log.addPrompt(units, cluster);
    for (const { first, second } of units) {
      this.firstItem.push(first);
      this.secondItem.push(second);
    }
    yield;
    const blockOfSet = new Map<string, number>();
    let sincePause = 0;
    for (const work of works) {
      sincePause += 50 + work.units.length;
      if (sincePause >= PAIRS_PER_SLICE) {
        sincePause = 0;
        yield;
      }
      if (work.units.length === 0) {
        continue;
      }
      const pairs = this.ranked ? (work.positions.length * (work.positions.length - 1)) / 2 : work.positions.length;
      // Works that count in part stand with those of which the same part counts.
      const part = work.units.length === pairs ? "" : [...work.units].sort((a, b) => a - b).join(",");
      const set = `${work.positions.join(",")} ${part}`;
      const block = blockOfSet.get(set) ?? this.blocks + blockOfSet.size;
      blockOfSet.set(set, block);
      this.labelerOf.push(work.labeler);
      this.promptOf.push(this.prompts);
      this.clusterOf.push(cluster);
      this.blockOf.push(block);
      this.createdAt.push(work.isTimeKnown ? work.createdAt : Number.NaN);
      this.durationMs.push(work.durationMs ?? Number.NaN);
      work.units.forEach((unit, i) => {
        this.unitOf.push(this.units + unit);
        this.categoryOf.push(work.categories[i]!);
      });
      this.firstValue.push(this.unitOf.length);
      work.answers.forEach((answer, i) => {
        this.answerOf.push(answer);
        this.shownAt.push(work.shown?.[i] ?? -1);
      });
      this.firstAnswer.push(this.answerOf.length);
    }
    this.units += units.length;
    this.blocks += blockOfSet.size;
    this.prompts++;
  }

  /** What has been collected. */
  table(): WorkTable {
    const labelers = this.labelers.ids.length;
    const labelerOf = Int32Array.from(this.labelerOf);
    const blockOf = Int32Array.from(this.blockOf);
    const byBlock = grouped(blockOf, this.blocks);
    const byLabeler = grouped(labelerOf, labelers);
    return {
      judgments: this.log.table(labelers, this.clusterIds.size),
      firstItemOf: Int32Array.from(this.firstItem),
      secondItemOf: Int32Array.from(this.secondItem),
      items: this.items,
      works: labelerOf.length,
      blocks: this.blocks,
      labelerOf,
      promptOf: Int32Array.from(this.promptOf),
      clusterOf: Int32Array.from(this.clusterOf),
      blockOf,
      createdAt: Float64Array.from(this.createdAt),
      durationMs: Float64Array.from(this.durationMs),
      firstValue: Int32Array.from(this.firstValue),
      unitOf: Int32Array.from(this.unitOf),
      categoryOf: Uint8Array.from(this.categoryOf),
      firstAnswer: Int32Array.from(this.firstAnswer),
      answerOf: Int32Array.from(this.answerOf),
      shownAt: Int32Array.from(this.shownAt),
      ranked: this.ranked,
      firstWork: byBlock.first,
      workAt: byBlock.at,
      firstBy: byLabeler.first,
      workBy: byLabeler.at,
    };
  }
}
