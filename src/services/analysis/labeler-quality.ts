import { checkResampling, type Interval } from "../../agreement/intervals/interval.js";
import type { Database } from "../../entities/database/database.js";
import { type Kept, RevisionCaches } from "../statistics/revision-cache.js";
import { type AgreementRequest, checkLabel, judgmentFilter } from "./agreement.js";
import { analyse } from "./analysis-thread.js";
import type { QualityFacts } from "./compute-quality.js";

/** What the judgments say of each labeler, as of a revision; intervals are computed when asked. */
export interface LabelerQualityReport extends QualityFacts {
  /** The 95 % intervals of some labelers' consensus, in their order. */
  consensusIntervals(labelerIds: readonly string[]): Promise<readonly (Interval | null)[]>;
}

/** Reports kept in memory, over all datasets. */
export const KEPT_QUALITY: Kept = { answers: 4, bytes: 32 << 20 };

const reports = new RevisionCaches<QualityFacts>(KEPT_QUALITY);

/**
 * Signals and models of each labeler's work on a dataset, as of a revision; computed in the thread that analyses. It only tells:
 * nothing is done to a labeler. Takes the arguments of an agreement report, of which the tie policy has no effect, and refuses
 * what that refuses.
 */
export async function labelerQuality(
  database: Database,
  dataset: { readonly id: string; readonly asOf: number },
  request: AgreementRequest,
): Promise<LabelerQualityReport> {
  checkLabel(request);
  const { measure, resamples, seed } = request;
  checkResampling({ resamples, seed });
  const question = { filter: judgmentFilter(dataset, request), measure, resampling: { resamples, seed } };
  const facts = await reports
    .of(database)
    .get(dataset.id, dataset.asOf, question, () => analyse(database, "quality", question));
  return {
    ...facts,
    consensusIntervals: (labelerIds) => analyse(database, "consensusIntervals", { ...question, labelerIds }),
  };
}
