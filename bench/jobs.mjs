/**
 * Training jobs: what the API feels of one, how soon a subscriber has a step's points, how fast runners claim, how soon a
 * killed job runs again, and whether the server's memory grows with the number of jobs.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "graphql-ws";
import pg from "pg";
import WebSocket from "ws";
import { Database } from "../dist/entities/database/database.js";
import { claimJob } from "../dist/entities/queries/jobs/job-queue.js";
import { headers, KEY, withAccord } from "./support/accord.mjs";
import { duration, median, mustBe, quantile, short, timed } from "./support/figures.mjs";
import { writePrompts } from "./support/generate.mjs";
import { withLoad } from "./support/load.mjs";
import { withClient, withScratch } from "./support/scratch.mjs";

const CLI = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const STEP_CLOCK = new URL("./support/step-clock.mjs", import.meta.url).href;
const LEASE_MS = 10_000;
/** At most so many times as long may the API take while a job trains. */
const SLOWER = 2;

/** A model as a user would try it: 4 layers, width 128. */
const SMALL = { layers: 4, heads: 4, width: 128, contextLength: 128, tokenizer: "BYTES" };
const TINY = { layers: 1, heads: 2, width: 16, contextLength: 48, tokenizer: "BYTES" };

const PAGE = `query Page($slug: String!) {
  dataset(slug: $slug) { prompts(first: 50) { nodes {
    id text completions { id key text source }
    rankings(first: 2) { nodes { id createdAt labeler { id handle } } }
  } } }
}`;

export async function run(results) {
  await withScratch(async (scratch) => {
    await measureApi(results, scratch);
    await measureDelay(results, scratch);
    await measureClaims(results, scratch);
    await measureReturn(results, scratch);
    await measureMemory(results, scratch);
  });
}

