/** Trainings and short jobs in slots of their own: seconds never wait for hours, and no bit depends on what runs beside. */
import { threadsOf } from "../../src/jobs/job-runner.js";
import { importText } from "../support/import-over-http.js";
import { storeModel } from "../support/stored-model.js";
import {
  demonstrationLines,
  hasEnded,
  type SeenJob,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

/** Epochs of six steps: seconds of training. */
const LONG = 40;

let server: TrainingServer;
let datasetId: string;
/** What is evaluated, and answers prompts. */
let modelId: string;

beforeAll(async () => {
  server = await startTrainingServer();
  await importText(server, "d", demonstrationLines());
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
  modelId = (await storeModel(server, { name: "stored", stage: "SFT", datasetId, seed: 3 })).id;
});
afterAll(() => server.close());

async function start(mutation: string, type: string, input: Record<string, unknown>): Promise<string> {
  const made = await server.data<Record<string, { id: string }>>(
    `mutation ($input: ${type}!) { made: ${mutation}(input: $input) { ${mutation === "runEvaluation" ? "job { id }" : "id"} } }`,
    { input: { datasetId, ...input } },
  );
  const { id, job } = made.made as { id: string; job?: { id: string } };
  return job?.id ?? id;
}

const train = (input: Record<string, unknown>): Promise<string> =>
  start("startSft", "SftInput", { architecture: TINY, batchSize: 4, seed: 5, ...input });
const evaluate = (): Promise<string> =>
  start("runEvaluation", "EvaluationInput", { modelId, metrics: ["LOSS", "LENGTH"], split: "VALIDATION" });
const generate = (): Promise<string> =>
  start("generate", "GenerateInput", { modelId, samplesPerPrompt: 2, maxPrompts: 5, maxResponseTokens: 4 });

async function figuresOf(id: string): Promise<unknown> {
  const { node } = await server.data<{ node: { evaluation: { results: unknown } } }>(
    `{ node(id: "${id}") { ... on Job { evaluation { results { metric value n } } } } }`,
  );
  return node.evaluation.results;
}

async function timesOf(id: string): Promise<{ started: number; finished: number }> {
  const { node } = await server.data<{ node: { startedAt: string; finishedAt: string } }>(
    `{ node(id: "${id}") { ... on Job { startedAt finishedAt } } }`,
  );
  return { started: Date.parse(node.startedAt), finished: Date.parse(node.finishedAt) };
}

test("evaluations and generations are done while a training runs and another waits; both have the bits they have alone", async () => {
  const runner = await server.runner({ JOB_THREADS: "2" });
  const alone = await untilJob(server, await train({ epochs: LONG, name: "alone" }), hasEnded);
  const figures = await untilJob(server, await evaluate(), hasEnded);
  expect([alone.status, figures.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);

  const [first, second] = [await train({ epochs: LONG, name: "first" }), await train({ epochs: 1, name: "second" })];
  await untilJob(server, first, ({ status, progress }) => status === "RUNNING" && progress.step > 0);
  const short = [await evaluate(), await generate(), await evaluate()];
  const ends: SeenJob[] = [];
  for (const id of short) ends.push(await untilJob(server, id, hasEnded));
  const [one, two] = [await untilJob(server, first, hasEnded), await untilJob(server, second, hasEnded)];
  await runner.stop();

  expect([...ends, one, two].map(({ status }) => status)).toEqual(Array(5).fill("SUCCEEDED"));
  const training = await timesOf(first);
  for (const id of short) {
    const { started, finished } = await timesOf(id);
    expect(started).toBeGreaterThan(training.started);
    expect(finished).toBeLessThan(training.finished);
  }
  // One slot: the second training waited all the while.
  expect((await timesOf(second)).started).toBeGreaterThanOrEqual(training.finished);
  expect(one.model?.sha256).toBe(alone.model?.sha256);
  expect(await figuresOf(short[0]!)).toEqual(await figuresOf(figures.id));
  expect(await figuresOf(short[2]!)).toEqual(await figuresOf(figures.id));
}, 120_000);

test("a process without slots of a lane leaves it alone", async () => {
  const model = await untilJob(server, await train({ epochs: 1, name: "waits" }), () => true);
  const shortOnly = await server.runner({ JOB_SLOTS: "0", SHORT_SLOTS: "1" });
  const done = await untilJob(server, await evaluate(), hasEnded);
  expect(done.status).toBe("SUCCEEDED");
  expect((await untilJob(server, model.id, () => true)).status).toBe("QUEUED");
  await shortOnly.stop();
  const trainOnly = await server.runner({ SHORT_SLOTS: "0" });
  const waiting = await evaluate();
  expect((await untilJob(server, model.id, hasEnded)).status).toBe("SUCCEEDED");
  expect((await untilJob(server, waiting, () => true)).status).toBe("QUEUED");
  await trainOnly.stop();
}, 60_000);

test("four processes share both lanes: each job is done once", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) ids.push(await train({ epochs: 1, name: `many-${i}` }), await evaluate());
  const runners = [];
  for (let i = 0; i < 4; i++) runners.push(await server.runner());
  for (const id of ids) {
    const job = await untilJob(server, id, hasEnded);
    expect(job).toMatchObject({ status: "SUCCEEDED", attempts: 1, error: null });
  }
  for (const runner of runners) await runner.stop();
}, 120_000);

test("a training takes all threads, a short job half of them beside another", () => {
  expect(threadsOf("TRAINING", 7, 0)).toBe(7);
  expect(threadsOf("TRAINING", 7, 3)).toBe(7);
  expect(threadsOf("SHORT", 7, 0)).toBe(7);
  expect(threadsOf("SHORT", 7, 1)).toBe(4);
  expect(threadsOf("SHORT", 1, 2)).toBe(1);
});
