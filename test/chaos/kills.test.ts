/**
 * A training job whose server, worker and PostgreSQL are killed with -9 at random moments ends with the same bits as one
 * that nothing disturbed; no point of its log is missing or double.
 */
import pg from "pg";
import { globalId } from "../../src/services/input/global-id.js";
import { makeChance, Patient, seed, times } from "../support/chaos.js";
import { LaunchedPostgres } from "../support/launched-postgres.js";
import { ADMIN_KEY, makeDataDirectory, postmasterOf, ServerProcess } from "../support/server-process.js";
import { demonstrationLines, hasEnded, type SeenPoint, seeJob, TINY, untilJob } from "../support/training-server.js";

const KILLS = times(3, 20);
/** Steps of the job: enough to be killed so often. */
const EPOCHS = times(40, 300);

const data = makeDataDirectory();
let postgres: LaunchedPostgres;
let databaseUrl: string;
const processes: Record<"server" | "worker", ServerProcess | null> = { server: null, worker: null };
let serverUrl = "";
const patient = new Patient(() => [serverUrl]);

const ENVIRONMENT = () => ({
  DATABASE_URL: databaseUrl,
  DATA_DIR: data.directory,
  JOB_LEASE_MS: "1000",
  JOB_CHECKPOINT_MS: "150",
  JOB_THREADS: "1",
  LOG_LEVEL: "info",
});

beforeAll(async () => {
  process.stdout.write(`kills: SEED=${seed}\n`);
  postgres = LaunchedPostgres.spawn(data.directory);
  databaseUrl = (await postgres.serving()).url;
  await startServer();
}, 60_000);
afterAll(async () => {
  for (const running of Object.values(processes)) {
    running?.kill("SIGKILL");
    await running?.exited;
  }
  await postgres?.stop();
  data.remove();
}, 60_000);

async function startServer(): Promise<void> {
  processes.server = ServerProcess.spawn(ENVIRONMENT());
  serverUrl = await processes.server.url();
}

async function startJob(): Promise<string> {
  const { dataset } = await patient.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const { startSft } = await patient.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId: dataset.id, architecture: TINY, epochs: EPOCHS, batchSize: 1, seed: 1 } },
  );
  return startSft.id;
}

/** The log of a job, without throughput's values. */
async function logOf(id: string): Promise<SeenPoint[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<SeenPoint & { job: string }>(
      `select job_id as job, sequence, name, step, case when name = 'train/tokens_per_second' then 0 else value end as value
        from metric_point order by job_id, sequence`,
    );
    return rows.flatMap(({ job, ...point }) => (globalId("Job", job) === id ? [point] : []));
  } finally {
    await client.end();
  }
}

/** The process number of PostgreSQL, once it is up. */
async function postmaster(): Promise<number> {
  for (;;) {
    try {
      const pid = postmasterOf(data.directory);
      process.kill(pid, 0);
      return pid;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const VICTIMS = {
  server: async () => {
    processes.server?.kill("SIGKILL");
    await processes.server?.exited;
    await startServer();
  },
  worker: async () => {
    processes.worker?.kill("SIGKILL");
    await processes.worker?.exited;
    processes.worker = ServerProcess.spawnWorker(ENVIRONMENT());
  },
  postgres: async () => {
    const pid = await postmaster();
    process.kill(pid, "SIGKILL");
    // The launcher starts it again; what is asked meanwhile is asked again.
    while ((await postmaster()) === pid) await new Promise((resolve) => setTimeout(resolve, 50));
  },
};

test(`${KILLS} kills -9 of server, worker and PostgreSQL: the same log, samples and model, bit for bit`, async () => {
  const chance = makeChance();
  await fetch(`${serverUrl}/import/d`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
    body: demonstrationLines(),
  });
  const undisturbed = await untilJob(patient, await startJob(), hasEnded, 600_000);
  expect(undisturbed.status).toBe("SUCCEEDED");

  processes.worker = ServerProcess.spawnWorker(ENVIRONMENT());
  const id = await startJob();
  const killed: string[] = [];
  for (let step = -1; killed.length < KILLS; ) {
    const job = await untilJob(
      patient,
      id,
      (seen) => hasEnded(seen) || (seen.checkpoints.at(-1)?.step ?? -1) > step,
      120_000,
    );
    if (hasEnded(job)) break;
    step = job.checkpoints.at(-1)?.step as number;
    await new Promise((resolve) => setTimeout(resolve, chance() * 600));
    const names = Object.keys(VICTIMS) as (keyof typeof VICTIMS)[];
    const victim = names[Math.floor(chance() * names.length)] as keyof typeof VICTIMS;
    await VICTIMS[victim]();
    killed.push(victim);
  }
  process.stdout.write(`kills: ${killed.join(", ")}\n`);
  expect(killed).toHaveLength(KILLS);

  const job = await untilJob(patient, id, hasEnded, 600_000);
  expect(job).toMatchObject({ status: "SUCCEEDED", error: null, inputSha256: undisturbed.inputSha256 });
  expect(job.model?.sha256).toBe(undisturbed.model?.sha256);
  expect(job.samples).toEqual(undisturbed.samples);
  const log = await logOf(id);
  expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1));
  expect(log).toEqual(await logOf(undisturbed.id));
  expect((await seeJob(patient, id)).warnings).toEqual(undisturbed.warnings);
}, 3_600_000);
