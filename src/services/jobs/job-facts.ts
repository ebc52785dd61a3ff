import type { CompletionRecord } from "../../entities/queries/completions/completions.js";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import type { EvaluationRecord } from "../../entities/queries/jobs/evaluations.js";
import type { JobRecord, JobSampleRecord } from "../../entities/queries/jobs/jobs.js";
import type { ModelRecord } from "../../entities/queries/models/models.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import { maySeeDataset, maySeeModel, maySeeOfDataset } from "../access/visibility.js";
import { localId } from "../input/global-id.js";
import type { Context } from "../request/context.js";
import type { QueueState } from "../request/queue-state.js";

type Reader = Pick<Context, "loaders" | "viewer">;

/** A prompt's answer at a step of a job, with the revision that the job reads. */
export interface SampleOfJob extends JobSampleRecord {
  readonly asOf: number;
}

/** The dataset of a job or a model, or null where it is no more or hidden. */
export async function datasetOf(
  { loaders, viewer }: Reader,
  { datasetId }: { readonly datasetId: string | null },
): Promise<DatasetRecord | null> {
  return datasetId !== null && maySeeDataset(viewer, datasetId) ? loaders.dataset.load(datasetId) : null;
}

/** The model that a job made, or null. */
export async function modelOfJob({ loaders }: Reader, { id }: JobRecord): Promise<ModelRecord | null> {
  const [model] = await loaders.modelOfJob.load(id);
  return model ?? null;
}

/** The jobs that a job waits for, as far as the viewer may see them. */
export async function predecessorsOf({ loaders, viewer }: Reader, { id }: JobRecord): Promise<JobRecord[]> {
  return (await loaders.predecessorsOfJob.load(id)).filter((job) => maySeeOfDataset(viewer, job.datasetId));
}

/** The jobs that were cancelled with a job because they waited for it, as far as the viewer may see them. */
export async function cancelledWith({ loaders, viewer }: Reader, { id }: JobRecord): Promise<JobRecord[]> {
  return (await loaders.cancelledWithJob.load(id)).filter((job) => maySeeOfDataset(viewer, job.datasetId));
}

/** Where a job stands in its lane; null where it does not wait. */
export async function queueStateOf(
  { loaders }: Pick<Reader, "loaders">,
  { id, status }: Pick<JobRecord, "id" | "status">,
): Promise<QueueState | null> {
  return status === "QUEUED" ? loaders.queueStateOfJob.load(id) : null;
}

/** What a job's model said, in the order of the steps. */
export async function samplesOf({ loaders }: Reader, job: JobRecord): Promise<SampleOfJob[]> {
  const asOf = job.datasetRevision ?? 0;
  return (await loaders.samplesOfJob.load(job.id)).map((sample) => ({ ...sample, asOf }));
}

/** The prompt of a sample, as the job read it. */
export const promptOfSample = ({ loaders }: Reader, { promptId, asOf }: SampleOfJob): Promise<PromptRecord | null> =>
  loaders.prompt.load({ id: promptId, asOf });

/** The share of a job's steps that are done. */
export function fractionOf({ status, progress }: JobRecord): number {
  if (status === "SUCCEEDED") return 1;
  return progress.totalSteps === 0 ? 0 : Math.min(1, progress.step / progress.totalSteps);
}

/** The models that a model was made from, as far as the viewer may see them; deleted ones among them. */
export async function parentsOf({ loaders, viewer }: Reader, { id }: ModelRecord): Promise<ModelRecord[]> {
  return (await loaders.parentsOfModel.load(id)).filter((model) => maySeeModel(viewer, model));
}

/** The job that made a model, or null. */
export async function jobOfModel({ loaders, viewer }: Reader, { jobId }: ModelRecord): Promise<JobRecord | null> {
  const job = jobId === null ? null : await loaders.job.load(jobId);
  return job && maySeeOfDataset(viewer, job.datasetId) ? job : null;
}

/** The model that wrote a completion, or null where none of ours did or the viewer may not see it. */
export async function modelOfCompletion(
  { loaders, viewer }: Reader,
  { modelId }: CompletionRecord,
): Promise<ModelRecord | null> {
  const model = modelId === null ? null : await loaders.model.load(modelId);
  return model && maySeeModel(viewer, model) ? model : null;
}

/** What a reward model says of a completion; null where it has not been asked, or the viewer may not see the model. */
export async function scoreOfCompletion(
  { loaders, viewer }: Reader,
  { id }: CompletionRecord,
  modelId: string,
): Promise<number | null> {
  const model = await loaders.model.load(localId("Model", modelId, "modelId"));
  if (!model || !maySeeModel(viewer, model)) return null;
  return (await loaders.scoreOfCompletion.load({ id, modelId: model.id }))?.score ?? null;
}

/** The evaluation that a job is, or null. */
export async function evaluationOfJob(
  { loaders }: Pick<Context, "loaders">,
  { id }: Pick<JobRecord, "id">,
): Promise<EvaluationRecord | null> {
  const [evaluation] = await loaders.evaluationOfJob.load(id);
  return evaluation ?? null;
}
