import type { Interval } from "../../agreement/intervals/interval.js";
import type { Leaderboard } from "../../agreement/leaderboard/leaderboard.js";
import type { CoefficientResult } from "../../agreement/report/coefficient-lines.js";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import { AppError } from "../../errors.js";
import type { AgreementMeasure, LabelerPool, TiePolicy } from "../../vocabulary.js";
import { globalId } from "../input/global-id.js";
import type { Context } from "../request/context.js";
import { type AgreementReport, type AgreementRequest, agreementReport } from "./agreement.js";
import { leaderboardOf } from "./leaderboard.js";

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
  readonly shared: number;
  readonly kappa: number | null;
  readonly tauB: number | null;
}

/** One completion of a contested prompt. */
interface ContestedCompletion {
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
export interface ContestedPromptInDocument {
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
  /** Rankings of which a pair counts, earlier ones first, or labelers with a value, side by side … */
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
  readonly mostContested: readonly ContestedPromptInDocument[];
  /** By the rankings of the report: Bradley–Terry ratings, resampled as the report is. Null under other measures. */
  readonly leaderboard: Leaderboard | UnratedSources | null;
}

/** Sources that no leaderboard rates, and why. */
interface UnratedSources {
  readonly entries: readonly [];
  readonly reason: string;
}

/** Of so many labelers, the first of the list, intervals are computed: each costs a bootstrap. */
const INTERVALS = 100;

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
    mostContested: await contestedPrompts(context, dataset, report, names),
    leaderboard: request.measure === "RANKING" ? await leaderboardOfReport(context, dataset, request) : null,
  };
}

/** The sources rated by the rankings that entered the report. */
async function leaderboardOfReport(
  { database }: Context,
  dataset: DatasetRecord,
  request: AgreementRequest,
): Promise<Leaderboard | UnratedSources> {
  const { pool, labelerIds, split, useCases, sources, createdFrom, createdTo, instructionVersionId } = request;
  const filter = { pool, labelerIds, split, useCases, sources, createdFrom, createdTo, instructionVersionId };
  const { cluster, resamples, seed } = request;
  try {
    return await leaderboardOf(
      database,
      { id: dataset.id, asOf: dataset.revision },
      { filter, cluster, resamples, seed, method: "BRADLEY_TERRY" },
    );
  } catch (error) {
    if (error instanceof AppError && error.code === "UNPROCESSABLE") return { entries: [], reason: error.message };
    throw error;
  }
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
  { loaders }: Context,
  { revision }: DatasetRecord,
  report: AgreementReport,
  names: Names,
): Promise<ContestedPromptInDocument[]> {
  const judged = new Map((await report.contestedJudgments()).map((prompt) => [prompt.promptId, prompt]));
  const told: ContestedPromptInDocument[] = [];
  for (const { promptId, value, n } of report.mostContested) {
    const key = { id: promptId, asOf: revision };
    const [prompt, completions] = await Promise.all([loaders.prompt.load(key), loaders.completionsOfPrompt.load(key)]);
    const said = judged.get(promptId);
    if (prompt === null || said === undefined) continue;
    const keyAt = (position: number): string => completions[position]?.key ?? String(position);
    told.push({
      id: globalId("Prompt", promptId),
      externalId: prompt.externalId,
      text: prompt.text,
      language: prompt.language,
      value,
      n,
      completions: said.positions.map((position) => ({
        key: keyAt(position),
        source: completions[position]?.source ?? null,
        text: completions[position]?.text ?? "",
      })),
      judgedCompletions: said.judgedCompletions,
      columns: said.columns.map(({ labelerId, cells }) => ({ handle: nameIn(names, labelerId).handle, cells })),
      judgments: said.judgments,
      divided: said.divided.map(({ first, second, counts }) => ({
        first: keyAt(first),
        second: second === null ? null : keyAt(second),
        counts,
      })),
    });
  }
  return told;
}
