/** Where a queued job stands, through the API: lanes, places, reasons, what is cancelled and retried with it. */
import { announceRunner, withdrawRunner } from "../../../src/entities/queries/jobs/job-runners.js";
import { globalId, parseGlobalId } from "../../../src/services/input/global-id.js";
import { importText } from "../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../support/server.js";
import { type StoredModel, storeModel } from "../../support/stored-model.js";
import { demonstrationLines, TINY } from "../../support/training-server.js";
import { numberOf } from "../../support/writing.js";

let server: TestServer;
let datasetId: string;
let model: StoredModel;
const RUNNER = "00000000-0000-4000-8000-000000000001";

beforeAll(async () => {
  server = await startTestServer();
  await importText(server, "d", demonstrationLines());
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
  model = await storeModel(server, { name: "stored", stage: "SFT", datasetId, seed: 3 });
});
beforeEach(async () => {
  await server.database.select("update job set finished_at = now(), status = 'CANCELLED', lease_until = null", []);
  await server.database.select("delete from job_runner", []);
});
afterAll(() => server.close());

async function train(input: Record<string, unknown> = {}): Promise<string> {
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, architecture: input.baseJobId ? undefined : TINY, epochs: 1, ...input } },
  );
  return startSft.id;
}

async function evaluate(): Promise<string> {
  const { runEvaluation } = await server.data<{ runEvaluation: { job: { id: string } } }>(
    "mutation ($input: EvaluationInput!) { runEvaluation(input: $input) { job { id } } }",
    { input: { datasetId, modelId: model.id, metrics: ["LOSS"], split: "VALIDATION" } },
  );
  return runEvaluation.job.id;
}

interface Seen {
  readonly status: string;
  readonly lane: string;
  readonly queuePosition: number | null;
  readonly estimatedStart: string | null;
  readonly queueReason: string | null;
  readonly cancelledWith: readonly { readonly id: string }[];
}
const FIELDS = "status lane queuePosition estimatedStart queueReason cancelledWith { id }";
const see = async (id: string): Promise<Seen> =>
  (await server.data<{ node: Seen }>(`{ node(id: "${id}") { ... on Job { ${FIELDS} } } }`)).node;

/** How many jobs a process of a test runs at once. */
const announce = (TRAINING: number, SHORT: number) =>
  announceRunner(server.database, { id: RUNNER, name: "r", slots: { TRAINING, SHORT } });

/** What a runner would have written. */
const run = (id: string, etaSeconds: number | null) =>
  server.database.select(
    "update job set status = 'RUNNING', lease_until = now() + interval '1 minute', started_at = now(), eta_seconds = $2 where id = $1",
    [numberOf(id), etaSeconds],
  );

test("each lane has places of its own; a retried job goes behind", async () => {
  const [a, b, short] = [await train(), await train(), await evaluate()];
  expect(await see(a)).toMatchObject({ lane: "TRAINING", queuePosition: 1 });
  expect(await see(b)).toMatchObject({ lane: "TRAINING", queuePosition: 2 });
  expect(await see(short)).toMatchObject({ lane: "SHORT", queuePosition: 1 });
  await server.data(`mutation { cancelJob(id: "${a}") { id } }`);
  expect(await see(a)).toMatchObject({ queuePosition: null, estimatedStart: null, queueReason: null });
  await server.data(`mutation { retryJob(id: "${a}") { id } }`);
  expect([(await see(a)).queuePosition, (await see(b)).queuePosition]).toEqual([2, 1]);
  const { jobs } = await server.data<{ jobs: { nodes: { id: string }[] } }>(
    "{ jobs(filter: { lanes: [SHORT], statuses: [QUEUED] }) { nodes { id } } }",
  );
  expect(jobs.nodes).toEqual([{ id: short }]);
});

