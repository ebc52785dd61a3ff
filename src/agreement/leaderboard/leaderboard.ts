import { AppError, badInput } from "../../errors.js";
import type { RatingMethod } from "../../vocabulary.js";
import { checkResampling, type Interval } from "../intervals/interval.js";
import { LabelerIndex } from "../judgments/labeler-index.js";
import { runSlices, type TimeSlices } from "../judgments/time-slices.js";
import type { RankingJudgment } from "../judgments/units-from-rankings.js";
import { ComparisonCounts, MOST_SOURCES } from "./comparison-counts.js";
import { visitComparisons } from "./comparisons-of-prompt.js";
import { listNames } from "./finite-maximum.js";
import { LengthTallies } from "./length-tallies.js";
import { totalsOf } from "./pair-counts.js";
import type { RankInterval } from "./rank-intervals.js";
import { ranksOf } from "./ranks.js";
import { type RatingPrecision, ratingPrecision } from "./rating-precision.js";
import { RATING_RULES } from "./rating-rule.js";
import { winRates } from "./win-rate.js";

/** How to rate, and how to resample. */
export interface LeaderboardOptions {
  readonly method: RatingMethod;
  /** 200 to 20,000. */
  readonly resamples: number;
  /** Any integer that fits 32 bits with a sign. */
  readonly seed: number;
}

/** What a leaderboard needs to know of a completion. */
export interface RatedCompletion {
  /** Null: who wrote it is not known; such comparisons are dropped. */
  readonly source: string | null;
  /** In characters (code points). */
  readonly length: number;
}

/** A source with its rating. */
export interface LeaderboardEntry {
  readonly source: string;
  /** Null where the method has no finite rating: the leaderboard's reason says why. */
  readonly rating: number | null;
  readonly ci95: Interval | null;
  /** 1 is the best; equal ratings share a rank. By win rate where there is no rating. */
  readonly rank: number;
  readonly rankCi95: RankInterval | null;
  /** Why there is no rating or no interval, in a sentence. */
  readonly reason: string | null;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  readonly winRate: number;
  readonly lengthControlledWinRate: number | null;
  readonly lengthControlledReason: string | null;
}

/** Which source is preferred to which, with how much certainty. */
export interface Leaderboard {
  readonly method: RatingMethod;
  /** The best first; equal ratings by name. */
  readonly entries: readonly LeaderboardEntry[];
  /** Judgments of one labeler on two completions of different sources. */
  readonly comparisons: number;
  /** … of which ties. */
  readonly ties: number;
  readonly sameSourceDropped: number;
  readonly unknownSourceDropped: number;
  /** Judgments that a later one of the same labeler on the same two completions replaced. */
  readonly repeats: number;
  /** Clusters with a comparison: what a resample draws from. */
  readonly clusters: number;
  /** Davidson's ν; null under other methods, and where there are no ratings. */
  readonly tieParameter: number | null;
  /** Why there are no ratings, in a sentence. */
  readonly reason: string | null;
  readonly warnings: readonly string[];
}

/** Resamples times sources: what the intervals of ranks keep in memory, at 9 bytes each. */
const MOST_RATINGS_KEPT = 5_000_000;
/** Fewer clusters than this make an interval doubtful. */
const FEW_CLUSTERS = 20;

/**
 * Takes rankings prompt by prompt and keeps counts only, so that any number of prompts can be streamed through it: a prompt is fed
 * once and whole, in any order. `finishInSlices` then makes the leaderboard and pauses on the way. The order of prompts, rankings and
 * completions changes no digit, and the names of sources no rating.
 */
export class LeaderboardAccumulator {
  private readonly sources = new LabelerIndex();
  private readonly clusters = new LabelerIndex();
  private readonly counts = new ComparisonCounts();
  private readonly lengths = new LengthTallies();
  private sameSource = 0;
  private unknownSource = 0;
  private repeats = 0;

  constructor(private readonly options: LeaderboardOptions) {
    checkResampling(options, "");
  }

  /** All rankings of one prompt, without a pause. */
  addPrompt(
    clusterId: string,
    completions: readonly (RatedCompletion | undefined)[],
    rankings: readonly RankingJudgment[],
  ): void {
    runSlices(this.addPromptInSlices(clusterId, completions, rankings));
  }

  /**
   * All rankings of one prompt; nothing else may be added before it has ended.
   * @param clusterId what is drawn as a whole in a resample: the prompt itself, or its author.
   * @param completions of the prompt, by position. Refused: a ranking of one that is not there; more than 1,000 sources.
   */
  *addPromptInSlices(
    clusterId: string,
    completions: readonly (RatedCompletion | undefined)[],
    rankings: readonly RankingJudgment[],
  ): TimeSlices<void> {
    const sourceOf = completions.map((completion) =>
      completion?.source == null ? -1 : this.sources.indexOf(completion.source),
    );
    if (this.sources.ids.length > MOST_SOURCES) {
      throw new AppError(
        "UNPROCESSABLE",
        `The completions have more than ${MOST_SOURCES} sources; a leaderboard rates at most ${MOST_SOURCES}.`,
      );
    }
    let begun = false;
    this.repeats += yield* visitComparisons(rankings, (a, b, order) => {
      const [one, other] = [completions[a], completions[b]];
      if (one === undefined || other === undefined) {
        throw badInput(`A ranking names position ${one ? b : a}; the prompt has no completion there.`);
      }
      const [i, j] = [sourceOf[a]!, sourceOf[b]!];
      if (i < 0 || j < 0) {
        this.unknownSource++;
      } else if (i === j) {
        this.sameSource++;
      } else {
        if (!begun) {
          this.counts.begin(this.clusters.indexOf(clusterId));
          begun = true;
        }
        this.lengths.add(i, j, one.length - other.length, order);
        this.counts.add(i, j, order);
      }
    });
  }

