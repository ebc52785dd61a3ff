import { countEvaluations, type EvaluationRecord, evaluationPage } from "../../entities/queries/jobs/evaluations.js";
import { countJobs, type JobFilterValues, type JobRecord, jobPage } from "../../entities/queries/jobs/jobs.js";
import { countModels, type ModelRecord, modelPage } from "../../entities/queries/models/models.js";
import type { ModelStage } from "../../vocabulary.js";
import { requireRole, visibleDatasetIds } from "../access/visibility.js";
import { localId } from "../input/global-id.js";
import type { Context } from "../request/context.js";
import { makePage, type Page, type PageArguments, pageRequest } from "../request/page.js";

type Reader = Pick<Context, "database" | "viewer">;

const byId = (row: { readonly id: string }) => [row.id];

/** A page of the jobs that the viewer may see, the latest first. Refused with FORBIDDEN: a LABELER. */
export async function listJobs(
  { database, viewer }: Reader,
  args: PageArguments & { filter?: JobFilterValues | null },
): Promise<Page<JobRecord>> {
  requireRole(viewer, "ADMIN", "ANALYST", "CLIENT");
  const request = pageRequest("jobs", 1, args);
  const { datasetId } = args.filter ?? {};
  const filter = {
    ...args.filter,
    datasetId: datasetId == null ? null : localId("Dataset", datasetId, "filter.datasetId"),
  };
  const visible = visibleDatasetIds(viewer);
  const rows = await jobPage(database, visible, filter, request);
  return makePage("jobs", request, rows, byId, () => countJobs(database, visible, filter));
}

/** A page of the models that the viewer may see, oldest first; deleted ones are not among them. Refused: a LABELER. */
export async function listModels(
  { database, viewer }: Reader,
  args: PageArguments & { stage?: ModelStage | null },
): Promise<Page<ModelRecord>> {
  requireRole(viewer, "ADMIN", "ANALYST", "CLIENT");
  const request = pageRequest("models", 1, args);
  const selection = { datasetIds: visibleDatasetIds(viewer), stage: args.stage ?? null };
  const rows = await modelPage(database, selection, request);
  return makePage("models", request, rows, byId, () => countModels(database, selection));
}

/** A page of the evaluations that the viewer may see, the latest first. Refused with FORBIDDEN: a LABELER. */
export async function listEvaluations(
  { database, viewer }: Reader,
  args: PageArguments & { datasetId?: string | null },
): Promise<Page<EvaluationRecord>> {
  requireRole(viewer, "ADMIN", "ANALYST", "CLIENT");
  const request = pageRequest("evaluations", 1, args);
  const datasetId = args.datasetId == null ? null : localId("Dataset", args.datasetId, "datasetId");
  const visible = visibleDatasetIds(viewer);
  const rows = await evaluationPage(database, visible, datasetId, request);
  return makePage("evaluations", request, rows, byId, () => countEvaluations(database, visible, datasetId));
}

/** A page of a model's evaluations that the viewer may see, the latest first; one statement for all models of an answer. */
export async function evaluationsOfModel(
  { loaders, viewer }: Pick<Context, "loaders" | "viewer">,
  { id }: ModelRecord,
  args: PageArguments,
): Promise<Page<EvaluationRecord>> {
  const list = `${id}.evaluations-of-model`;
  const { size, from, ...request } = pageRequest(list, 1, args);
  const scope = { id, datasetIds: visibleDatasetIds(viewer) };
  const rows = await loaders.evaluationsOfModel.load({ ...scope, size, from });
  const count = async () => (await loaders.evaluationCountOfModel.load(scope))?.count ?? 0;
  return makePage(list, { ...request, size, from }, rows, byId, count);
}
