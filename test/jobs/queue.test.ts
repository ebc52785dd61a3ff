/** The queue as SQL: who gets a job when, what fences whom, what costs an attempt. */
import { Database } from "../../src/entities/database/database.js";
import { connectionOf } from "../../src/entities/database/queryable.js";
import { cancel, endHeld, retry } from "../../src/entities/queries/jobs/job-end.js";
import {
  addCheckpoint,
  appendPoints,
  forgetCheckpoints,
  storedCheckpoints,
} from "../../src/entities/queries/jobs/job-log.js";
import {
  type ClaimedJob,
  claimJob,
  handBack,
  heartbeat,
  isWorkWaiting,
  lostJobs,
  pinInput,
  tellWaiting,
  tryLater,
} from "../../src/entities/queries/jobs/job-queue.js";
import { insertJob, nextJobId } from "../../src/entities/queries/jobs/job-writes.js";
import { globalId } from "../../src/services/input/global-id.js";
import { cancelWaiting } from "../../src/services/jobs/cancel-waiting.js";
import type { JobKind, JobLane } from "../../src/vocabulary.js";
import { JOB_KINDS } from "../../src/vocabulary.js";
import { Fixture } from "../support/fixture.js";
import { createTestDatabase, type TestDatabase } from "../support/template-database.js";

/** In seconds; no whole number. */
const LEASE = 10.5;
const HERE = "this environment";
const SHA = "a".repeat(64);
const PROGRESS = { phase: "training", step: 1, totalSteps: 10, etaSeconds: 9, tokensPerSecond: 100 };

let empty: TestDatabase;
let database: Database;
let dataset: string;

beforeAll(async () => {
  empty = await createTestDatabase();
  database = await Database.connect(empty.url, 8);
  dataset = await new Fixture(database).dataset("d");
});
beforeEach(() => database.select("delete from job", []));
afterAll(async () => {
  await database.close();
  await empty.drop();
});

/** The rule of the column job.lane, told once more. */
const laneOf = (kind: JobKind): JobLane =>
  ["GENERATION", "SCORING", "EVALUATION"].includes(kind) ? "SHORT" : "TRAINING";

const within = <T>(work: (connection: Awaited<ReturnType<typeof connectionOf>>) => Promise<T>): Promise<T> =>
  database.transaction(async (manager) => work(await connectionOf(manager)));

async function add(dependsOn: readonly string[] = [], kind: JobKind = "SFT"): Promise<string> {
  return within(async (connection) => {
    const id = await nextJobId(connection);
    await insertJob(connection, {
      id,
      kind,
      modelName: laneOf(kind) === "SHORT" ? null : `m${id}`,
      config: { a: 1 },
      datasetId: dataset,
      datasetRevision: 1,
      totalSteps: 10,
      createdBy: "k",
      dependsOn: dependsOn.map((jobId) => ({ jobId, role: "base" })),
      models: [],
    });
    return id;
  });
}

const claim = (runner = "r", environment = HERE, lane: JobLane = "TRAINING"): Promise<ClaimedJob | null> =>
  claimJob(database, lane, runner, environment, LEASE);
const claimed = async (runner?: string, environment?: string): Promise<ClaimedJob> => {
  const job = await claim(runner, environment);
  if (!job) throw new Error("There was nothing to claim.");
  return job;
};
const row = async (id: string): Promise<Record<string, unknown>> => {
  const [found] = await database.select<Record<string, unknown>>("select * from job where id = $1", [id]);
  return found as Record<string, unknown>;
};
const lapse = (id: string) =>
  database.select("update job set lease_until = now() - interval '1 second' where id = $1", [id]);
const checkpointAt = (job: ClaimedJob, step: number, kept = 100) =>
  addCheckpoint(database, job, { step, points: step, bytes: "10", sha256: SHA, file: `jobs/${job.id}/${step}` }, kept);

test("the oldest waiting job comes first, and each goes to one runner", async () => {
  const ids = [await add(), await add(), await add()];
  expect(await isWorkWaiting(database, "TRAINING", LEASE)).toBe(true);
  const first = await claimed("one");
  expect(first).toMatchObject({
    id: ids[0],
    kind: "SFT",
    attempts: 1,
    config: { a: 1 },
    datasetRevision: 1,
    lease: "1",
  });
  expect([(await claimed("two")).id, (await claimed("one")).id, await claim("two")]).toEqual([ids[1], ids[2], null]);
  expect(await isWorkWaiting(database, "TRAINING", LEASE)).toBe(false);
});

