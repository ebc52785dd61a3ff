/**
 * Whoever deletes a dataset, a job or a model leaves no text and no checkpoint of it on the disk: in the same call, and
 * where a process was killed in between, from the next start on. The database is elsewhere, so that all of DATA_DIR is searched.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { partialName, writerOfPartial } from "../../src/files/atomic-write.js";
import { Patient } from "../support/chaos.js";
import { ADMIN_KEY, makeDataDirectory, ServerProcess, send } from "../support/server-process.js";
import { createTestDatabase, type TestDatabase } from "../support/template-database.js";
import { hasEnded, type SeenJob, TINY, untilJob } from "../support/training-server.js";
import { numberOf } from "../support/writing.js";

/** Stands in every prompt, so in the input of every job. */
const MARKER = "xyzzy-plugh-marker";
const LEASE_MS = 1_000;

const data = makeDataDirectory();
let database: TestDatabase;
let client: pg.Client;
let server: ServerProcess | null = null;
let url = "";
const patient = new Patient(() => [url]);

const start = async (more: Record<string, string> = {}): Promise<void> => {
  server = ServerProcess.spawn({
    DATABASE_URL: database.url,
    DATA_DIR: data.directory,
    JOB_LEASE_MS: String(LEASE_MS),
    JOB_CHECKPOINT_MS: "100",
    JOB_THREADS: "1",
    ...more,
  });
  url = await server.url();
};
const stop = async (signal: NodeJS.Signals): Promise<void> => {
  server?.kill(signal);
  await server?.exited;
  server = null;
};

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.url);
  await client.connect();
}, 60_000);
afterEach(() => stop("SIGKILL"));
afterAll(async () => {
  await client.end();
  await database.drop();
  data.remove();
});

/** What the file system says, or something else where the file or folder has gone since it was listed. */
function unlessGone<T>(ask: () => T, gone: T): T {
  try {
    return ask();
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return gone;
    throw error;
  }
}

/** All files below a folder, by their place below DATA_DIR. */
function filesBelow(folder = data.directory): string[] {
  const names = unlessGone(() => readdirSync(folder), []);
  return names.flatMap((name) => {
    const file = path.join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return filesBelow(file);
    return stat ? [path.relative(data.directory, file)] : [];
  });
}
const withMarker = (): string[] =>
  filesBelow().filter((file) =>
    unlessGone(() => readFileSync(path.join(data.directory, file)).includes(MARKER), false),
  );
