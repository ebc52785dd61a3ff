import type { JobRecord } from "../../entities/queries/jobs/jobs.js";
import type { ModelRecord } from "../../entities/queries/models/models.js";
import { maySeeModel, maySeeOfDataset } from "../access/visibility.js";
import { localId } from "../input/global-id.js";
import { missing } from "../input/input-rules.js";
import type { Context } from "./context.js";

type Reader = Pick<Context, "loaders" | "viewer">;

/** A job by its global id. Refused, as if it did not exist: one that the viewer may not see. */
export async function findJob({ loaders, viewer }: Reader, id: string, field: string): Promise<JobRecord> {
  const local = localId("Job", id, field);
  const job = await loaders.job.load(local);
  if (!job || !maySeeOfDataset(viewer, job.datasetId)) throw missing("Job", local, field);
  return job;
}

/** A model by its global id. Refused, as if it did not exist: one that the viewer may not see, and one that was deleted. */
export async function findModel({ loaders, viewer }: Reader, id: string, field: string): Promise<ModelRecord> {
  const local = localId("Model", id, field);
  const model = await loaders.model.load(local);
  if (!model || model.deletedAt !== null || !maySeeModel(viewer, model)) throw missing("Model", local, field);
  return model;
}
