import { AgreementAccumulator } from "../agreement/accumulator.js";
import type { AgreementReport } from "../agreement/report.js";
import type { Steps } from "../agreement/steps.js";
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
  const filter: JudgmentFilter = {
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
    for await (const rankings of byPrompt(rankingJudgments(database, filter))) {
      const [first] = rankings;
      if (!first) continue;
      const judged = rankings.map((r) => ({ ...when(r), positions: r.completions, tiers: r.tiers }));
      await patiently(accumulator.addRankingsSteps(first.promptId, first.clusterId, judged));
    }
    return;
  }
  for await (const scores of byPrompt(overallJudgments(database, filter))) {
    const [first] = scores;
    if (!first) continue;
    accumulator.addRatings(
      first.promptId,
      first.clusterId,
      scores.map((s) => ({ ...when(s), position: s.position, value: s.value })),
    );
  }
}

const when = ({ labelerId, createdAt, ordinal }: Judgment) => ({ labelerId, createdAt: createdAt.getTime(), ordinal });

/** Regroups a stream that is sorted by prompt into one list a prompt, and lets other work in between batches. */
async function* byPrompt<Row extends Judgment>(batches: AsyncGenerator<Row[]>): AsyncGenerator<Row[]> {
  let open: Row[] = [];
  for await (const batch of batches) {
    for (const row of batch) {
      if (open[0] && open[0].promptId !== row.promptId) {
        yield open;
        open = [];
        await breathe();
      }
      open.push(row);
    }
  }
  yield open;
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
