import { count } from "../../datasets/text/counted.js";
import { type Client, Refusal } from "../server/client.js";
import { duration } from "../terminal/job-line.js";
import { bytes, print, printJson, table } from "../terminal/output.js";

/** The fields of a JobAnswer. */
export const JOB_FIELDS = `id kind lane status queuePosition estimatedStart queueReason dataset { slug } attempts createdBy createdAt startedAt finishedAt warnings
  progress { phase step totalSteps fraction etaSeconds tokensPerSecond }
  error { code message step } model { id name sha256 parameterCount }`;

/** A job as the command line shows it. */
export interface JobAnswer {
  readonly id: string;
  readonly kind: string;
  readonly lane: string;
  readonly status: string;
  /** Its place among the queued jobs of its lane, when it will begin, and why it has not; null where it is not queued. */
  readonly queuePosition: number | null;
  readonly estimatedStart: string | null;
  readonly queueReason: string | null;
  readonly dataset: { readonly slug: string } | null;
  readonly attempts: number;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly warnings: readonly string[];
  readonly progress: {
    readonly phase: string;
    readonly step: number;
    readonly totalSteps: number;
    readonly fraction: number;
    readonly etaSeconds: number | null;
    readonly tokensPerSecond: number | null;
  };
  readonly error: { readonly code: string; readonly message: string; readonly step: number | null } | null;
  readonly model: {
    readonly id: string;
    readonly name: string;
    readonly sha256: string;
    readonly parameterCount: number;
  } | null;
}

/** A job with all that is told of it. */
export interface JobDetails extends JobAnswer {
  readonly config: Record<string, unknown>;
  readonly environment: Record<string, unknown> | null;
  readonly samples: readonly {
    readonly step: number;
    readonly text: string;
    readonly prompt: { readonly text: string };
  }[];
}

const LIST = `query ($filter: JobFilter, $first: Int!) {
  jobs(filter: $filter, first: $first) { totalCount nodes { ${JOB_FIELDS} } }
}`;
const ONE = `query ($id: ID!) {
  node(id: $id) { ... on Job { ${JOB_FIELDS} config environment samples { step text prompt { text } } } }
}`;

/** Asks for one job. Refused: an id that names none. */
export async function readJob(client: Client, id: string): Promise<JobDetails> {
  const { node } = await client.graphql<{ node: JobDetails | null }>(ONE, { id });
  if (!node?.status) throw new Refusal(`There is no job ${id}.`);
  return node;
}

export interface JobListOptions {
  readonly status?: string;
  readonly kind?: string;
  readonly lane?: string;
  readonly first: number;
  readonly json?: boolean;
}

/** Prints the latest jobs. */
export async function showJobs(client: Client, options: JobListOptions): Promise<void> {
  const filter = {
    ...(options.status ? { statuses: [options.status] } : {}),
    ...(options.kind ? { kinds: [options.kind] } : {}),
    ...(options.lane ? { lanes: [options.lane] } : {}),
  };
  const { jobs } = await client.graphql<{ jobs: { totalCount: number; nodes: JobAnswer[] } }>(LIST, {
    filter,
    first: options.first,
  });
  if (options.json) return printJson(jobs.nodes);
  print(
    table(
      ["job", "kind", "lane", "status", "place", "dataset", "done", "model", "made"],
      jobs.nodes.map((job) => [
        job.id,
        job.kind,
        job.lane,
        job.status,
        job.queuePosition,
        job.dataset?.slug ?? null,
        `${Math.floor(job.progress.fraction * 100)} %`,
        job.model?.name ?? null,
        job.createdAt,
      ]),
    ),
  );
  if (jobs.totalCount > jobs.nodes.length) print(`… and ${count(jobs.totalCount - jobs.nodes.length)} more`);
}

/** Prints one job. */
export async function showJob(client: Client, id: string, { json }: { json?: boolean }): Promise<void> {
  const job = await readJob(client, id);
  if (json) printJson(job);
  else printJob(job);
}