/** Short prompts with demonstrations, as NDJSON, in a file. */
function writeDemonstrations(scratch, prompts) {
  const file = path.join(scratch.folder, "demonstrations.jsonl");
  const lines = Array.from({ length: prompts }, (_, n) =>
    JSON.stringify({
      id: `d-${n}`,
      text: `What comes after ${n}?`,
      split: n % 8 === 0 ? "VALIDATION" : "TRAIN",
      demonstrations: [{ labeler: "w1", text: `After ${n} comes ${n + 1}.` }],
    }),
  );
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

async function withTraining(scratch, work, { env = {}, nodeArgs = [], prompts = 64 } = {}) {
  const database = await scratch.database();
  const settings = { DATA_DIR: path.join(scratch.folder, path.basename(new URL(database).pathname)), ...env };
  await withAccord(
    database,
    async (accord) => {
      await accord.importFile("d", writeDemonstrations(scratch, prompts));
      const { dataset } = await accord.graphql('{ dataset(slug: "d") { id } }');
      const start = async (input) => {
        const { startSft } = await accord.graphql("mutation ($input: SftInput!) { startSft(input: $input) { id } }", {
          input: { datasetId: dataset.id, architecture: TINY, ...input },
        });
        return startSft.id;
      };
      await work({ accord, database, start, settings });
    },
    { env: settings, nodeArgs },
  );
}

const jobOf = async (accord, id) =>
  (
    await accord.graphql(
      "query ($id: ID!) { node(id: $id) { ... on Job { status progress { step totalSteps } model { sha256 } } } }",
      {
        id,
      },
    )
  ).node;

async function until(accord, id, holds) {
  for (;;) {
    const job = await jobOf(accord, id);
    if (holds(job)) return job;
    if (job.status === "FAILED") throw new Error("The job failed.");
    await sleep(20);
  }
}
const hasSucceeded = ({ status }) => status === "SUCCEEDED";

/** The latency of a nested page on one connection, with nothing else to do and while a job trains. */
async function measureApi(results, scratch) {
  await withTraining(scratch, async ({ accord, start }) => {
    const file = path.join(scratch.folder, "prompts.jsonl");
    await writePrompts(file, { prompts: 1000, completions: [4, 4], rankings: 2 });
    await accord.importFile("bench", file);
    const body = JSON.stringify({ query: PAGE, variables: { slug: "bench" } });
    const target = { url: `${accord.url}/graphql`, method: "POST", headers, body };
    await withLoad(async (load) => {
      await load.hammer(target, { connections: 1, requests: 600 });
      const [idle, training] = [[], []];
      for (let round = 0; round < 3; round++) {
        idle.push(await load.hammer(target, { connections: 1, ms: 5000 }));
        const id = await start({ architecture: SMALL, epochs: 100, batchSize: 8, seed: round });
        await until(accord, id, ({ progress }) => progress.step > 2);
        training.push(await load.hammer(target, { connections: 1, ms: 5000 }));
        mustBe("that the job still trained", (await jobOf(accord, id)).status, "RUNNING");
        await accord.graphql("mutation ($id: ID!) { cancelJob(id: $id) { id } }", { id });
        mustBe("the page", training.at(-1).body, idle.at(-1).body);
        await sleep(2000);
      }
      const p99 = (runs) => median(runs.map((each) => each.p99));
      const p50 = (runs) => median(runs.map((each) => each.p50));
      const ratio = p99(training) / p99(idle);
      results.add({
        what: "p99 of a nested page while a job trains",
        command: "jobs",
        figure: duration(p99(training)),
        ratio: `${short(ratio)} times idle's ${duration(p99(idle))} (at most ${SLOWER}); medians ${duration(p50(training))} and ${duration(p50(idle))}`,
        holds: ratio <= SLOWER,
      });
    });
  });
}

/** From the moment the thread has a step's points to the moment a subscriber has them. */
async function measureDelay(results, scratch) {
  const clock = path.join(scratch.folder, "steps");
  writeFileSync(clock, "");
  await withTraining(
    scratch,
    async ({ accord, start }) => {
      const id = await start({ epochs: 60, batchSize: 4 });
      const received = new Map();
      const client = createClient({
        url: `${accord.url.replace("http", "ws")}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${KEY}` },
      });
      const query = "subscription ($id: ID!) { jobMetrics(jobId: $id) { sequence } }";
      for await (const { data } of client.iterate({ query, variables: { id } })) {
        const now = performance.timeOrigin + performance.now();
        for (const { sequence } of data.jobMetrics) received.set(sequence, now);
      }
      await client.dispose();
      const told = readFileSync(clock, "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split(" ").map(Number));
      mustBe(
        "the points received",
        [...received.keys()],
        told.map(([sequence]) => sequence),
      );
      const delays = told.map(([sequence, at]) => received.get(sequence) - at);
      results.add({
        what: "from a step's end to its points at a subscriber",
        command: "jobs",
        figure: `median ${duration(median(delays))}, p99 ${duration(quantile(delays, 0.99))}`,
        ratio: `${short(delays.length)} points of ${short(60 * 14)} steps`,
      });
    },
    { env: { STEP_CLOCK: clock }, nodeArgs: ["--import", STEP_CLOCK] },
  );
}

/** Four runners that claim 2,000 waiting jobs; the twin locks the whole queue. */
async function measureClaims(results, scratch) {
  const url = await scratch.database();
  const JOBS = 2000;
  const fill = (client) =>
    client.query(`truncate job cascade;
      insert into job (kind, config, created_by) select 'SFT', '{}', 'k' from generate_series(1, ${JOBS}); analyze job`);
  const database = await Database.connect(url, 8);
  const speeds = { ours: [], twin: [] };
  await withClient(url, async (client) => {
    for (let round = 0; round < 3; round++) {
      for (const kind of ["ours", "twin"]) {
        await fill(client);
        const { ms, value } = await timed(() =>
          Promise.all(
            Array.from({ length: 4 }, (_, n) => (kind === "ours" ? claimAll(database, n) : claimAllLocking(url, n))),
          ),
        );
        const ids = value.flat();
        mustBe("jobs claimed, each once", [ids.length, new Set(ids).size], [JOBS, JOBS]);
        speeds[kind].push((JOBS / ms) * 1000);
      }
    }
  });
  await database.close();
  const [ours, twin] = [median(speeds.ours), median(speeds.twin)];
  results.add({
    what: "claims with 4 runners",
    command: "jobs",
    figure: `${short(ours)} jobs/s`,
    ratio: `${short(ours / twin)} times the ${short(twin)} jobs/s without SKIP LOCKED`,
  });
}

async function claimAll(database, runner) {
  const ids = [];
  for (
    let job = await claimJob(database, "TRAINING", `r${runner}`, "here", 600);
    job;
    job = await claimJob(database, "TRAINING", `r${runner}`, "here", 600)
  )
    ids.push(job.id);
  return ids;
}

/** The naive twin: each waits until the one before has claimed. */
async function claimAllLocking(url, runner) {
  const client = new pg.Client(url);
  await client.connect();
  const ids = [];
  for (;;) {
    await client.query("begin; lock table job in exclusive mode");
    const { rows } = await client.query(
      `update job set status = 'RUNNING', lease = lease + 1, lease_until = now() + interval '600 s', runner = $1, attempts = attempts + 1
        where id = (select min(id) from job where status = 'QUEUED') returning id`,
      [`r${runner}`],
    );
    await client.query("commit");
    if (rows.length === 0) break;
    ids.push(rows[0].id);
  }
  await client.end();
  return ids;
}

/** From kill -9 of the process that runs a job to the job running again elsewhere. */
async function measureReturn(results, scratch) {
  await withTraining(
    scratch,
    async ({ accord, database, start, settings }) => {
      const env = {
        PATH: process.env.PATH,
        DATABASE_URL: database,
        LOG_LEVEL: "silent",
        ...settings,
        JOB_SLOTS: "1",
        JOB_CHECKPOINT_MS: "500",
      };
      const spawnWorker = () => spawn(process.execPath, [CLI, "worker"], { env, stdio: "ignore" });
      const id = await start({ epochs: 1000, batchSize: 4 });
      const workers = [spawnWorker(), spawnWorker()];
      const times = [];
      try {
        await withClient(database, async (client) => {
          const row = async () =>
            (await client.query("select runner, lease from job where status = 'RUNNING'")).rows[0];
          for (let kill = 0; kill < 5; kill++) {
            await until(accord, id, ({ progress }) => progress.step > 0);
            await sleep(1500 + 300 * kill);
            const { runner, lease } = await row();
            const victim = workers.findIndex(({ pid }) => runner.endsWith(`:${pid}`));
            const begin = performance.now();
            workers[victim].kill("SIGKILL");
            while ((await row())?.lease === lease) await sleep(10);
            times.push(performance.now() - begin);
            workers[victim] = spawnWorker();
          }
        });
        await accord.graphql("mutation ($id: ID!) { cancelJob(id: $id) { id } }", { id });
      } finally {
        for (const worker of workers) worker.kill("SIGKILL");
      }
      const longest = Math.max(...times);
      results.add({
        what: "from kill -9 to the job running again, another process standing by",
        command: "jobs",
        figure: `median ${duration(median(times))}, longest ${duration(longest)}`,
        ratio: `lease ${duration(LEASE_MS)} + 2 s at most; ${times.length} kills`,
        holds: longest <= LEASE_MS + 2000,
      });
    },
    { env: { JOB_SLOTS: "0", JOB_LEASE_MS: String(LEASE_MS) } },
  );
}

/** What the server's process holds after 5 jobs and after 50, collected garbage aside. */
async function measureMemory(results, scratch) {
  await withTraining(scratch, async ({ accord, start }) => {
    const held = () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${accord.pid}/status`, "utf8"))[1]) / 1024;
    const after = new Map();
    const models = new Set();
    for (let n = 1; n <= 200; n++) {
      const id = await start({ architecture: { ...TINY, layers: 2, width: 64 }, epochs: 2, seed: 1 });
      models.add((await until(accord, id, hasSucceeded)).model.sha256);
      after.set(n, held());
    }
    mustBe("different models of 200 equal jobs", models.size, 1);
    const times = (n) => `${short(after.get(n) / after.get(5))} times`;
    results.add({
      what: "memory of the server after 50 jobs",
      command: "jobs",
      figure: `${short(after.get(50))} MB`,
      // What V8 has not collected yet stands in it: it rises and falls.
      ratio: `${times(50)} after 5 jobs, ${short(after.get(5))} MB; after 200 jobs ${times(200)}, at most ${short(Math.max(...after.values()))} MB`,
    });
  });
}
