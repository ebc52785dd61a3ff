/**
 * Many subscribers of one running job, some that read slowly and some that leave and come back at random: each ends with
 * the identical full series.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { makeChance, Patient, seed, times } from "../support/chaos.js";
import { ADMIN_KEY, makeDataDirectory, ServerProcess } from "../support/server-process.js";
import { createTestDatabase, type TestDatabase } from "../support/template-database.js";
import { demonstrationLines, hasEnded, TINY, untilJob } from "../support/training-server.js";

const STEADY = times(40, 800);
const SLOW = times(10, 100);
const RETURNING = times(10, 100);
const EPOCHS = times(40, 200);

const data = makeDataDirectory();
let database: TestDatabase;
let server: ServerProcess;
let url = "";
const patient = new Patient(() => [url]);

beforeAll(async () => {
  process.stdout.write(`subscribers: SEED=${seed}\n`);
  database = await createTestDatabase();
  server = ServerProcess.spawn({ DATABASE_URL: database.url, DATA_DIR: data.directory, JOB_THREADS: "1" });
  url = await server.url();
  await fetch(`${url}/import/d`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
    body: demonstrationLines(),
  });
}, 60_000);
afterAll(async () => {
  server.kill("SIGTERM");
  await server.exited;
  await database.drop();
  data.remove();
}, 60_000);

interface Point {
  readonly sequence: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
}

/** Reads what the socket brings a twentieth of the time only, so that it piles up on the server's side. */
function readSlowly(socket: WebSocket): void {
  const timer = setInterval(() => {
    socket.resume();
    setTimeout(() => socket.pause(), 10);
  }, 200);
  socket.once("close", () => clearInterval(timer));
  socket.pause();
}

/** The batches of the job's points after a place, over a WebSocket of its own, until the job ends. */
async function* watch(id: string, after: number, isSlow: boolean): AsyncGenerator<Point[]> {
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
    retryAttempts: 0,
    on: { connected: (socket) => (isSlow ? readSlowly(socket as WebSocket) : undefined) },
  });
  try {
    const query = `subscription ($id: ID!, $after: Int!) {
      jobMetrics(jobId: $id, afterSequence: $after) { sequence name step value } }`;
    for await (const { data: answer, errors } of client.iterate<{ jobMetrics: Point[] }>({
      query,
      variables: { id, after },
    })) {
      if (errors) throw errors[0];
      yield answer?.jobMetrics ?? [];
    }
  } finally {
    await client.dispose();
  }
}

/** The socket was reset, or closed because one of both sides came too late; errors of GraphQL are arrays. */
function isBrokenConnection(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ECONNRESET" || code === "ECONNREFUSED" || code === 1006 || code === 4408;
}

test(`${STEADY + SLOW + RETURNING} subscribers, ${SLOW} slow, ${RETURNING} coming back: each ends with the same full series`, async () => {
  const chance = makeChance();
  const { dataset } = await patient.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const { startSft } = await patient.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId: dataset.id, architecture: TINY, epochs: EPOCHS, batchSize: 4 } },
  );
  const { id } = startSft;

  let brokenOff = 0;
  const seriesOf = async (kind: "steady" | "slow" | "returning"): Promise<Point[]> => {
    const seen: Point[] = [];
    for (;;) {
      let left = kind === "returning" ? 1 + Math.floor(chance() * 30) : Number.POSITIVE_INFINITY;
      try {
        for await (const batch of watch(id, seen.at(-1)?.sequence ?? 0, kind === "slow")) {
          seen.push(...batch);
          left -= 1;
          if (left <= 0) break;
        }
        if (left > 0) return seen;
      } catch (error) {
        // A machine that is short of everything may lose a connection: whoever comes back misses nothing all the same.
        if (!isBrokenConnection(error)) throw error;
        brokenOff++;
      }
      await sleep(chance() * 200);
    }
  };
  const kinds = [
    ...Array<"steady">(STEADY).fill("steady"),
    ...Array<"slow">(SLOW).fill("slow"),
    ...Array<"returning">(RETURNING).fill("returning"),
  ];
  const watching = kinds.map(seriesOf);
  const job = await untilJob(patient, id, hasEnded, 600_000);
  expect(job.status).toBe("SUCCEEDED");
  const [first, ...others] = await Promise.all(watching);
  process.stdout.write(`subscribers: ${brokenOff} connections lost\n`);
  expect(first?.map(({ sequence }) => sequence)).toEqual(first?.map((_, i) => i + 1));
  // Four points a step, and one at each of eleven evaluations.
  expect(first).toHaveLength(4 * 6 * EPOCHS + 11);
  for (const series of others) expect(series).toEqual(first);
}, 3_600_000);
