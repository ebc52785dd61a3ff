import { MEASURES } from "../../agreement/coefficients/measures.js";
import { type DividedUnit, dividedPairs, dividedRatings } from "../../agreement/judgments/divided-units.js";
import { rankingsThatCount } from "../../agreement/judgments/rankings-that-count.js";
import type { RankingJudgment } from "../../agreement/judgments/units-from-rankings.js";
import type { RatingJudgment } from "../../agreement/judgments/units-from-ratings.js";
import type { Database } from "../../entities/database/database.js";
import type { JudgmentFilter } from "../../entities/queries/judgments/judgments.js";
import type { AgreementMeasure } from "../../vocabulary.js";
import { runInSlices } from "../statistics/run-in-slices.js";
import { judgmentsByPrompt } from "./judgments-of-prompts.js";

/** What entered of what was said of a contested prompt, completions by their positions. */
export interface ContestedJudgments {
  readonly promptId: string;
  /** The completions that are shown, ascending … */
  readonly positions: readonly number[];
  /** … of so many that were judged. */
  readonly judgedCompletions: number;
  /**
   * Rankings, earlier ones first, or labelers with a value: of each completion shown its tier, or its value; null where nothing.
   * Of a ranking at least one pair of completions counts that are shown …
   */
  readonly columns: readonly { readonly labelerId: string; readonly cells: readonly (number | null)[] }[];
  /** … of so many. */
  readonly judgments: number;
  readonly divided: readonly DividedUnit[];
}

/** As many rankings fit side by side. */
const COLUMNS = 12;
/** A ranking of the recipe has four to nine completions (section 3.4). */
const COMPLETIONS = 9;
const DIVIDED_UNITS = 5;

/** What the judgments that pass a filter say of some prompts. */
export async function contestedJudgments(
  database: Database,
  question: {
    readonly filter: JudgmentFilter;
    readonly options: { readonly measure: AgreementMeasure };
    readonly promptIds: readonly string[];
  },
): Promise<ContestedJudgments[]> {
  const { filter, promptIds } = question;
  const { measure } = question.options;
  const { scale } = MEASURES[measure];
  const told: ContestedJudgments[] = [];
  if (promptIds.length === 0) return told;
  for await (const { promptId, rankings, ratings } of judgmentsByPrompt(database, { ...filter, promptIds }, measure)) {
    const divided = await runInSlices(
      rankings === null ? dividedRatings(ratings, scale, DIVIDED_UNITS) : dividedPairs(rankings, DIVIDED_UNITS),
    );
    const entered = rankings === null ? null : await runInSlices(rankingsThatCount(rankings));
    const all = entered?.map(rankingColumn) ?? ratingColumns(ratings);
    const judged = new Set(all.flatMap(({ values }) => [...values.keys()]));
    const positions = shownPositions(judged, divided);
    // Where not all completions are shown, what counts of a ranking may lie outside: beside a later one it would contradict.
    const columns =
      entered === null
        ? all.filter(({ values }) => positions.some((position) => values.has(position)))
        : (await runInSlices(rankingsThatCount(entered, new Set(positions)))).map(rankingColumn);
    told.push({
      promptId,
      positions,
      judgedCompletions: judged.size,
      columns: columns.slice(0, COLUMNS).map(({ labelerId, values }) => ({
        labelerId,
        cells: positions.map((position) => values.get(position) ?? null),
      })),
      judgments: all.length,
      divided,
    });
  }
  return told;
}

/** What one labeler said at one time, by the completion's position. */
interface Column {
  readonly labelerId: string;
  readonly values: ReadonlyMap<number, number>;
}

const rankingColumn = ({ labelerId, positions, tiers }: RankingJudgment): Column => ({
  labelerId,
  values: new Map(Array.from(positions, (position, i) => [position, tiers[i]!])),
});

/** The latest value of each labeler for each completion. */
function ratingColumns(ratings: readonly RatingJudgment[]): Column[] {
  const columns = new Map<string, Map<number, number>>();
  const inOrder = [...ratings].sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);
  for (const { labelerId, position, value } of inOrder) {
    const values = columns.get(labelerId) ?? new Map<number, number>();
    columns.set(labelerId, values.set(position, value));
  }
  return [...columns].map(([labelerId, values]) => ({ labelerId, values }));
}

/** All completions that were judged; where they are too many, those over which the labelers are divided most. */
function shownPositions(judged: ReadonlySet<number>, divided: readonly DividedUnit[]): number[] {
  const ascending = (positions: Iterable<number>) => [...positions].sort((a, b) => a - b);
  if (judged.size <= COMPLETIONS) return ascending(judged);
  const most = new Set<number>();
  for (const { first, second } of divided) {
    const both = second === null ? [first] : [first, second];
    if (new Set([...most, ...both]).size <= COMPLETIONS) for (const position of both) most.add(position);
  }
  return ascending(most);
}