test("200 jobs and 8 runners at once: each job is claimed once", async () => {
  const ids = new Set<string>();
  for (let i = 0; i < 200; i++) ids.add(await add());
  const runners = Array.from({ length: 8 }, async (_, runner) => {
    const mine: string[] = [];
    for (let job = await claim(`r${runner}`); job; job = await claim(`r${runner}`)) mine.push(job.id);
    return mine;
  });
  const all = (await Promise.all(runners)).flat();
  expect(all).toHaveLength(200);
  expect(new Set(all)).toEqual(ids);
});

test("each lane is a queue of its own: what is short never waits for trainings, nor they for it", async () => {
  const made = new Map<string, JobKind>();
  for (const kind of JOB_KINDS) made.set(await add([], kind), kind);
  for (const [id, kind] of made) expect((await row(id)).lane).toBe(laneOf(kind));
  for (const lane of ["SHORT", "TRAINING"] as const) {
    const kinds: JobKind[] = [];
    expect(await isWorkWaiting(database, lane, LEASE)).toBe(true);
    for (let job = await claim("r", HERE, lane); job; job = await claim("r", HERE, lane)) kinds.push(job.kind);
    expect(kinds).toEqual(JOB_KINDS.filter((kind) => laneOf(kind) === lane));
    expect(await isWorkWaiting(database, lane, LEASE)).toBe(false);
  }
});

test("a retried job goes behind those that wait; one that is handed back or tried again keeps its place", async () => {
  const [first, second, third, fourth] = [await add(), await add(), await add(), await add()];
  await within((connection) => cancel(connection, first));
  await within((connection) => retry(connection, first, false));
  await handBack(database, await claimed());
  const failing = await claimed();
  expect(failing.id).toBe(second);
  await within((connection) => tryLater(connection, failing, 0, { code: "TRAINER_FAILED", message: "x", step: null }));
  expect([(await claimed()).id, (await claimed()).id, (await claimed()).id, (await claimed()).id]).toEqual([
    second,
    third,
    fourth,
    first,
  ]);
});

test("a job waits for those it depends on, and begins when all have succeeded", async () => {
  const first = await add();
  const second = await add();
  const third = await add([first, second]);
  const [a, b] = [await claimed(), await claimed()];
  expect(await claim()).toBeNull();
  await within((connection) => endHeld(connection, a, "SUCCEEDED", null));
  expect(await claim()).toBeNull();
  await within((connection) => endHeld(connection, b, "SUCCEEDED", null));
  expect((await claimed()).id).toBe(third);
});

test("what waits for a job that fails is cancelled with the reason, through any number of steps", async () => {
  const first = await add();
  const second = await add([first]);
  const third = await add([second]);
  const beside = await add();
  const held = await claimed();
  const error = { code: "DIVERGED", message: "The loss is infinite.", step: 7 };
  await within(async (connection) => {
    await endHeld(connection, held, "FAILED", error);
    await cancelWaiting(connection, first, "failed: The loss is infinite.");
  });
  expect(await row(first)).toMatchObject({
    status: "FAILED",
    error_code: "DIVERGED",
    error_step: 7,
    lease_until: null,
  });
  for (const [id, why] of [
    [second, `The job ${globalId("Job", first)}, which it waits for, failed: The loss is infinite.`],
    [third, `The job ${globalId("Job", second)}, which it waits for, was cancelled.`],
  ] as const)
    expect(await row(id)).toMatchObject({ status: "CANCELLED", error_code: "DEPENDENCY_FAILED", error_message: why });
  expect((await row(beside)).status).toBe("QUEUED");
});

test("a heartbeat renews the lease and tells how far it is; after a new claim the first runner can write nothing", async () => {
  const id = await add();
  const stopped = await claimed("stopped");
  expect(await heartbeat(database, stopped, LEASE, PROGRESS)).toBe(true);
  expect(await row(id)).toMatchObject({
    phase: "training",
    step: 1,
    total_steps: 10,
    eta_seconds: 9,
    tokens_per_second: 100,
  });
  expect(await claim()).toBeNull();
  await lapse(id);
  const next = await claimed("next");
  expect(next).toMatchObject({ id, lease: "2" });
  const before = await row(id);
  expect(await heartbeat(database, stopped, LEASE, { ...PROGRESS, step: 9 })).toBe(false);
  expect(await pinInput(database, stopped, "b".repeat(64), {})).toBe(false);
  expect(await appendPoints(database, stopped, [{ sequence: 1, name: "x", step: 1, value: 1, reason: null }])).toBe(
    false,
  );
  expect(await checkpointAt(stopped, 5)).toBeNull();
  expect(await within((connection) => endHeld(connection, stopped, "SUCCEEDED", null))).toBe(false);
  expect(
    await within((connection) => tryLater(connection, stopped, 1, { code: "TRAINER_FAILED", message: "", step: null })),
  ).toBe(false);
  await handBack(database, stopped);
  expect(await row(id)).toEqual(before);
  expect(await database.select("select from metric_point", [])).toEqual([]);
  expect(await storedCheckpoints(database, id)).toEqual([]);
});

