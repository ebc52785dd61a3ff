import { type DividedUnit, dividedPairs, dividedRatings } from "../agreement/divided-units.js";
import type { Interval } from "../agreement/interval.js";
import { MEASURES } from "../agreement/measures.js";
import type { CoefficientResult } from "../agreement/report.js";
import type { RankingJudgment } from "../agreement/units-from-rankings.js";
import type { RatingJudgment } from "../agreement/units-from-ratings.js";
import type { DatasetRecord } from "../entities/queries/datasets.js";
import type { AgreementMeasure, LabelerPool, TiePolicy } from "../vocabulary.js";
import { type AgreementReport, type AgreementRequest, agreementReport, judgmentsOfPrompts } from "./agreement.js";
import type { Context } from "./context.js";
import { globalId } from "./global-id.js";
import { patiently } from "./patiently.js";

/** A labeler as an agreement document names it. */
export interface NamedLabeler {
  readonly id: string;
  readonly handle: string;
  readonly pool: LabelerPool | null;
}

/** How a labeler agrees with all others. */
export interface LabelerLine {
  readonly labeler: NamedLabeler;
  readonly value: number | null;
  readonly n: number;
  readonly ci95: Interval | null;
}

/** How two labelers agree. */
export interface PairLine {
  readonly a: NamedLabeler;
  readonly b: NamedLabeler;
  readonly value: number | null;
  readonly n: number;
  readonly kappa: number | null;
  readonly tauB: number | null;
}

/** One completion of a contested prompt. */
export interface ContestedCompletion {
  readonly key: string;
  readonly source: string | null;
  readonly text: string;
}

/** What one labeler said at one time: of each completion shown its tier, or its value; null where nothing. */
export interface JudgmentColumn {
  readonly handle: string;
  /** [completions] */
  readonly cells: readonly (number | null)[];
}

/** A prompt over which the labelers are divided, with what they said. */
export interface ContestedPrompt {
  readonly id: string;
  readonly externalId: string | null;
  readonly text: string;
  readonly language: string | null;
  /** Percent agreement under the report's tie policy, over the units of the prompt. */
  readonly value: number;
  readonly n: number;
  /** Those that are shown, in the order of their keys … */
  readonly completions: readonly ContestedCompletion[];
  /** … of so many that were judged. */
  readonly judgedCompletions: number;
  /** Rankings, or labelers with a value, side by side … */
  readonly columns: readonly JudgmentColumn[];
  /** … of so many. */
  readonly judgments: number;
  /** The units over which the labelers are divided most; of a pair, keys of both completions. */
  readonly divided: readonly {
    readonly first: string;
    readonly second: string | null;
    /** One count a category: first preferred, tie, second preferred; or one a value of the scale. */
    readonly counts: readonly number[];
  }[];
}

/** Everything that is told of agreement in one place: what pages, JSON and CSV are made of. */
export interface AgreementDocument {
  readonly dataset: { readonly id: string; readonly slug: string; readonly name: string; readonly revision: number };
  /** When it was made, ISO 8601. */
  readonly madeAt: string;
  /** The arguments, every default written out. */
  readonly input: AgreementRequest;
  /** Pairs of labelers that share fewer units are left out. */
  readonly minUnits: number;
  readonly measure: AgreementMeasure;
  readonly tiePolicy: TiePolicy;
  readonly units: number;
  readonly pairableUnits: number;
  readonly labelers: number;
  readonly judgments: number;
  readonly repeats: number;
  readonly clusters: number;
  readonly coefficients: readonly CoefficientResult[];
  readonly warnings: readonly string[];
  /** Every labeler with a judgment, lowest agreement first; those who share fewer than minUnits units stand behind. */
  readonly byLabeler: readonly LabelerLine[];
  readonly matrix: readonly PairLine[];
  readonly mostContested: readonly ContestedPrompt[];
}

/** Of so many labelers, the first of the list, intervals are computed: each costs a bootstrap. */
const INTERVALS = 100;
/** As many rankings fit side by side. */
const COLUMNS = 12;
/** A ranking of the recipe has four to nine completions (section 3.4). */
const COMPLETIONS = 9;
const DIVIDED_UNITS = 5;

/** The whole document of a dataset that the viewer may see, as of its present revision. Refused: what agreementReport refuses. */
export async function agreementDocument(
  context: Context,
  dataset: DatasetRecord,
  { request, minUnits, at }: { readonly request: AgreementRequest; readonly minUnits: number; readonly at: Date },
): Promise<AgreementDocument> {
  const report = await agreementReport(context.database, { id: dataset.id, asOf: dataset.revision }, request);
  const names = await namesOf(context, dataset, report);
  return {
    dataset: {
      id: globalId("Dataset", dataset.id),
      slug: dataset.slug,
      name: dataset.name,
      revision: dataset.revision,
    },
    madeAt: at.toISOString(),
    input: request,
    minUnits,
    measure: report.measure,
    tiePolicy: report.tiePolicy,
    units: report.units,
    pairableUnits: report.pairableUnits,
    labelers: report.labelers,
    judgments: report.judgments,
    repeats: report.repeats,
    clusters: report.clusters,
    coefficients: report.coefficients,
    warnings: report.warnings,
    byLabeler: await labelerLines(report, names, minUnits),
    matrix: (await report.matrix(minUnits)).map((line) => ({
      ...line,
      a: nameIn(names, line.a),
      b: nameIn(names, line.b),
    })),
    mostContested: await contestedPrompts(context, dataset, { report, request, names }),
  };
}