const ofJobs = (): string[] => filesBelow().filter((file) => file.startsWith("jobs/"));

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + 60_000; !(await holds()); ) {
    if (performance.now() > end) throw new Error(`Not within a minute: ${what}. ${filesBelow().join(" ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function makeDataset(slug: string): Promise<string> {
  const lines = Array.from({ length: 12 }, (_, n) =>
    JSON.stringify({
      id: `${slug}-${n}`,
      text: `${MARKER} ${n}`,
      author: `${n}`,
      split: n < 10 ? "TRAIN" : "VALIDATION",
      demonstrations: [{ labeler: "w1", text: `${n}` }],
    }),
  );
  await fetch(`${url}/import/${slug}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  const { dataset } = await patient.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`);
  return dataset.id;
}

async function train(datasetId: string, epochs = 1_000): Promise<string> {
  const { startSft } = await patient.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, architecture: TINY, epochs, batchSize: 2 } },
  );
  return startSft.id;
}

async function leaseOf(id: string): Promise<string> {
  const { rows } = await client.query<{ lease: string }>("select lease from job where id = $1", [numberOf(id)]);
  return rows[0]?.lease as string;
}

/** Leaves what a kill -9 in the middle of writing a checkpoint leaves of the job's newest run; returns its place. */
async function leavePartial(id: string): Promise<string> {
  const place = `jobs/${numberOf(id)}/${partialName(await leaseOf(id))}`;
  writeFileSync(path.join(data.directory, place), "the beginning of a checkpoint");
  expect(ofJobs()).toContain(place);
  return place;
}

/** A job with a checkpoint, while it runs. */
const running = (id: string): Promise<SeenJob> =>
  untilJob(patient, id, ({ status, checkpoints }) => status === "RUNNING" && checkpoints.length > 0);

const removeDataset = (id: string, slug: string) =>
  patient.data(`mutation { removeDataset(id: "${id}", slug: "${slug}") { deletedId } }`);

test("a cancelled job keeps one checkpoint and no text; with its dataset that goes, too, in the same call", async () => {
  await start();
  const datasetId = await makeDataset("cancelled");
  const id = await train(datasetId);
  await untilJob(patient, id, ({ checkpoints }) => checkpoints.length === 2);
  expect(withMarker()).toHaveLength(1);
  await patient.data(`mutation { cancelJob(id: "${id}") { id } }`);
  await until(() => ofJobs().length === 1, "one checkpoint is left");
  expect((await untilJob(patient, id, hasEnded)).checkpoints).toHaveLength(1);
  expect(withMarker()).toEqual([]);
  expect(await removeDataset(datasetId, "cancelled")).toEqual({ removeDataset: { deletedId: datasetId } });
  expect(ofJobs()).toEqual([]);
  expect((await untilJob(patient, id, hasEnded)).checkpoints).toEqual([]);
  const { rows } = await client.query("select * from file_removal");
  expect(rows).toEqual([]);
}, 120_000);

test("after a kill -9 in the middle of a job its text and what was never whole go with the dataset, in the same call", async () => {
  await start();
  const datasetId = await makeDataset("killed");
  const id = await train(datasetId);
  await running(id);
  // The file system tells all names, also those that are there for a moment.
  const partials = new Set<string>();
  const watcher = watch(path.join(data.directory, "jobs", numberOf(id)), (_, name) => {
    if (name?.endsWith(".partial")) partials.add(name);
  });
  await until(() => partials.size > 0, "a checkpoint is written");
  watcher.close();
  await stop("SIGKILL");
  for (const name of partials) expect(writerOfPartial(name)).toBe(await leaseOf(id));
  expect(withMarker()).toHaveLength(1);
  await leavePartial(id);
  // A server that runs no jobs: nothing but the deletion removes anything.
  await start({ JOB_SLOTS: "0" });
  await patient.data(`mutation { cancelJob(id: "${id}") { id } }`);
  await removeDataset(datasetId, "killed");
  expect(withMarker()).toEqual([]);
  expect(ofJobs()).toEqual([]);
}, 120_000);

test("after a kill -9 in the middle of a job the killed run's input and what was never whole go when it is run again, or, once cancelled, at a start", async () => {
  await start();
  const datasetId = await makeDataset("again");
  const id = await train(datasetId);
  await running(id);
  await stop("SIGKILL");
  const [killed] = withMarker();
  const partial = await leavePartial(id);
  await start();
  await until(
    () => withMarker().length > 0 && !withMarker().includes(killed as string),
    "only the new run's input is there",
  );
  expect(ofJobs()).not.toContain(partial);
  await stop("SIGKILL");
  await leavePartial(id);
  await start({ JOB_SLOTS: "0" });
  await patient.data(`mutation { cancelJob(id: "${id}") { id } }`);
  expect(withMarker()).toHaveLength(1);
  await stop("SIGTERM");
  await start();
  // Its checkpoint is still there, to go on from.
  await until(() => ofJobs().length === 1, "a start removes all of a cancelled job but one checkpoint");
  expect(ofJobs()[0]).toMatch(/\/\d+-\d+-[0-9a-f]{64}\.safetensors$/);
  await removeDataset(datasetId, "again");
  expect(ofJobs()).toEqual([]);
}, 120_000);

test("a kill -9 between the commit and the removal of files: the next start removes them", async () => {
  await start();
  const datasetId = await makeDataset("between");
  const id = await train(datasetId, 1);
  const job = await untilJob(patient, id, hasEnded);
  const folder = path.join(data.directory, "jobs", numberOf(id));
  mkdirSync(folder, { recursive: true });
  // So many that their removal takes long enough to be interrupted.
  for (let i = 0; i < 40_000; i++) writeFileSync(path.join(folder, `input-${i + 1_000_000}.ndjson`), MARKER);
  const deleting = send(url, `mutation { removeDataset(id: "${datasetId}", slug: "between") { deletedId } }`).catch(
    () => null,
  );
  await until(async () => {
    const { rows } = await client.query("select from dataset where slug = 'between'");
    return rows.length === 0;
  }, "the deletion is committed");
  await stop("SIGKILL");
  await deleting;
  expect(readdirSync(folder).length).toBeGreaterThan(0);
  expect((await client.query("select place from file_removal")).rows).toEqual([{ place: `jobs/${numberOf(id)}` }]);
  await start();
  await until(async () => (await client.query("select from file_removal")).rows.length === 0, "the start has swept");
  expect(withMarker()).toEqual([]);
  expect(ofJobs()).toEqual([]);
  // The model is no part of the dataset.
  expect(filesBelow()).toContain(`models/${job.model?.sha256}.safetensors`);
}, 180_000);

test("deleteJob: refused while it is queued, runs, has a model, or is waited for; then nothing of it is left", async () => {
  await start();
  const datasetId = await makeDataset("jobs");
  const deleteJob = (id: string) =>
    send<{ deleteJob: unknown }>(url, `mutation { deleteJob(id: "${id}") { deletedId } }`);
  const refusal = async (id: string) => {
    const { errors } = await deleteJob(id);
    return `${errors?.[0]?.extensions.code}: ${errors?.[0]?.message}`;
  };
  const id = await train(datasetId);
  const next = await train(datasetId, 1);
  await running(id);
  expect(await refusal(id)).toBe("CONFLICT: The job is RUNNING; cancel it first.");
  expect(await refusal(next)).toBe("CONFLICT: The job is QUEUED; cancel it first.");
  const { startSft } = await patient.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, baseJobId: id, epochs: 1 } },
  );
  await patient.data(`mutation { cancelJob(id: "${id}") { id } }`);
  expect(await refusal(id)).toBe(
    `CONFLICT: The job ${startSft.id} takes its model and has not succeeded; delete that one first.`,
  );
  await leavePartial(id);
  for (const one of [startSft.id, id]) {
    expect((await deleteJob(one)).data).toEqual({ deleteJob: { deletedId: one } });
    expect(await refusal(one)).toMatch(/^NOT_FOUND: /);
  }
  // The thread of the cancelled run stops within a second, and leaves nothing either.
  const made = await untilJob(patient, next, hasEnded);
  expect(readdirSync(path.join(data.directory, "jobs")).filter((name) => name === numberOf(id))).toEqual([]);
  expect(await refusal(next)).toBe(
    `CONFLICT: The job made the model ${JSON.stringify(made.model?.name)}, which is known by its settings; delete the model first.`,
  );
  const modelId = made.model?.id as string;
  expect(await patient.data(`mutation { removeModel(id: "${modelId}") { deletedId } }`)).toEqual({
    removeModel: { deletedId: modelId },
  });
  expect((await deleteJob(next)).data).toEqual({ deleteJob: { deletedId: next } });
  expect(filesBelow().filter((file) => !file.startsWith("models/"))).toEqual([]);
  const tables = ["metric_point", "job_sample", "checkpoint", "job_dependency"];
  for (const table of tables) {
    const { rows } = await client.query(
      `select count(*)::integer as n from ${table} where job_id = any($1::bigint[])`,
      [[id, next, startSft.id].map(numberOf)],
    );
    expect([table, rows[0].n]).toEqual([table, 0]);
  }
}, 120_000);
