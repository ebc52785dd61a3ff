import { MEASURES } from "../../agreement/coefficients/measures.js";
import type { Interval, Resampling } from "../../agreement/intervals/interval.js";
import { type QualityFigures, qualityReport } from "../../agreement/quality/quality-report.js";
import { WorkLog } from "../../agreement/quality/work-log.js";
import type { Database } from "../../entities/database/database.js";
import { type JudgmentFilter, rankingWorks, ratingJudgments } from "../../entities/queries/judgments/judgments.js";
import type { AgreementMeasure } from "../../vocabulary.js";
import { plainSize } from "../statistics/plain-size.js";
import { type Kept, RevisionCaches } from "../statistics/revision-cache.js";
import { runInSlices } from "../statistics/run-in-slices.js";
import { byPrompt, when } from "./judgments-of-prompts.js";

/** Which judgments are looked at, as of which revision: equal questions have equal answers for ever. */
export interface QualityQuestion {
  readonly filter: JudgmentFilter;
  readonly measure: AgreementMeasure;
  readonly resampling: Resampling;
}

/** What a report says at once; intervals are asked for with the same question. */
export type QualityFacts = Omit<QualityFigures, "consensusInterval">;

/** A report with the intervals of its labelers, as far as they were asked for. */
interface KeptReport {
  readonly report: QualityFigures;
  readonly intervals: Map<string, Promise<Interval | null>>;
}

/** Reports kept in memory, over all datasets: each keeps who did what. */
export const KEPT_WORKS: Kept = { answers: 4, bytes: 512 << 20 };

/** What a work takes with the units that it says something of, at most, in bytes. */
const WORK_BYTES = 512;

const reports = new RevisionCaches<KeptReport>(
  KEPT_WORKS,
  ({ report }) => plainSize(report) + WORK_BYTES * report.works,
);

/** What the judgments say of each labeler. */
export async function qualityFacts(database: Database, question: QualityQuestion): Promise<QualityFacts> {
  const { consensusInterval: _, ...facts } = (await kept(database, question)).report;
  return facts;
}

/** The 95 % intervals of some labelers' consensus, in their order; null below two clusters. */
export async function consensusIntervals(
  database: Database,
  question: QualityQuestion & { readonly labelerIds: readonly string[] },
): Promise<(Interval | null)[]> {
  const { report, intervals } = await kept(database, question);
  const found: (Interval | null)[] = [];
  for (const id of question.labelerIds) {
    const known = intervals.get(id) ?? runInSlices(report.consensusInterval(id));
    intervals.set(id, known);
    found.push(await known);
  }
  return found;
}

function kept(database: Database, { filter, measure, resampling }: QualityQuestion): Promise<KeptReport> {
  return reports.of(database).get(filter.datasetId, filter.asOf, { filter, measure, resampling }, async () => {
    const log = await collected(database, filter, measure);
    const { categoryNames, oriented } = MEASURES[measure];
    const report = await runInSlices(qualityReport(log, { ...resampling, categories: categoryNames, oriented }));
    return { report, intervals: new Map() };
  });
}

/** Streams the works into a log, one whole prompt at a time. */
async function collected(database: Database, filter: JudgmentFilter, measure: AgreementMeasure): Promise<WorkLog> {
  const { scale } = MEASURES[measure];
  const log = new WorkLog(scale.length, measure === "RANKING");
  if (measure === "RANKING") {
    const prompts = byPrompt(rankingWorks(database, filter), (row) => ({
      ...when(row),
      positions: row.completions,
      tiers: row.tiers,
      isTimeKnown: row.isTimeKnown,
      durationMs: row.durationMs,
      displayOrder: row.displayOrder,
    }));
    for await (const { clusterId, judged } of prompts) await runInSlices(log.addRankings(clusterId, judged));
    return log;
  }
  const prompts = byPrompt(ratingJudgments(database, filter, measure), (row) => ({
    ...when(row),
    position: row.position,
    value: row.value,
    isTimeKnown: row.isTimeKnown,
  }));
  for await (const { clusterId, judged } of prompts) await runInSlices(log.addRatings(clusterId, judged, scale));
  return log;
}
