import DataLoader from "dataloader";
import type { Database } from "../../entities/database/database.js";
import { scoresOfCompletions } from "../../entities/queries/completions/completion-scores.js";
import { completionsById, completionsOfPrompts } from "../../entities/queries/completions/completions.js";
import { datasetsById } from "../../entities/queries/datasets/datasets.js";
import {
  instructionVersionsById,
  instructionVersionsOfDatasets,
} from "../../entities/queries/datasets/instruction-versions.js";
import {
  countEvaluationsOfModels,
  type EvaluationRecord,
  evaluationsById,
  evaluationsOfJobs,
  evaluationsOfModels,
} from "../../entities/queries/jobs/evaluations.js";
import {
  checkpointsById,
  checkpointsOfJobs,
  jobsById,
  jobsCancelledWith,
  predecessorsOfJobs,
  samplesOfJobs,
} from "../../entities/queries/jobs/jobs.js";
import {
  assessmentsById,
  assessmentsOfCompletions,
  assessmentsOfRankings,
  countAssessmentsOfCompletions,
} from "../../entities/queries/judgments/assessments.js";
import { demonstrationsById, demonstrationsOfPrompts } from "../../entities/queries/judgments/demonstrations.js";
import { judgedOfRankings } from "../../entities/queries/judgments/guideline.js";
import { countRankingsOfPrompts, rankingsById, rankingsOfPrompts } from "../../entities/queries/judgments/rankings.js";
import { apiKeysById } from "../../entities/queries/keys/api-keys.js";
import { auditEntriesById } from "../../entities/queries/keys/audit-entries.js";
import {
  labelerCounts,
  labelersById,
  labelersInDataset,
  membershipsOf,
} from "../../entities/queries/labelers/labelers.js";
import { modelsById, modelsOfJobs, parentsOfModels } from "../../entities/queries/models/models.js";
import { stageFactsOfPrompts } from "../../entities/queries/prompts/prompt-stages.js";
import { type IdentityKey, promptsById, promptsByIdentities } from "../../entities/queries/prompts/prompts.js";
import { splitPoliciesOfDatasets } from "../../entities/queries/splits/split-policies.js";
import {
  batchLoader,
  byId,
  byParent,
  countLoader,
  groupLoader,
  listLoader,
  pageLoader,
  plainLoader,
  rowLoader,
  type Scoped,
  scopedLoader,
  type Versioned,
} from "./batch.js";
import { type QueueState, readQueue } from "./queue-state.js";

/** A labeler, with the pool it had in a dataset as of a revision; datasetId null: at present. */
export interface LabelerKey extends Versioned {
  readonly datasetId: string | null;
}

/** A completion, and the reward model that scored it. */
export interface ScoreKey {
  readonly id: string;
  readonly modelId: string;
}

/** A page of what a model has within some datasets; null: within all. */
export interface ModelPage extends Scoped {
  readonly size: number;
  readonly from: readonly string[] | null;
}

const identityKey = ({ datasetId, identity, asOf }: IdentityKey) => `${datasetId}:${asOf}:${identity}`;

/**
 * The loaders of one request: however many rows ask, each question is one statement. Keys are {id, asOf}; a row found by
 * its id may have been removed or superseded before asOf, but not added after it.
 */
