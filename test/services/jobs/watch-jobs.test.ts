/** What subscribers of jobUpdated are told: the state they find, each change, and the end. */
import { createClient, type ExecutionResult } from "graphql-ws";
import { WebSocket } from "ws";
import { connectionOf } from "../../../src/entities/database/queryable.js";
import { endHeld } from "../../../src/entities/queries/jobs/job-end.js";
import { type ClaimedJob, claimJob, JOB_CHANNEL } from "../../../src/entities/queries/jobs/job-queue.js";
import { globalId } from "../../../src/services/input/global-id.js";
import { Fixture } from "../../support/fixture.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let dataset: string;

beforeAll(async () => {
  server = await startTestServer();
  dataset = await new Fixture(server.database).dataset("d");
});
afterAll(() => server.close());

async function queuedJob(): Promise<string> {
  const [row] = await server.database.select<{ id: string }>(
    "insert into job (kind, config, dataset_id, dataset_revision, created_by) values ('SFT', '{}', $1, 1, 'k') returning id",
    [dataset],
  );
  return String(row?.id);
}

const claim = async () => (await claimJob(server.database, "TRAINING", "test", "here", 600)) as ClaimedJob;

const end = (job: ClaimedJob) =>
  server.database.transaction(async (manager) => {
    expect(await endHeld(await connectionOf(manager), job, "SUCCEEDED", null)).toBe(true);
  });

type Told = ExecutionResult<{ jobUpdated: { status: string } }>;

/** What a subscriber is told, to the end. */
async function* watch(id: string, key = server.adminKey): AsyncGenerator<string> {
  const client = createClient({
    url: `${server.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const query = "subscription ($id: ID!) { jobUpdated(jobId: $id) { status } }";
  try {
    for await (const told of client.iterate({ query, variables: { id: globalId("Job", id) } })) {
      const { data, errors } = told as Told;
      yield data?.jobUpdated.status ?? String(errors?.[0]?.extensions?.code);
    }
  } finally {
    await client.dispose();
  }
}

async function all(told: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const one of told) list.push(one);
  return list;
}

test("the present state first, then each change, and the end after the job's", async () => {
  const id = await queuedJob();
  const told = watch(id);
  expect((await told.next()).value).toBe("QUEUED");
  const job = await claim();
  expect(job.id).toBe(id);
  expect((await told.next()).value).toBe("RUNNING");
  await end(job);
  expect(await all(told)).toEqual(["SUCCEEDED"]);
});

test("of a job that has ended: its state, and the end at once", async () => {
  const id = await queuedJob();
  await end(await claim());
  expect(await all(watch(id))).toEqual(["SUCCEEDED"]);
});

test("a job that is deleted meanwhile is NOT_FOUND, and the end", async () => {
  const id = await queuedJob();
  const told = watch(id);
  expect((await told.next()).value).toBe("QUEUED");
  await server.database.select("delete from job where id = $1 returning pg_notify($2, id::text)", [id, JOB_CHANNEL]);
  expect(await all(told)).toEqual(["NOT_FOUND"]);
  expect(await all(watch(id))).toEqual(["NOT_FOUND"]);
});

test("a job that is hidden from the key meanwhile is NOT_FOUND, and the end", async () => {
  const id = await queuedJob();
  const key = await server.key("CLIENT", { datasetIds: [dataset] });
  const told = watch(id, key);
  expect((await told.next()).value).toBe("QUEUED");
  await server.database.select("delete from api_key_dataset where dataset_id = $1", [dataset]);
  await server.database.select("select pg_notify($1, $2)", [JOB_CHANNEL, id]);
  expect(await all(told)).toEqual(["NOT_FOUND"]);
});