  /** The leaderboard, without pauses. */
  finish(): Leaderboard {
    return runSlices(this.finishInSlices());
  }

  /** The leaderboard of all prompts; nothing may be added afterwards. */
  *finishInSlices(): TimeSlices<Leaderboard> {
    const { method, resamples, seed } = this.options;
    const { order, clusters } = yield* this.counts.close(this.sources.ids);
    const counts = clusters.total;
    const names = order.map((source) => this.sources.ids[source]!);
    const { wins, losses, ties } = totalsOf(counts);
    const tied = counts.ties.reduce((sum, n) => sum + n, 0);
    const comparisons =
      counts.firstWins.reduce((sum, n) => sum + n, 0) + counts.secondWins.reduce((sum, n) => sum + n, 0) + tied;
    const common = {
      method,
      comparisons,
      ties: tied,
      sameSourceDropped: this.sameSource,
      unknownSourceDropped: this.unknownSource,
      repeats: this.repeats,
      clusters: clusters.count,
    };
    if (comparisons === 0) {
      return { ...common, entries: [], tieParameter: null, reason: this.whyNothing(), warnings: this.warnings(null) };
    }
    if (resamples * names.length > MOST_RATINGS_KEPT) {
      throw badInput(
        `Resamples are ${resamples} for ${names.length} sources; resamples times sources may be at most ${MOST_RATINGS_KEPT}.`,
        "resamples",
      );
    }
    const rule = RATING_RULES[method];
    const { values, reason, tieParameter } = yield* rule.rate(counts, names);
    let precision: RatingPrecision | null = null;
    if (values !== null) {
      precision = yield* ratingPrecision(clusters, rule, values, names, { resamples, seed });
    }
    const rates = winRates(counts);
    const ranks = ranksOf(values ?? rates);
    const entries: LeaderboardEntry[] = [];
    for (let i = 0; i < names.length; i++) {
      const controlled = this.lengths.winRate(order[i]!);
      const own = precision?.bySource[i];
      entries.push({
        source: names[i]!,
        rating: values?.[i] ?? null,
        ci95: own?.ci95 ?? null,
        rank: ranks[i]!,
        rankCi95: own?.rankCi95 ?? null,
        reason: reason ?? own?.reason ?? null,
        wins: wins[i]!,
        losses: losses[i]!,
        ties: ties[i]!,
        winRate: rates[i]!,
        lengthControlledWinRate: controlled.value,
        lengthControlledReason: controlled.reason,
      });
      yield;
    }
    entries.sort((a, b) => a.rank - b.rank || (a.source < b.source ? -1 : 1));
    return {
      ...common,
      entries,
      tieParameter: tieParameter ?? null,
      reason: reason === null ? null : `${reason} Ranks are those of the win rate.`,
      warnings: this.warnings(precision),
    };
  }

  private whyNothing(): string {
    if (this.sameSource + this.unknownSource === 0) {
      return "There are no comparisons, or none that the filter lets through: there is nothing to rate.";
    }
    return this.unknownSource === 0
      ? `All ${this.sameSource} comparisons are between completions of one source; they say nothing about sources.`
      : `No comparison is between two known sources: ${this.unknownSource} have a completion without a source, ${this.sameSource} two of one source.`;
  }

  private warnings(precision: RatingPrecision | null): string[] {
    const warnings: string[] = [];
    const alone = this.sources.ids.filter((_, source) => !this.counts.isCompared(source));
    if (alone.length > 0) {
      warnings.push(`Never compared with another source, and so not listed: ${listNames(alone)}.`);
    }
    if (precision?.bySource.some(({ ci95 }) => ci95 !== null)) {
      const clusters = this.clusters.ids.length;
      if (clusters < FEW_CLUSTERS) {
        warnings.push(`Intervals from fewer than ${FEW_CLUSTERS} clusters are rough; these rest on ${clusters}.`);
      }
      if (precision.undefinedResamples > 0) {
        warnings.push(
          `${precision.undefinedResamples} of ${this.options.resamples} resamples have no finite maximum and are left out.`,
        );
      }
      if (precision.bySource.some(({ ci95 }) => ci95 !== null && ci95.low === ci95.high)) {
        warnings.push("An interval has no width: all clusters say the same, so its precision is not known.");
      }
    }
    return warnings;
  }
}