test("a job that is put back or taken up tells where it goes on, and no pace of the run before", async () => {
  const id = await add();
  const goesOn = async (step: number) =>
    expect(await row(id)).toMatchObject({ step, eta_seconds: null, tokens_per_second: null });
  let job = await claimed();
  await goesOn(0);
  await heartbeat(database, job, LEASE, { ...PROGRESS, step: 7 });
  await lapse(id);
  job = await claimed();
  await goesOn(0);
  await checkpointAt(job, 5);
  await heartbeat(database, job, LEASE, { ...PROGRESS, step: 8 });
  await handBack(database, job);
  await goesOn(5);
  job = await claimed();
  await heartbeat(database, job, LEASE, { ...PROGRESS, step: 9 });
  const error = { code: "TRAINER_FAILED", message: "x", step: 9 };
  await within((connection) => tryLater(connection, job, 0, error));
  await goesOn(5);
  job = await claimed();
  await heartbeat(database, job, LEASE, { ...PROGRESS, step: 9 });
  await within((connection) => cancel(connection, id));
  expect(await row(id)).toMatchObject({ step: 9 });
  await within((connection) => retry(connection, id, false));
  await goesOn(5);
});

test("a lapsed lease costs an attempt only if no checkpoint was gained since the claim", async () => {
  const id = await add();
  let job = await claimed();
  expect(job.attempts).toBe(1);
  await checkpointAt(job, 3);
  await lapse(id);
  job = await claimed();
  expect(job.attempts).toBe(1);
  await lapse(id);
  job = await claimed();
  expect(job.attempts).toBe(2);
  await checkpointAt(job, 4);
  await lapse(id);
  job = await claimed();
  expect(job.attempts).toBe(2);
  await lapse(id);
  expect((await claimed()).attempts).toBe(3);
  await lapse(id);
  expect(await claim()).toBeNull();
  expect(await lostJobs(database, LEASE)).toEqual([{ id, lease: "5", attempts: 3 }]);
});

test("with all its attempts used, a job that reached a checkpoint is taken up again", async () => {
  const id = await add();
  await claimed();
  for (let i = 0; i < 2; i++) {
    await lapse(id);
    await claimed();
  }
  const [{ lease } = { lease: "" }] = await database.select<{ lease: string }>("select lease from job where id = $1", [
    id,
  ]);
  await checkpointAt({ id, lease } as ClaimedJob, 2);
  await lapse(id);
  expect(await lostJobs(database, LEASE)).toEqual([]);
  expect((await claimed()).attempts).toBe(3);
});

test("handing a job back costs no attempt, and it is claimed at once", async () => {
  await add();
  for (let i = 0; i < 5; i++) {
    const job = await claimed();
    expect(job.attempts).toBe(1);
    await handBack(database, job);
  }
});

test("a failure puts a job back for later, with its error", async () => {
  const id = await add();
  const job = await claimed();
  const error = { code: "TRAINER_FAILED", message: "The trainer broke off.", step: 4 };
  await within((connection) => tryLater(connection, job, 60, error));
  expect(await row(id)).toMatchObject({ status: "QUEUED", error_code: "TRAINER_FAILED", error_step: 4, runner: null });
  expect(await claim()).toBeNull();
  await database.select("update job set run_at = now() where id = $1", [id]);
  expect((await claimed()).attempts).toBe(2);
});

test.each([-1, 1])("the clock set by %i hour: a lease and a wait end all the same", async (hours) => {
  const [running, waiting] = [await add(), await add()];
  await claimed("dead");
  const later = await claimed();
  await within((connection) => tryLater(connection, later, 60, { code: "TRAINER_FAILED", message: "x", step: null }));
  // A clock that goes forward makes every moment of the past older, one that goes back puts it into the future.
  await database.select(
    "update job set lease_until = lease_until - make_interval(hours => $1), run_at = run_at - make_interval(hours => $1)",
    [hours],
  );
  const ids = [(await claimed()).id, (await claimed()).id];
  expect(ids.sort()).toEqual([running, waiting].sort());
});

