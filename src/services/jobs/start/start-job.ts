import { notFound } from "../../../errors.js";
import { requireDataset, requireRole } from "../../access/visibility.js";
import { localId } from "../../input/global-id.js";
import type { Context } from "../../request/context.js";
import { type Change, runChange } from "../../writes/run-change.js";
import { type JobOrder, prepared, queueJob } from "../queue-job.js";

const ROLES = ["ADMIN", "CLIENT"] as const;

/** A dataset as it is when a job is made. */
export interface FrozenDataset {
  readonly datasetId: string;
  readonly revision: number;
}

/** What a mutation that starts a job does besides what all of them do. */
export interface Start<Input> {
  readonly mutation: string;
  readonly input: Input;
  /** Checks of the input that need no database. */
  readonly check?: () => void;
  /** Resolves the settings; refuses what cannot be run. */
  readonly prepare: (dataset: FrozenDataset) => Promise<Omit<JobOrder, "mutation" | keyof FrozenDataset>>;
  /** What is stored with the job, in the same transaction. */
  readonly also?: (change: Change, jobId: string, order: JobOrder) => Promise<void>;
}

/**
 * Queues a job on a dataset, for an ADMIN, and a CLIENT in its datasets; at most once for an idempotency key.
 * @returns the job's number
 */
export async function startJob<Input extends { readonly datasetId: string; readonly idempotencyKey?: string | null }>(
  context: Context,
  { mutation, input, check, prepare, also }: Start<Input>,
): Promise<string> {
  requireRole(context.viewer, ...ROLES);
  const frozen = await frozenDataset(context, input.datasetId, "input.datasetId");
  const order = await prepared(async () => {
    const dataset = await frozen();
    return { mutation, ...dataset, ...(await prepare(dataset)) };
  });
  return runChange(context, { mutation, input, roles: ROLES, ...(check ? { check } : {}) }, async (change) => {
    const made = order();
    const id = await queueJob(change, made);
    await also?.(change, id, made);
    return id;
  });
}

/** A dataset that the viewer may see, to be read as it is now. Refused at once: one that is hidden; when it is asked for: one that is not there. */
export async function frozenDataset(
  { viewer, loaders }: Context,
  id: string,
  field: string,
): Promise<() => Promise<FrozenDataset>> {
  const datasetId = localId("Dataset", id, field);
  requireDataset(viewer, datasetId);
  const dataset = await loaders.dataset.load(datasetId);
  return async () => {
    if (!dataset) throw notFound("The dataset");
    return { datasetId, revision: dataset.revision };
  };
}
