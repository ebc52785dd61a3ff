import type { CountedUnit } from "./unit.js";
import type { RankingJudgment } from "./units-from-rankings.js";
import type { RatingJudgment } from "./units-from-ratings.js";

/** All that was judged of one prompt. */
export interface JudgedPrompt {
  /** Every unit that somebody judged, in no particular order; of repeats the latest value. */
  readonly units: readonly CountedUnit[];
  /** The rankings as they were given, repeats among them; empty unless the measure is RANKING. */
  readonly rankings: readonly RankingJudgment[];
  /** The ratings as they were given, repeats among them; empty where the measure is RANKING. */
  readonly ratings: readonly RatingJudgment[];
}
