import type { Interval } from "../../agreement/intervals/interval.js";
import { AgreementAccumulator, type AgreementOptions } from "../../agreement/report/accumulator.js";
import type { CoefficientTable } from "../../agreement/report/coefficient-table.js";
import type { LabelerPairAgreement } from "../../agreement/report/labeler-matrix.js";
import type { AgreementFigures } from "../../agreement/report/report.js";
import type { Database } from "../../entities/database/database.js";
import type { JudgmentFilter } from "../../entities/queries/judgments/judgments.js";
import type { CoefficientName } from "../../vocabulary.js";
import { plainSize } from "../statistics/plain-size.js";
import { type Kept, RevisionCaches } from "../statistics/revision-cache.js";
import { runInSlices } from "../statistics/run-in-slices.js";
import { judgmentsByPrompt } from "./judgments-of-prompts.js";

/** Which judgments a report is of, as of which revision, and how it resamples: equal questions have equal answers for ever. */
export interface AgreementQuestion {
  readonly filter: JudgmentFilter;
  readonly options: Required<Pick<AgreementOptions, "measure" | "tiePolicy" | "resamples" | "seed">>;
}

/** What a report says at once; the rest is asked for with the same question. */
export type AgreementFacts = Omit<AgreementFigures, "labelerInterval" | "matrix" | "table">;

/** A report with the intervals of its labelers, as far as they were asked for. */
interface KeptReport {
  readonly report: AgreementFigures;
  readonly intervals: Map<string, Promise<Interval | null>>;
}

/** Reports kept in memory, over all datasets: each keeps who said what. */
export const KEPT_JUDGMENTS: Kept = { answers: 16, bytes: 512 << 20 };

/** What a judgment takes with its share of units and clusters, at most, in bytes. */
const JUDGMENT_BYTES = 64;

const reports = new RevisionCaches<KeptReport>(
  KEPT_JUDGMENTS,
  ({ report }) => plainSize(report) + JUDGMENT_BYTES * report.judgments,
);

/** What the labelers' judgments say of their agreement. */
export async function agreementFacts(database: Database, question: AgreementQuestion): Promise<AgreementFacts> {
  const { labelerInterval: _, matrix: __, table: ___, ...facts } = (await kept(database, question)).report;
  return facts;
}

/** The 95 % intervals of some labelers' lines, in their order; null below two clusters and for an unknown labeler. */
export async function labelerIntervals(
  database: Database,
  question: AgreementQuestion & { readonly labelerIds: readonly string[] },
): Promise<(Interval | null)[]> {
  const { report, intervals } = await kept(database, question);
  const found: (Interval | null)[] = [];
  for (const id of question.labelerIds) {
    const known = intervals.get(id) ?? runInSlices(report.labelerInterval(id));
    intervals.set(id, known);
    found.push(await known);
  }
  return found;
}

/** The labeler pairs that share at least `minUnits` units. */
export async function computeLabelerMatrix(
  database: Database,
  question: AgreementQuestion & { readonly minUnits: number },
): Promise<LabelerPairAgreement[]> {
  return (await kept(database, question)).report.matrix(question.minUnits);
}

/** The table behind a coefficient; null where it has none or is not of the report. */
export async function tableOfCoefficient(
  database: Database,
  question: AgreementQuestion & { readonly name: CoefficientName },
): Promise<CoefficientTable | null> {
  return runInSlices((await kept(database, question)).report.table(question.name));
}

/** Streams the judgments and draws the resamples in small steps, so that other questions are answered in between. */
function kept(database: Database, { filter, options }: AgreementQuestion): Promise<KeptReport> {
  return reports.of(database).get(filter.datasetId, filter.asOf, { filter, options }, async () => {
    const accumulator = new AgreementAccumulator(options);
    for await (const prompt of judgmentsByPrompt(database, filter, options.measure)) {
      const { promptId, clusterId, rankings, ratings } = prompt;
      if (rankings === null) accumulator.addRatings(promptId, clusterId, ratings);
      else await runInSlices(accumulator.addRankingsInSlices(promptId, clusterId, rankings));
    }
    return { report: await runInSlices(accumulator.finishInSlices()), intervals: new Map() };
  });
}