export function printJob(job: JobAnswer): void {
  const { progress, error, model } = job;
  print(`${job.kind} ${job.id}: ${job.status}${job.dataset ? `, dataset ${job.dataset.slug}` : ""}`);
  const rate = progress.tokensPerSecond === null ? "" : `, ${count(Math.round(progress.tokensPerSecond))} tokens/s`;
  const eta = progress.etaSeconds === null ? "" : `, ${duration(progress.etaSeconds)} left`;
  print(
    `${progress.phase}, step ${count(progress.step)} of ${count(progress.totalSteps)}${rate}${eta}; attempt ${job.attempts}`,
  );
  if (job.queuePosition !== null) {
    const start = job.estimatedStart === null ? "" : `; it will begin at about ${job.estimatedStart}`;
    print(`Place ${count(job.queuePosition)} in lane ${job.lane}${start}. ${job.queueReason}`);
  }
  if (model) print(`Model ${model.name} (${model.id}), ${count(model.parameterCount)} weights, sha256 ${model.sha256}`);
  for (const warning of job.warnings) print(`Note: ${warning}`);
  if (error) print(`${error.code}${error.step === null ? "" : ` at step ${error.step}`}: ${error.message}`);
}

/** Prints how a job that was followed has ended, as a line of JSON or in words. Refused with status 1: it did not succeed. */
export function printEnd(job: JobAnswer, json: boolean | undefined): void {
  if (json) print(JSON.stringify(job));
  else printJob(job);
  if (job.status !== "SUCCEEDED") throw new Refusal(`The job ended as ${job.status}.`);
}

/** What cancelJob cancelled besides. */
interface CancelledJob extends JobAnswer {
  readonly cancelledWith: readonly { readonly id: string; readonly kind: string }[];
}

/** Cancels a job, and says what was cancelled with it. */
export async function cancelJobById(client: Client, id: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { cancelJob: job } = await client.graphql<{ cancelJob: CancelledJob }>(
    `mutation ($id: ID!) { cancelJob(id: $id) { ${JOB_FIELDS} cancelledWith { id kind } } }`,
    { id },
  );
  if (json) return printJson(job);
  printJob(job);
  for (const { id: other, kind } of job.cancelledWith) print(`Cancelled with it, for it waited: ${kind} ${other}`);
  if (job.cancelledWith.length > 0) print(`accord retry ${id} --with-dependents queues all of them again.`);
}

export interface RetryFlags {
  readonly otherEnvironment?: boolean;
  readonly withDependents?: boolean;
  readonly json?: boolean;
}

/** Puts an ended job back into the queue. */
export async function retryJobById(client: Client, id: string, options: RetryFlags): Promise<void> {
  const { otherEnvironment = false, withDependents = false, json } = options;
  const { retryJob: job } = await client.graphql<{ retryJob: JobAnswer }>(
    `mutation ($id: ID!, $elsewhere: Boolean!, $dependents: Boolean!) {
      retryJob(id: $id, otherEnvironment: $elsewhere, withDependents: $dependents) { ${JOB_FIELDS} }
    }`,
    { id, elsewhere: otherEnvironment, dependents: withDependents },
  );
  if (json) printJson(job);
  else printJob(job);
}

/** Deletes a job that has ended, with its log and checkpoints. */
export async function deleteJobById(client: Client, id: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { deleteJob: deleted } = await client.graphql<{ deleteJob: { deletedId: string } }>(
    "mutation ($id: ID!) { deleteJob(id: $id) { deletedId } }",
    { id },
  );
  if (json) printJson(deleted);
  else print(`Deleted the job ${deleted.deletedId}.`);
}

/** Prints the models that the key may see. */
export async function showModels(client: Client, { json }: { json?: boolean }): Promise<void> {
  interface ModelAnswer {
    readonly id: string;
    readonly name: string;
    readonly stage: string;
    readonly parameterCount: number;
    readonly bytes: number;
    readonly createdAt: string;
  }
  const { models } = await client.graphql<{ models: { nodes: ModelAnswer[] } }>(
    "{ models(first: 200) { nodes { id name stage parameterCount bytes sha256 createdAt } } }",
  );
  if (json) return printJson(models.nodes);
  print(
    table(
      ["model", "name", "stage", "weights", "size", "made"],
      models.nodes.map((m) => [m.id, m.name, m.stage, m.parameterCount, bytes(m.bytes), m.createdAt]),
    ),
  );
}
