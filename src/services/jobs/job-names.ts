import type { JobRecord } from "../../entities/queries/jobs/jobs.js";
import { maySeeDataset, maySeeModel, maySeeOfDataset } from "../access/visibility.js";
import { globalId, parseGlobalId } from "../input/global-id.js";
import type { Context } from "../request/context.js";
import { type QueueState, reasonToWait } from "../request/queue-state.js";

/** Names of other jobs, of models and datasets in what a job tells: those that the viewer may not see are left out. */

type Reader = Pick<Context, "loaders" | "viewer">;

/** A job's settings, in which an id is null where it names what the viewer may not see. */
export async function configOf(reader: Reader, { config }: JobRecord): Promise<Record<string, unknown>> {
  const told = Object.entries(config).map(async ([name, value]) => [name, await seen(reader, name, value)] as const);
  return Object.fromEntries(await Promise.all(told));
}

async function seen(reader: Reader, name: string, value: unknown): Promise<unknown> {
  if (typeof value !== "string" || !name.endsWith("Id")) return value;
  return (await isHidden(reader, value)) ? null : value;
}

/** Whether an id names something that is there and that the viewer may not see. */
async function isHidden({ loaders, viewer }: Reader, id: string): Promise<boolean> {
  const named = parseGlobalId(id);
  if (named?.type === "Dataset") return !maySeeDataset(viewer, named.id);
  if (named?.type === "Job") {
    const job = await loaders.job.load(named.id);
    return job !== null && !maySeeOfDataset(viewer, job.datasetId);
  }
  if (named?.type === "Model") {
    const model = await loaders.model.load(named.id);
    return model !== null && !maySeeModel(viewer, model);
  }
  return false;
}

/** Why a job failed. How another one that the viewer may not see ended, and which it is, is left out. */
export async function errorOf(reader: Reader, job: JobRecord): Promise<JobRecord["error"]> {
  const { error } = job;
  if (error?.code !== "DEPENDENCY_FAILED") return error;
  const predecessors = await reader.loaders.predecessorsOfJob.load(job.id);
  const isNamed = predecessors.some(
    ({ id, datasetId }) => !maySeeOfDataset(reader.viewer, datasetId) && error.message.includes(globalId("Job", id)),
  );
  return isNamed
    ? { ...error, message: `It waited for a job that this key may not see, and that ended without a model.` }
    : error;
}

/** Why a job has not begun; null where it does not wait. */
export async function queueReasonOf(reader: Reader, job: JobRecord, state: QueueState | null): Promise<string | null> {
  if (state === null || state.waitsFor.length === 0) return state?.reason ?? null;
  const predecessors = await reader.loaders.predecessorsOfJob.load(job.id);
  const mayBeNamed = (id: string) =>
    predecessors.some((one) => one.id === id && maySeeOfDataset(reader.viewer, one.datasetId));
  const named = state.waitsFor.map((id) => (mayBeNamed(id) ? globalId("Job", id) : null));
  return reasonToWait(named, state.estimatedStart !== null);
}