test("the beginning is told from what runs and how long such jobs took, and why not where it is not", async () => {
  const [running, next, last] = [await train(), await train(), await train()];
  expect(await see(next)).toMatchObject({
    estimatedStart: null,
    queueReason: "No process that is heard of runs jobs of lane TRAINING: start one with JOB_SLOTS of 1 or more.",
  });
  await announce(1, 1);
  await run(running, 600);
  const before = Date.now();
  const told = await see(next);
  expect(told).toMatchObject({
    queuePosition: 1,
    queueReason: "1 job of lane TRAINING runs in 1 slot, and 0 jobs were queued before it.",
  });
  const start = Date.parse(String(told.estimatedStart));
  expect(start).toBeGreaterThanOrEqual(before + 600_000);
  expect(start).toBeLessThanOrEqual(Date.now() + 600_000);
  // How long `next` will take is not known: no SFT has succeeded here.
  expect(await see(last)).toMatchObject({
    estimatedStart: null,
    queueReason:
      "1 job of lane TRAINING runs in 1 slot, and 1 job was queued before it. When it begins is not known: how long what is before it takes is not.",
  });
  // One that took 5 s for each of 10 steps.
  const [{ steps } = { steps: 0 }] = await server.database.select<{ steps: number }>(
    "select total_steps as steps from job where id = $1",
    [numberOf(next)],
  );
  await server.database.select(
    `insert into job (kind, status, config, total_steps, created_by, started_at, finished_at)
      values ('SFT', 'SUCCEEDED', '{}', 10, 'k', now() - interval '50 seconds', now())`,
    [],
  );
  const both = await server.data<Record<"next" | "last", Seen>>(
    `{ next: node(id: "${next}") { ... on Job { ${FIELDS} } } last: node(id: "${last}") { ... on Job { ${FIELDS} } } }`,
  );
  const gap = Date.parse(String(both.last.estimatedStart)) - Date.parse(String(both.next.estimatedStart));
  expect(gap).toBe(5_000 * steps);
  // An evaluation does not wait for any of this.
  const short = await see(await evaluate());
  expect(short.queueReason).toBe("It is about to begin.");
  expect(Math.abs(Date.parse(String(short.estimatedStart)) - Date.now())).toBeLessThan(60_000);
  await withdrawRunner(server.database, RUNNER);
  expect((await see(next)).queueReason).toMatch(/^No process/);
});

test("a job says what it waits for", async () => {
  await announce(1, 1);
  const first = await train();
  const second = await train({ baseJobId: first });
  expect((await see(second)).queueReason).toMatch(new RegExp(`^It waits for the model of the job ${first}\\.`));
  const failing = await train();
  await server.database.select("update job set run_at = now() + interval '1 minute' where id = $1", [
    numberOf(failing),
  ]);
  expect((await see(failing)).queueReason).toMatch(/^Its last attempt failed; it is tried again from 2\S+Z on\.$/);
});

test("cancelJob says what else it cancelled, and withDependents retries all of it or nothing", async () => {
  const first = await train({ name: "chain 1" });
  const second = await train({ baseJobId: first, name: "chain 2" });
  const third = await train({ baseJobId: second, name: "chain 3" });
  const beside = await train({ baseJobId: first, name: "beside" });
  await server.data(`mutation { cancelJob(id: "${beside}") { id } }`);
  const { cancelJob } = await server.data<{ cancelJob: Seen }>(`mutation { cancelJob(id: "${first}") { ${FIELDS} } }`);
  // What was cancelled before by hand is not among them.
  expect(cancelJob).toMatchObject({ status: "CANCELLED", cancelledWith: [{ id: second }, { id: third }] });
  const { auditLog } = await server.data<{ auditLog: { nodes: { after: unknown }[] } }>(
    `{ auditLog(filter: { subject: "${first}", action: "cancelJob" }) { nodes { after } } }`,
  );
  expect(auditLog.nodes).toEqual([{ after: { status: "CANCELLED", cancelledWith: [second, third] } }]);

  // The name of the last one's model is taken meanwhile: nothing is queued.
  const thief = await train({ name: "chain 3" });
  const refused = await server.graphql(`mutation { retryJob(id: "${first}", withDependents: true) { id } }`);
  expect(refused.errors).toMatchObject([
    {
      extensions: { code: "CONFLICT" },
      message: `The job ${third}, which waits for it, cannot be retried: The name "chain 3" of its model is another's by now.`,
    },
  ]);
  expect((await see(first)).status).toBe("CANCELLED");
  await server.data(`mutation { cancelJob(id: "${thief}") { id } }`);
  await server.data(`mutation { retryJob(id: "${first}", withDependents: true) { id } }`);
  const states = [await see(first), await see(second), await see(third), await see(beside)];
  expect(states.map(({ status, queuePosition }) => [status, queuePosition])).toEqual([
    ["QUEUED", 1],
    ["QUEUED", 2],
    ["QUEUED", 3],
    ["CANCELLED", null],
  ]);
  expect((await see(first)).cancelledWith).toEqual([]);
});

