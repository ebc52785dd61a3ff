/** The metric log as subscribers see it: over WebSockets and server-sent events, past and live, slow and coming back. */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { connectionOf } from "../../../src/entities/database/queryable.js";
import { endHeld } from "../../../src/entities/queries/jobs/job-end.js";
import { appendPoints, type NewPoint } from "../../../src/entities/queries/jobs/job-log.js";
import { type ClaimedJob, claimJob } from "../../../src/entities/queries/jobs/job-queue.js";
import { KEPT_POINTS, MetricFeed } from "../../../src/services/feeds/metric-feed.js";
import { globalId, parseGlobalId } from "../../../src/services/input/global-id.js";
import { Fixture } from "../../support/fixture.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let dataset: string;

beforeAll(async () => {
  server = await startTestServer();
  dataset = await new Fixture(server.database).dataset("d");
});
afterAll(() => server.close());

const NAMES = ["train/loss", "train/learning_rate", "eval/loss"];
const point = (sequence: number): NewPoint => {
  const value = sequence % 50 === 0 ? null : sequence / 8;
  const reason = value === null ? "The value is not a number." : null;
  return { sequence, name: NAMES[sequence % 3]!, step: Math.floor(sequence / 3), value, reason };
};

/** A job that this test runs itself: it logs what it is told to. */
async function runningJob(): Promise<{
  id: string;
  log: (from: number, to: number) => Promise<void>;
  end: () => Promise<void>;
}> {
  const { database } = server;
  await database.select(
    "insert into job (kind, config, dataset_id, dataset_revision, created_by) values ('SFT', '{}', $1, 1, 'k')",
    [dataset],
  );
  const job = (await claimJob(database, "TRAINING", "test", "here", 600)) as ClaimedJob;
  return {
    id: globalId("Job", job.id),
    log: async (from, to) => {
      const points = Array.from({ length: to - from + 1 }, (_, i) => point(from + i));
      expect(await appendPoints(database, job, points)).toBe(true);
    },
    end: () =>
      database.transaction(async (manager) => {
        expect(await endHeld(await connectionOf(manager), job, "SUCCEEDED", null)).toBe(true);
      }),
  };
}

const QUERY = `subscription ($id: ID!, $names: [String!], $after: Int!) {
  jobMetrics(jobId: $id, names: $names, afterSequence: $after) { sequence name step value reason at }
}`;
type Point = NewPoint & { at: string };

/** The batches of a subscription over a WebSocket, to its end. */
async function* watch(variables: { id: string; after?: number; names?: string[] }): AsyncGenerator<Point[]> {
  const client = createClient({
    url: `${server.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${server.adminKey}` },
    retryAttempts: 0,
  });
  try {
    for await (const { data, errors } of client.iterate<{ jobMetrics: Point[] }>({
      query: QUERY,
      variables: { after: 0, ...variables },
    })) {
      if (errors) throw errors[0];
      yield data?.jobMetrics ?? [];
    }
  } finally {
    await client.dispose();
  }
}

const sequences = (points: readonly Point[]) => points.map(({ sequence }) => sequence);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function all(batches: AsyncIterable<Point[]>): Promise<Point[]> {
  const points: Point[] = [];
  for await (const batch of batches) points.push(...batch);
  return points;
}

test("first the past, then each point as it comes, and the end when the job ends", async () => {
  const job = await runningJob();
  await job.log(1, 5000);
  const watching = all(watch({ id: job.id }));
  for (let n = 5001; n <= 5020; n++) {
    await job.log(n, n);
    await sleep(2);
  }
  await job.end();
  const points = await watching;
  expect(sequences(points)).toEqual(upTo(5020));
  for (const { at, ...seen } of points) {
    expect(seen).toEqual(point(seen.sequence));
    expect(at).toMatch(/Z$/);
  }
  expect(sequences(await all(watch({ id: job.id, after: 5015 })))).toEqual([5016, 5017, 5018, 5019, 5020]);
  expect(await all(watch({ id: job.id, after: 5020 }))).toEqual([]);
  const some = await all(watch({ id: job.id, names: ["eval/loss"] }));
  expect(sequences(some)).toEqual(upTo(5020).filter((n) => NAMES[n % 3] === "eval/loss"));
});

test("a place that no point has yet, and metrics that do not exist, are refused", async () => {
  const job = await runningJob();
  await job.log(1, 3);
  await expect(all(watch({ id: job.id, after: 4 }))).rejects.toMatchObject({
    message: "afterSequence is 4; it must be 0 to 3, the last point that the job has logged.",
    extensions: { code: "BAD_USER_INPUT", field: "afterSequence" },
  });
  await expect(all(watch({ id: job.id, after: -1 }))).rejects.toMatchObject({ extensions: { field: "afterSequence" } });
  await expect(all(watch({ id: job.id, names: ["loss"] }))).rejects.toMatchObject({
    message: expect.stringMatching(/^names.0 is "loss"; it must be one of train\/loss, /),
    extensions: { code: "BAD_USER_INPUT", field: "names.0" },
  });
  await expect(all(watch({ id: globalId("Job", "999999") }))).rejects.toMatchObject({
    extensions: { code: "NOT_FOUND", field: "jobId" },
  });
  await job.end();
});