type Names = ReadonlyMap<string, NamedLabeler>;

async function namesOf({ loaders }: Context, { id, revision }: DatasetRecord, report: AgreementReport): Promise<Names> {
  const ids = report.byLabeler.map(({ labelerId }) => labelerId);
  const found = await Promise.all(
    ids.map((labelerId) => loaders.labeler.load({ id: labelerId, datasetId: id, asOf: revision })),
  );
  return new Map(
    ids.map((labelerId, i) => [
      labelerId,
      { id: globalId("Labeler", labelerId), handle: found[i]?.handle ?? labelerId, pool: found[i]?.pool ?? null },
    ]),
  );
}

const nameIn = (names: Names, labelerId: string): NamedLabeler =>
  names.get(labelerId) ?? { id: globalId("Labeler", labelerId), handle: labelerId, pool: null };

async function labelerLines(report: AgreementReport, names: Names, minUnits: number): Promise<LabelerLine[]> {
  const few = ({ n, value }: { n: number; value: number | null }) => Number(n < minUnits || value === null);
  const inOrder = [...report.byLabeler].sort((a, b) => few(a) - few(b) || (a.value ?? 2) - (b.value ?? 2) || b.n - a.n);
  const intervals = await report.labelerIntervals(inOrder.slice(0, INTERVALS).map(({ labelerId }) => labelerId));
  return inOrder.map(({ labelerId, value, n }, i) => ({
    labeler: nameIn(names, labelerId),
    value,
    n,
    ci95: intervals[i] ?? null,
  }));
}

/** The contested prompts with their texts, and the judgments that entered the report. */
async function contestedPrompts(
  { database, loaders }: Context,
  { id, revision }: DatasetRecord,
  { report, request, names }: { report: AgreementReport; request: AgreementRequest; names: Names },
): Promise<ContestedPrompt[]> {
  const told = new Map<string, ContestedPrompt>();
  const contested = new Map(report.mostContested.map((prompt) => [prompt.promptId, prompt]));
  const judged = judgmentsOfPrompts(database, { id, asOf: revision }, request, [...contested.keys()]);
  for await (const { promptId, rankings, ratings } of judged) {
    const key = { id: promptId, asOf: revision };
    const [prompt, completions] = await Promise.all([loaders.prompt.load(key), loaders.completionsOfPrompt.load(key)]);
    if (prompt === null) continue;
    const { scale } = MEASURES[report.measure];
    const divided = await patiently(
      rankings === null ? dividedRatings(ratings, scale, DIVIDED_UNITS) : dividedPairs(rankings, DIVIDED_UNITS),
    );
    const all = rankings === null ? ratingColumns(ratings) : rankings.map(rankingColumn);
    const shown = shownPositions(all, divided);
    const keyAt = (position: number): string => completions[position]?.key ?? String(position);
    told.set(promptId, {
      id: globalId("Prompt", promptId),
      externalId: prompt.externalId,
      text: prompt.text,
      language: prompt.language,
      value: contested.get(promptId)!.value,
      n: contested.get(promptId)!.n,
      completions: shown.map((position) => ({
        key: keyAt(position),
        source: completions[position]?.source ?? null,
        text: completions[position]?.text ?? "",
      })),
      judgedCompletions: new Set(all.flatMap(({ values }) => [...values.keys()])).size,
      columns: all
        .filter(({ values }) => shown.some((position) => values.has(position)))
        .slice(0, COLUMNS)
        .map(({ labelerId, values }) => ({
          handle: nameIn(names, labelerId).handle,
          cells: shown.map((position) => values.get(position) ?? null),
        })),
      judgments: all.length,
      divided: divided.map(({ first, second, counts }) => ({
        first: keyAt(first),
        second: second === null ? null : keyAt(second),
        counts,
      })),
    });
  }
  return [...contested.keys()].flatMap((promptId) => told.get(promptId) ?? []);
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
function shownPositions(columns: readonly Column[], divided: readonly DividedUnit[]): number[] {
  const judged = new Set(columns.flatMap(({ values }) => [...values.keys()]));
  const ascending = (positions: Iterable<number>) => [...positions].sort((a, b) => a - b);
  if (judged.size <= COMPLETIONS) return ascending(judged);
  const most = new Set<number>();
  for (const { first, second } of divided) {
    const both = second === null ? [first] : [first, second];
    if (new Set([...most, ...both]).size <= COMPLETIONS) for (const position of both) most.add(position);
  }
  return ascending(most);
}