export function createLoaders(database: Database) {
  return {
    dataset: plainLoader((ids) => datasetsById(database, ids)),
    prompt: rowLoader((ids, asOf) => promptsById(database, ids, asOf)),
    promptByIdentity: new DataLoader(
      async (keys: readonly IdentityKey[]) => {
        const rows = await promptsByIdentities(database, keys);
        const found = new Map(rows.map((row) => [identityKey(row), row]));
        return keys.map((key) => found.get(identityKey(key)) ?? null);
      },
      { cacheKeyFn: identityKey },
    ),
    stageFactsOfPrompt: rowLoader((ids, asOf) => stageFactsOfPrompts(database, ids, asOf)),
    completion: rowLoader((ids, asOf) => completionsById(database, ids, asOf)),
    completionsOfPrompt: listLoader(
      (ids, asOf) => completionsOfPrompts(database, ids, asOf),
      (row) => row.promptId,
    ),
    /** What a reward model says of a completion; null: it has not been asked. */
    scoreOfCompletion: batchLoader({
      groupOf: ({ modelId }: ScoreKey) => modelId,
      read: (ids, { modelId }) => scoresOfCompletions(database, ids, modelId),
      gather: byId,
    }),
    demonstration: rowLoader((ids, asOf) => demonstrationsById(database, ids, asOf)),
    demonstrationsOfPrompt: listLoader(
      (ids, asOf) => demonstrationsOfPrompts(database, ids, asOf),
      (row) => row.promptId,
    ),
    ranking: rowLoader((ids, asOf) => rankingsById(database, ids, asOf)),
    rankingsOfPrompt: pageLoader(
      (ids, asOf, limit, from) => rankingsOfPrompts(database, ids, asOf, limit, from),
      (row) => row.promptId,
    ),
    rankingCountOfPrompt: countLoader((ids, asOf) => countRankingsOfPrompts(database, ids, asOf)),
    assessment: rowLoader((ids, asOf) => assessmentsById(database, ids, asOf)),
    assessmentsOfCompletion: pageLoader(
      (ids, asOf, limit, from) => assessmentsOfCompletions(database, ids, asOf, limit, from),
      (row) => row.completionId,
    ),
    assessmentCountOfCompletion: countLoader((ids, asOf) => countAssessmentsOfCompletions(database, ids, asOf)),
    assessmentsOfRanking: listLoader(
      (ids, asOf) => assessmentsOfRankings(database, ids, asOf),
      (row) => row.rankingId ?? "",
    ),
    /** What the labeler of a ranking said of the completions that it orders. */
    judgedOfRanking: listLoader(
      (ids, asOf) => judgedOfRankings(database, ids, asOf),
      (row) => row.rankingId,
    ),
    labeler: batchLoader({
      groupOf: ({ datasetId, asOf }: LabelerKey) => (datasetId === null ? "" : `${datasetId}:${asOf}`),
      read: (ids, { datasetId, asOf }) =>
        datasetId === null ? labelersById(database, ids) : labelersInDataset(database, ids, datasetId, asOf),
      gather: byId,
    }),
    labelerCounts: scopedLoader((ids, datasetIds) => labelerCounts(database, ids, datasetIds)),
    /** The datasets that a labeler is a member of at present. */
    membershipsOfLabeler: new DataLoader<string, readonly string[]>(async (ids) => {
      const rows = await membershipsOf(database, ids);
      return ids.map((id) => rows.filter((row) => row.labelerId === id).map((row) => row.datasetId));
    }),
    instructionVersion: plainLoader((ids) => instructionVersionsById(database, ids)),
    instructionVersionsOfDataset: listLoader(
      (ids, asOf) => instructionVersionsOfDatasets(database, ids, asOf),
      (row) => row.datasetId,
    ),
    splitPolicyOfDataset: listLoader(
      (ids, asOf) => splitPoliciesOfDatasets(database, ids, asOf),
      (row) => row.datasetId,
    ),
    job: plainLoader((ids) => jobsById(database, ids)),
    predecessorsOfJob: groupLoader(
      (ids) => predecessorsOfJobs(database, ids),
      (row) => row.successorId,
    ),
    /** The jobs that were cancelled in the same moment, because they waited for it. */
    cancelledWithJob: groupLoader(
      (ids) => jobsCancelledWith(database, ids),
      (row) => row.rootId,
    ),
    /** Where a queued job stands; null: it is not queued. The queue is read as a whole, once. */
    queueStateOfJob: new DataLoader<string, QueueState | null>(async (ids) => {
      const queue = await readQueue(database, new Date());
      return ids.map((id) => queue.get(id) ?? null);
    }),
    checkpoint: plainLoader((ids) => checkpointsById(database, ids)),
    checkpointsOfJob: groupLoader(
      (ids) => checkpointsOfJobs(database, ids),
      (row) => row.jobId,
    ),
    samplesOfJob: groupLoader(
      (ids) => samplesOfJobs(database, ids),
      (row) => row.jobId,
    ),
    model: plainLoader((ids) => modelsById(database, ids)),
    modelOfJob: groupLoader(
      (ids) => modelsOfJobs(database, ids),
      (row) => row.jobId ?? "",
    ),
    parentsOfModel: groupLoader(
      (ids) => parentsOfModels(database, ids),
      (row) => row.childId,
    ),
    evaluation: plainLoader((ids) => evaluationsById(database, ids)),
    evaluationOfJob: groupLoader(
      (ids) => evaluationsOfJobs(database, ids),
      (row) => row.jobId,
    ),
    evaluationsOfModel: batchLoader({
      groupOf: ({ datasetIds, size, from }: ModelPage) =>
        `${datasetIds?.join() ?? "all"}:${size}:${from?.join() ?? ""}`,
      read: (ids, { datasetIds, size, from }) => evaluationsOfModels(database, ids, datasetIds, size + 1, from),
      gather: byParent((row: EvaluationRecord) => row.modelId ?? ""),
    }),
    evaluationCountOfModel: scopedLoader((ids, datasetIds) => countEvaluationsOfModels(database, ids, datasetIds)),
    apiKey: plainLoader((ids) => apiKeysById(database, ids)),
    auditEntry: plainLoader((ids) => auditEntriesById(database, ids)),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