test("cancelledWith tells of one ending, withDependents takes whatever is cancelled because of the job, since whenever", async () => {
  const first = await train();
  const second = await train({ baseJobId: first });
  const cancel = async () =>
    (await server.data<{ cancelJob: Seen }>(`mutation { cancelJob(id: "${first}") { ${FIELDS} } }`)).cancelJob;
  expect((await cancel()).cancelledWith).toEqual([{ id: second }]);
  await server.data(`mutation { retryJob(id: "${first}") { id } }`);
  expect((await see(second)).status).toBe("CANCELLED");
  expect((await cancel()).cancelledWith).toEqual([]);
  await server.data(`mutation { retryJob(id: "${first}", withDependents: true) { id } }`);
  expect([(await see(first)).status, (await see(second)).status]).toEqual(["QUEUED", "QUEUED"]);
});

test("a client sees places among all jobs, and of others only those of its datasets", async () => {
  await importText(server, "other", demonstrationLines());
  const other = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "other") { id } }')).dataset.id;
  await train({ datasetId: other });
  const mine = await train();
  const key = await server.key("CLIENT", { datasetIds: [parseGlobalId(datasetId)?.id as string] });
  const { data } = await server.graphql<{ jobs: { nodes: Seen[] } }>(
    `{ jobs(filter: { statuses: [QUEUED] }) { nodes { id queuePosition } } }`,
    {},
    key,
  );
  expect(data?.jobs.nodes).toEqual([{ id: mine, queuePosition: 2 }]);
  expect(globalId("Job", numberOf(mine))).toBe(mine);
});

test("what waits in a dataset that the key may not see is cancelled, retried and named by others alone", async () => {
  await importText(server, "hidden", demonstrationLines());
  const hidden = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "hidden") { id } }')).dataset.id;
  const mine = await train({ name: "mine" });
  const theirs = await train({ datasetId: hidden, baseJobId: mine, name: "theirs" });
  const key = await server.key("CLIENT", { datasetIds: [parseGlobalId(datasetId)?.id as string] });
  const as = (mutation: string) => server.graphql(`mutation { ${mutation} { status cancelledWith { id } } }`, {}, key);
  expect((await as(`cancelJob(id: "${mine}")`)).data).toEqual({
    cancelJob: { status: "CANCELLED", cancelledWith: [] },
  });
  expect((await see(mine)).cancelledWith).toEqual([{ id: theirs }]);
  const { data, errors } = await as(`retryJob(id: "${mine}", withDependents: true)`);
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    {
      extensions: { code: "CONFLICT" },
      message: "A job that waits for it is of a dataset that this key may not see; retry it without its dependents.",
    },
  ]);
  expect([(await see(mine)).status, (await see(theirs)).status]).toEqual(["CANCELLED", "CANCELLED"]);
  expect((await as(`retryJob(id: "${mine}")`)).data).toEqual({ retryJob: { status: "QUEUED", cancelledWith: [] } });
  expect((await see(theirs)).status).toBe("CANCELLED");
});

test("a job is not retried whose text of pretraining was deleted", async () => {
  await importText(server, "corpus", demonstrationLines());
  const corpus = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "corpus") { id } }')).dataset.id;
  const job = await train({ pretrainingMix: 0.5, pretrainingDatasetId: corpus });
  const retry = `mutation { retryJob(id: "${job}") { status } }`;
  await server.data(`mutation { cancelJob(id: "${job}") { id } }`);
  expect(await server.data(retry)).toEqual({ retryJob: { status: "QUEUED" } });
  await server.data(`mutation { cancelJob(id: "${job}") { id } }`);
  await server.data(`mutation { removeDataset(id: "${corpus}", slug: "corpus") { deletedId } }`);
  expect((await server.graphql(retry)).errors).toMatchObject([
    {
      extensions: { code: "CONFLICT" },
      message: "The dataset whose text it learns beside as pretraining was deleted.",
    },
  ]);
});
