import pino from "pino";
import { readConfig } from "../../src/config/config.js";
import { Database } from "../../src/entities/database/database.js";
import type { DataDirectory } from "../../src/files/data-directory.js";
import { JobRunner } from "../../src/jobs/job-runner.js";
import { Notifications } from "../../src/services/feeds/notifications.js";
import { startTestServer, type TestServer } from "./server.js";

/** The smallest architecture that still learns: a step takes a few milliseconds. */
export const TINY = { layers: 1, heads: 2, width: 16, contextLength: 48, tokenizer: "BYTES" };

/** A dataset of short prompts with demonstrations, and a few for VALIDATION, as NDJSON. */
export function demonstrationLines(train = 24, validation = 4): string {
  const colours = ["red", "green", "blue", "white", "black", "brown"];
  const line = (n: number, split: string) =>
    JSON.stringify({
      id: `${split}-${n}`,
      text: `Say ${colours[n % colours.length]} ${n}.`,
      author: `author-${split}-${n}`,
      split,
      demonstrations: [{ labeler: "w1", text: `${colours[n % colours.length]}!` }],
    });
  const lines = (count: number, split: string) => Array.from({ length: count }, (_, n) => line(n, split));
  return `${[...lines(train, "TRAIN"), ...lines(validation, "VALIDATION")].join("\n")}\n`;
}

/** A server and the means to run its jobs in this process, over a database of their own. */
export interface TrainingServer extends TestServer {
  /** A runner of the server's jobs; stop it, or let close() do so. environment: settings other than the defaults. */
  runner(environment?: Record<string, string>): Promise<RunningRunner>;
}

interface RunningRunner {
  readonly stop: (ms?: number) => Promise<void>;
}

/** Settings of runners in tests: short leases, and checkpoints often. */
const QUICK = { JOB_LEASE_MS: "2000", JOB_CHECKPOINT_MS: "100", JOB_THREADS: "1", LOG_LEVEL: "silent" };

/** Starts a server that runs no jobs by itself. */
export async function startTrainingServer(
  environment: Record<string, string> = {},
  parts: { readonly directory?: DataDirectory } = {},
): Promise<TrainingServer> {
  const server = await startTestServer(environment, parts);
  const stops = new Set<(ms?: number) => Promise<void>>();
  const runner: TrainingServer["runner"] = async (more = {}) => {
    const config = readConfig({ ...QUICK, ...environment, ...more });
    const log = pino({ level: config.LOG_LEVEL });
    const database = await Database.connect(server.databaseUrl, 6);
    const notifications = new Notifications(server.databaseUrl, log);
    await notifications.start();
    const jobs = new JobRunner({ config, database, notifications, directory: server.directory, log });
    jobs.start();
    const stop = async (ms = 5_000) => {
      if (!stops.delete(stop)) return;
      await jobs.stop(ms);
      await notifications.stop();
      await database.close();
    };
    stops.add(stop);
    return { stop };
  };
  return {
    ...server,
    runner,
    async close() {
      for (const stop of stops) await stop();
      await server.close();
    },
  };
}

/** A job as the tests look at it. */
export interface SeenJob {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly attempts: number;
  readonly config: Record<string, unknown>;
  readonly datasetRevision: number;
  readonly inputSha256: string | null;
  readonly environment: Record<string, unknown> | null;
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string; readonly step: number | null } | null;
  readonly progress: {
    readonly phase: string;
    readonly step: number;
    readonly totalSteps: number;
    readonly fraction: number;
  };
  readonly checkpoints: readonly { readonly step: number; readonly bytes: number; readonly sha256: string }[];
  readonly samples: readonly {
    readonly step: number;
    readonly text: string;
    readonly prompt: { readonly externalId: string };
  }[];
  readonly dependsOn: readonly { readonly id: string }[];
  readonly model: {
    readonly id: string;
    readonly name: string;
    readonly stage: string;
    readonly sha256: string;
    readonly parameterCount: number;
    readonly architecture: Record<string, unknown>;
    readonly parents: readonly { readonly id: string; readonly name: string }[];
  } | null;
}

const JOB = `id kind status attempts config datasetRevision inputSha256 environment warnings error { code message step }
  progress { phase step totalSteps fraction } checkpoints { step bytes sha256 } samples { step text prompt { externalId } }
  dependsOn { id } model { id name stage sha256 parameterCount architecture parents { id name } }`;

type Asks = Pick<TestServer, "data">;

/** A job by its id. */
export async function seeJob({ data }: Asks, id: string): Promise<SeenJob> {
  return (await data<{ node: SeenJob }>(`query ($id: ID!) { node(id: $id) { ... on Job { ${JOB} } } }`, { id })).node;
}

/** A job once it is as a condition wants it; an error with the job after so many milliseconds. */
export async function untilJob(
  server: Asks,
  id: string,
  holds: (job: SeenJob) => boolean,
  ms = 60_000,
): Promise<SeenJob> {
  for (const end = performance.now() + ms; ; ) {
    const job = await seeJob(server, id);
    if (holds(job)) return job;
    if (performance.now() > end) throw new Error(`The job is not as expected after ${ms} ms: ${JSON.stringify(job)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export const hasEnded = ({ status }: SeenJob): boolean => !["QUEUED", "RUNNING"].includes(status);

/** A point of a job's log as the tests compare it: throughput alone differs between equal runs. */
export interface SeenPoint {
  readonly sequence: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
}

/** The whole log of a job, straight from the table, without throughput's values. */
export async function logOf({ database }: Pick<TestServer, "database">, jobNumber: string): Promise<SeenPoint[]> {
  return database.select<SeenPoint>(
    `select sequence, name, step, case when name = 'train/tokens_per_second' then 0 else value end as value
      from metric_point where job_id = $1 order by sequence`,
    [jobNumber],
  );
}