test("cancelling fences the runner off at once; retrying gives a job all its attempts again", async () => {
  const id = await add();
  const job = await claimed();
  await checkpointAt(job, 3);
  expect(await within((connection) => cancel(connection, id))).toBe(true);
  expect(await row(id)).toMatchObject({ status: "CANCELLED", lease_until: null });
  expect(await heartbeat(database, job, LEASE, PROGRESS)).toBe(false);
  expect(await within((connection) => cancel(connection, id))).toBe(false);
  expect(await claim()).toBeNull();
  expect(await within((connection) => retry(connection, id, false))).toBe(true);
  const again = await claimed();
  expect(again.attempts).toBe(1);
  expect((await storedCheckpoints(database, id)).map(({ step }) => step)).toEqual([3]);
});

test("what was begun in one environment goes on in an equal one only, unless it is told otherwise", async () => {
  const id = await add();
  const job = await claimed();
  await pinInput(database, job, SHA, { fingerprint: HERE });
  await handBack(database, job);
  // Nothing was logged or kept yet: it may begin anywhere.
  const elsewhere = await claimed("r", "another");
  await appendPoints(database, elsewhere, [{ sequence: 1, name: "x", step: 1, value: 1, reason: null }]);
  await pinInput(database, elsewhere, SHA, { fingerprint: "another" });
  await handBack(database, elsewhere);
  expect(await claim("r", HERE)).toBeNull();
  await tellWaiting(database, HERE);
  expect((await row(id)).phase).toBe("waiting for a runner with the environment of this job");
  await within((connection) => cancel(connection, id));
  await within((connection) => retry(connection, id, true));
  expect((await claimed("r", HERE)).environment).toBeNull();
});

test("points keep the place and the value they had first; the log has no gap and no double", async () => {
  const id = await add();
  const job = await claimed();
  const point = (sequence: number, value: number | null) => ({
    sequence,
    name: "train/loss",
    step: sequence,
    value,
    reason: value === null ? "The value is not a number." : null,
  });
  await appendPoints(database, job, [point(1, 1), point(2, null), point(3, 3)]);
  await lapse(id);
  const next = await claimed();
  await appendPoints(database, next, [point(2, 20), point(3, 30), point(4, 40)]);
  const rows = await database.select<{ sequence: number; value: number | null }>(
    "select sequence, value from metric_point where job_id = $1 order by sequence",
    [id],
  );
  expect(rows).toEqual([
    { sequence: 1, value: 1 },
    { sequence: 2, value: null },
    { sequence: 3, value: 3 },
    { sequence: 4, value: 40 },
  ]);
  expect((await row(id)).last_sequence).toBe(4);
});

test("checkpoints: the newest first; one of the same step gives way; forgotten ones name their files", async () => {
  const id = await add();
  const job = await claimed();
  for (const step of [1, 2, 3]) await checkpointAt(job, step);
  await addCheckpoint(database, job, { step: 2, points: 9, bytes: "11", sha256: SHA, file: "other" }, 100);
  const stored = await storedCheckpoints(database, id);
  expect(stored.map(({ step, points, file }) => [step, points, file])).toEqual([
    [3, 3, `jobs/${id}/3`],
    [2, 9, "other"],
    [1, 1, `jobs/${id}/1`],
  ]);
  expect(await forgetCheckpoints(database, job, [stored[1]?.id as string])).toEqual(["other"]);
});

test("a checkpoint that is noted lets the older ones go in the same statement, and none where the lease is lost", async () => {
  const id = await add();
  const job = await claimed();
  const steps = async () => (await storedCheckpoints(database, id)).map(({ step }) => step);
  expect(await checkpointAt(job, 1, 2)).toEqual([]);
  expect(await checkpointAt(job, 2, 2)).toEqual([]);
  expect(await checkpointAt(job, 3, 2)).toEqual([`jobs/${id}/1`]);
  expect(await steps()).toEqual([3, 2]);
  // Of the same step: nothing else goes.
  expect(await checkpointAt(job, 3, 2)).toEqual([]);
  expect((await checkpointAt(job, 4, 1))?.sort()).toEqual([`jobs/${id}/2`, `jobs/${id}/3`]);
  await lapse(id);
  await claimed();
  expect(await checkpointAt(job, 5, 1)).toBeNull();
  expect(await steps()).toEqual([4]);
});
