import { AgreementAccumulator } from "../agreement/accumulator.js";
import type { AgreementReport } from "../agreement/report.js";
import type { Steps } from "../agreement/steps.js";
import type { RankingJudgment } from "../agreement/units-from-rankings.js";
import type { RatingJudgment } from "../agreement/units-from-ratings.js";
import type { Database } from "../entities/database.js";
import {
  type Judgment,
  type JudgmentFilter,
  overallJudgments,
  rankingJudgments,
} from "../entities/queries/judgments.js";
import { badInput } from "../errors.js";
import type {
  AgreementCluster,
  AgreementMeasure,
  LabelerPool,
  OutputLabel,
  PromptSource,
  Split,
  TiePolicy,
  UseCase,
} from "../vocabulary.js";
import { localId, localIds } from "./global-id.js";
import { RevisionCache } from "./revision-cache.js";

/** The arguments of an agreement report, as a client gives them. */
export interface AgreementRequest {
  readonly measure: AgreementMeasure;
  readonly label?: OutputLabel | null;
  readonly tiePolicy: TiePolicy;
  readonly pool?: LabelerPool | null;
  readonly labelerIds?: readonly string[] | null;
  readonly split?: Split | null;
  readonly useCases?: readonly UseCase[] | null;
  readonly sources?: readonly PromptSource[] | null;
  readonly createdFrom?: Date | null;
  readonly createdTo?: Date | null;
  readonly instructionVersionId?: string | null;
  readonly cluster: AgreementCluster;
  readonly resamples: number;
  readonly seed: number;
}

/** The measures whose coefficients exist. */
const MEASURED: readonly AgreementMeasure[] = ["RANKING", "OVERALL"];

/** Reports kept in memory, over all datasets. */
const KEPT_REPORTS = 16;

const reports = new WeakMap<Database, RevisionCache<AgreementReport>>();

/**
 * How far the labelers of a dataset agree, as of a revision. The judgments are streamed and the resamples drawn in small
 * steps, so that other requests are answered in between. Excluded prompts count: they were judged like the others.
 * Refused: measures without coefficients yet, resamples outside 200 to 20,000, ids that are none.
 */
export function agreementReport(
  database: Database,
  dataset: { readonly id: string; readonly asOf: number },
  request: AgreementRequest,
): Promise<AgreementReport> {
  if (!MEASURED.includes(request.measure)) {
    throw badInput(
      `The measure is ${request.measure}; ${MEASURED.join(" and ")} can be measured so far.`,
      "input.measure",
    );
  }
  if (request.label != null)
    throw badInput(`label goes with measure LABEL; the measure is ${request.measure}.`, "input.label");
  const filter = filterOf(dataset, request);
  const { measure, tiePolicy, resamples, seed } = request;
  // Made before the cache is asked: it refuses wrong resamples and seeds.
  const accumulator = new AgreementAccumulator({ measure, tiePolicy, resamples, seed });
  return reportsOf(database).get(
    dataset.id,
    dataset.asOf,
    { filter, measure, tiePolicy, resamples, seed },
    async () => {
      await feed(accumulator, database, filter, measure);
      return patiently(accumulator.finishSteps());
    },
  );
}

/** The judgments that a request lets through. Refused: ids that are none. */
function filterOf(dataset: { readonly id: string; readonly asOf: number }, request: AgreementRequest): JudgmentFilter {
  return {
    datasetId: dataset.id,
    asOf: dataset.asOf,
    cluster: request.cluster,
    pool: request.pool ?? null,
    labelerIds: localIds("Labeler", request.labelerIds, "input.labelerIds"),
    split: request.split ?? null,
    useCases: request.useCases ?? null,
    sources: request.sources ?? null,
    createdFrom: request.createdFrom ?? null,
    createdTo: request.createdTo ?? null,
    instructionVersionId:
      request.instructionVersionId == null
        ? null
        : localId("InstructionVersion", request.instructionVersionId, "input.instructionVersionId"),
  };
}

function reportsOf(database: Database): RevisionCache<AgreementReport> {
  const cache = reports.get(database) ?? new RevisionCache<AgreementReport>(KEPT_REPORTS);
  reports.set(database, cache);
  return cache;
}

/** Streams the judgments into the accumulator, one whole prompt at a time. */
async function feed(
  accumulator: AgreementAccumulator,
  database: Database,
  filter: JudgmentFilter,
  measure: AgreementMeasure,
): Promise<void> {
  if (measure === "RANKING") {
    for await (const { promptId, clusterId, judged } of rankingsByPrompt(database, filter)) {
      await patiently(accumulator.addRankingsSteps(promptId, clusterId, judged));
    }
    return;
  }
  for await (const { promptId, clusterId, judged } of ratingsByPrompt(database, filter))
    accumulator.addRatings(promptId, clusterId, judged);
}

const rankingsByPrompt = (database: Database, filter: JudgmentFilter) =>
  byPrompt(rankingJudgments(database, filter), (row) => ({
    ...when(row),
    positions: row.completions,
    tiers: row.tiers,
  }));

const ratingsByPrompt = (database: Database, filter: JudgmentFilter) =>
  byPrompt(overallJudgments(database, filter), (row) => ({
    ...when(row),
    position: row.position,
    value: row.value,
  }));

/** The judgments of some prompts that entered a report, prompt by prompt: rankings, or else ratings. */
export async function* judgmentsOfPrompts(
  database: Database,
  dataset: { readonly id: string; readonly asOf: number },
  request: AgreementRequest,
  promptIds: readonly string[],
): AsyncGenerator<{
  readonly promptId: string;
  readonly rankings: readonly RankingJudgment[] | null;
  readonly ratings: readonly RatingJudgment[];
}> {
  if (promptIds.length === 0) return;
  const filter = { ...filterOf(dataset, request), promptIds };
  if (request.measure === "RANKING") {
    for await (const { promptId, judged } of rankingsByPrompt(database, filter))
      yield { promptId, rankings: judged, ratings: [] };
  } else {
    for await (const { promptId, judged } of ratingsByPrompt(database, filter))
      yield { promptId, rankings: null, ratings: judged };
  }
}

const when = ({ labelerId, createdAt, ordinal }: Judgment) => ({ labelerId, createdAt: createdAt.getTime(), ordinal });

/** What was judged of a prompt. */
interface Judged<Value> {
  readonly promptId: string;
  readonly clusterId: string;
  readonly judged: readonly Value[];
}

/**
 * Regroups a stream that is sorted by prompt into one list a prompt, and lets other work in between batches and prompts.
 * Of a row only its value is kept: a prompt may have many.
 */
async function* byPrompt<Row extends Judgment, Value>(
  batches: AsyncGenerator<Row[]>,
  keep: (row: Row) => Value,
): AsyncGenerator<Judged<Value>> {
  let open: Judged<Value> & { readonly judged: Value[] } = { promptId: "", clusterId: "", judged: [] };
  for await (const batch of batches) {
    for (const row of batch) {
      if (open.promptId !== row.promptId) {
        if (open.judged.length > 0) yield open;
        open = { promptId: row.promptId, clusterId: row.clusterId, judged: [] };
        await breathe();
      }
      open.judged.push(keep(row));
    }
    await breathe();
  }
  if (open.judged.length > 0) yield open;
}

/** Runs long work to its end, turning to other requests at each of its pauses. */
export async function patiently<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breathe();
  }
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
