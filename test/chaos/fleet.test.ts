/**
 * Several processes run many short jobs and are killed at random: each job is done once, by one process at a time; and a
 * process that was stopped for longer than its lease can write nothing when it goes on.
 */
import pg from "pg";
import { globalId } from "../../src/services/input/global-id.js";
import { makeChance, Patient, seed, times } from "../support/chaos.js";
import { ADMIN_KEY, makeDataDirectory, ServerProcess } from "../support/server-process.js";
import { createTestDatabase, type TestDatabase } from "../support/template-database.js";
import { demonstrationLines, hasEnded, type SeenJob, seeJob, TINY, untilJob } from "../support/training-server.js";

const RUNNERS = times(2, 4);
const JOBS = times(10, 200);
const KILLS = times(2, 40);
const LEASE_MS = 1500;

const data = makeDataDirectory();
let database: TestDatabase;
let client: pg.Client;
let server: ServerProcess;
const workers: ServerProcess[] = [];
let serverUrl = "";
const patient = new Patient(() => [serverUrl]);
let datasetId = "";

const environment = (more: Record<string, string> = {}) => ({
  DATABASE_URL: database.url,
  DATA_DIR: data.directory,
  JOB_LEASE_MS: String(LEASE_MS),
  JOB_CHECKPOINT_MS: "150",
  JOB_THREADS: "1",
  LOG_LEVEL: "info",
  ...more,
});

beforeAll(async () => {
  process.stdout.write(`fleet: SEED=${seed}\n`);
  database = await createTestDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  // Which lease each point was written under, as the database saw it.
  await client.query(`
    create table witness (job_id bigint, sequence integer, lease bigint, at timestamptz default clock_timestamp());
    create function bear_witness() returns trigger language plpgsql as $$ begin
      insert into witness (job_id, sequence, lease) select new.job_id, new.sequence, lease from job where id = new.job_id;
      return null;
    end $$;
    create trigger witnessed after insert on metric_point for each row execute function bear_witness();`);
  server = ServerProcess.spawn(environment({ JOB_SLOTS: "0" }));
  serverUrl = await server.url();
  await fetch(`${serverUrl}/import/d`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
    body: demonstrationLines(12, 2),
  });
  datasetId = (await patient.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
}, 60_000);
afterAll(async () => {
  for (const running of [...workers, server]) {
    running.kill("SIGCONT");
    running.kill("SIGKILL");
    await running.exited;
  }
  await client.end();
  await database.drop();
  data.remove();
}, 60_000);

async function startJob(input: object): Promise<string> {
  const { startSft } = await patient.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, architecture: TINY, batchSize: 4, ...input } },
  );
  return startSft.id;
}

/** The leases under which the points of a job were written, in the order of the log. */
async function leasesOf(job: SeenJob): Promise<{ sequence: number; lease: number }[]> {
  const { rows } = await client.query<{ job_id: string; sequence: number; lease: string }>(
    "select job_id, sequence, lease from witness order by sequence, at",
  );
  return rows.flatMap(({ job_id, sequence, lease }) =>
    globalId("Job", job_id) === job.id ? [{ sequence, lease: Number(lease) }] : [],
  );
}

async function expectOneWriterAtATime(job: SeenJob): Promise<void> {
  const written = await leasesOf(job);
  expect(written.map(({ sequence }) => sequence)).toEqual(written.map((_, i) => i + 1));
  const leases = written.map(({ lease }) => lease);
  expect(leases).toEqual([...leases].sort((a, b) => a - b));
}

test("a process stopped for longer than its lease is fenced off when it goes on", async () => {
  const stopped = ServerProcess.spawnWorker(environment());
  workers.push(stopped);
  const id = await startJob({ epochs: 150, seed: 1 });
  await untilJob(patient, id, ({ checkpoints }) => checkpoints.length > 0);
  stopped.kill("SIGSTOP");
  const other = ServerProcess.spawnWorker(environment());
  workers.push(other);
  await other.line(({ msg, attempt }) => msg === "a job begins" && attempt === 1);
  stopped.kill("SIGCONT");
  await stopped.line(({ msg }) => msg === "the lease on a job is lost; its run is given up");
  const job = await untilJob(patient, id, hasEnded);
  expect(job).toMatchObject({ status: "SUCCEEDED", attempts: 1 });
  await expectOneWriterAtATime(job);
  const { rows } = await client.query("select distinct lease from witness order by lease");
  expect(rows).toEqual([{ lease: "1" }, { lease: "2" }]);
  const again = await untilJob(patient, await startJob({ epochs: 150, seed: 1 }), hasEnded);
  expect(again.model?.sha256).toBe(job.model?.sha256);
  for (const running of workers.splice(0)) {
    running.kill("SIGTERM");
    expect((await running.exited).status).toBe(0);
  }
}, 120_000);

test(`${JOBS} jobs, ${RUNNERS} runners and ${KILLS} kills -9: each job is done once, by one runner at a time`, async () => {
  const chance = makeChance();
  const spawn = () => ServerProcess.spawnWorker(environment());
  for (let i = 0; i < RUNNERS; i++) workers.push(spawn());
  const ids: string[] = [];
  for (let i = 0; i < JOBS; i++) ids.push(await startJob({ epochs: 4, seed: i % 5 }));
  const done = async () => {
    const { rows } = await client.query("select count(*)::integer as n from job where status in ('QUEUED', 'RUNNING')");
    return rows[0].n === 0;
  };
  for (let killed = 0; killed < KILLS && !(await done()); killed++) {
    await new Promise((resolve) => setTimeout(resolve, 500 + chance() * 2000));
    const victim = Math.floor(chance() * workers.length);
    workers[victim]?.kill("SIGKILL");
    await workers[victim]?.exited;
    workers[victim] = spawn();
  }
  const models = new Map<number, Set<string>>();
  for (const [i, id] of ids.entries()) {
    const job = await untilJob(patient, id, hasEnded, 600_000);
    expect(job).toMatchObject({ status: "SUCCEEDED", error: null });
    await expectOneWriterAtATime(job);
    models.set(i % 5, (models.get(i % 5) ?? new Set()).add(job.model?.sha256 as string));
  }
  // Equal seeds, equal models, whoever ran them and however often they were cut off.
  expect([...models.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1]);
  const { rows } = await client.query("select count(*)::integer as n from model where job_id is not null");
  expect(rows[0].n).toBe(JOBS + 2);
  expect((await seeJob(patient, ids[0]!)).status).toBe("SUCCEEDED");
}, 3_600_000);