test("over server-sent events it is the same", async () => {
  const job = await runningJob();
  await job.log(1, 100);
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${server.adminKey}`,
      "content-type": "application/json",
      accept: "text/event-stream",
    },
    body: JSON.stringify({ query: QUERY, variables: { id: job.id, after: 40 } }),
  });
  await job.log(101, 120);
  await job.end();
  const text = await response.text();
  const points = [...text.matchAll(/^data: (.+)$/gm)].flatMap(
    ([, data]) => (JSON.parse(data as string) as { data: { jobMetrics: Point[] } }).data.jobMetrics,
  );
  expect(sequences(points)).toEqual(upTo(120).slice(40));
  expect(text.endsWith("event: complete\ndata:\n\n")).toBe(true);
});

test("a subscription ends when its key is revoked", async () => {
  const job = await runningJob();
  await job.log(1, 10);
  const key = await server.key("CLIENT", { datasetIds: [dataset] });
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: QUERY, variables: { id: job.id, after: 0 } }),
  });
  const { apiKeys } = await server.data<{ apiKeys: { nodes: { id: string; role: string }[] } }>(
    "{ apiKeys { nodes { id role } } }",
  );
  await server.data("mutation ($id: ID!) { revokeApiKey(id: $id) { id } }", {
    id: apiKeys.nodes.find(({ role }) => role === "CLIENT")?.id,
  });
  const text = await response.text();
  expect(text).toContain('"code":"UNAUTHENTICATED"');
  await job.log(11, 12);
  await job.end();
});

test("Job.metrics: whole where it fits, else thinned so that peaks, gaps and both ends stay", async () => {
  const job = await runningJob();
  const { database } = server;
  await job.log(1, 9000);
  await database.select("update metric_point set value = 1e6 where sequence in (4001, 4002, 4003)", []);
  const read = async (args: string) => {
    type Series = {
      name: string;
      unit: string;
      points: { sequence: number; step: number; value: number | null; reason: string | null }[];
    };
    const { node } = await server.data<{ node: { metrics: Series[] } }>(
      `query ($id: ID!) { node(id: $id) { ... on Job { metrics${args} { name unit points { sequence step value reason } } } } }`,
      { id: job.id },
    );
    return node.metrics;
  };
  const whole = await read("(maxPoints: 100000)");
  expect(whole.map(({ name, unit, points }) => [name, unit, points.length])).toEqual([
    ["eval/loss", "nats", 3000],
    ["train/learning_rate", "1", 3000],
    ["train/loss", "nats", 3000],
  ]);
  const [thin] = await read('(names: ["train/loss"], maxPoints: 60)');
  const [full] = await read('(names: ["train/loss"], maxPoints: 3000)');
  const points = thin?.points ?? [];
  expect(points.length).toBeLessThanOrEqual(60);
  expect(points.length).toBeGreaterThan(30);
  const inFull = new Map(full?.points.map((p) => [p.sequence, p]));
  for (const p of points) expect(inFull.get(p.sequence)).toEqual(p);
  expect([points[0]?.sequence, points.at(-1)?.sequence]).toEqual([3, 9000]);
  const values = (list: typeof points) => list.flatMap(({ value }) => (value === null ? [] : [value]));
  expect(Math.max(...values(points))).toBe(Math.max(...values(full?.points ?? [])));
  expect(Math.min(...values(points))).toBe(Math.min(...values(full?.points ?? [])));
  expect(points.some(({ value, reason }) => value === null && reason === "The value is not a number.")).toBe(true);
  expect((await read('(names: ["train/loss"], fromStep: 2999)'))[0]?.points.map(({ sequence }) => sequence)).toEqual([
    8997, 9000,
  ]);
  for (const [args, field] of [
    ["(maxPoints: 9)", "maxPoints"],
    ["(maxPoints: 100001)", "maxPoints"],
    ["(fromStep: -1)", "fromStep"],
    ['(names: ["loss"])', "names.0"],
  ]) {
    const answer = await server.graphql(
      `query ($id: ID!) { node(id: $id) { ... on Job { metrics${args} { name } } } }`,
      { id: job.id },
    );
    expect(answer.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field } }]);
  }
  await job.end();
});

test("a job that is deleted meanwhile ends its subscriptions, also of who has not read all of it", async () => {
  const job = await runningJob();
  await job.log(1, 30);
  const remove = async () => {
    await server.data(`mutation { cancelJob(id: "${job.id}") { id } }`);
    await server.data(`mutation { deleteJob(id: "${job.id}") { deletedId } }`);
  };
  const feed = new MetricFeed(server.database, server.notifications).watch(parseGlobalId(job.id)?.id as string);
  expect((await feed.after(30)).points).toEqual([]);
  const seen: number[] = [];
  for await (const batch of watch({ id: job.id })) {
    seen.push(...sequences(batch));
    if (seen.length === 30) await remove();
  }
  expect(seen).toHaveLength(30);
  await feed.look();
  // It was at the tenth point: the twenty after it are gone.
  expect(await feed.after(10)).toEqual({ points: [], hasEnded: true });
  feed.release();
});

test("10,000 points of a watched job are kept, however many come at once, and all can be read", async () => {
  const job = await runningJob();
  const watched = new MetricFeed(server.database, server.notifications).watch(parseGlobalId(job.id)?.id as string);
  await watched.look();
  for (let from = 1; from <= 25_000; from += 5000) await job.log(from, from + 4999);
  await watched.look();
  expect(watched.kept).toBe(KEPT_POINTS);
  const seen: number[] = [];
  for (;;) {
    const { points } = await watched.after(seen.length);
    if (points.length === 0) break;
    seen.push(...points.map(({ sequence }) => sequence));
  }
  expect(seen).toEqual(Array.from({ length: 25_000 }, (_, i) => i + 1));
  expect(watched.kept).toBe(KEPT_POINTS);
  watched.release();
  await job.end();
});
