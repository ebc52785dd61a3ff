/** What keeps a job from its end, and what brings it there all the same: a real runner, real threads, real files. */
import { mkdirSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseGlobalId } from "../../src/services/input/global-id.js";
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  logOf,
  type SeenJob,
  seeJob,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

let server: TrainingServer;
let datasetId: string;
/** A job of LONG that nothing disturbed: what all others must come to. */
let undisturbed: SeenJob;

/** 180 steps. */
const LONG = { epochs: 30, batchSize: 4, seed: 5 };

beforeAll(async () => {
  server = await startTrainingServer();
  await importText(server, "d", demonstrationLines());
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
  const id = await startSft(LONG);
  const runner = await server.runner();
  undisturbed = await untilJob(server, id, hasEnded);
  await runner.stop();
  expect(undisturbed.status).toBe("SUCCEEDED");
}, 60_000);
afterAll(() => server.close());

const numberOf = (id: string): string => parseGlobalId(id)?.id as string;

async function startSft(input: Record<string, unknown>): Promise<string> {
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, ...("baseModelId" in input ? {} : { architecture: TINY }), ...input } },
  );
  return startSft.id;
}

const cancel = (id: string) => server.data(`mutation { cancelJob(id: "${id}") { id } }`);
const retry = (id: string) => server.data(`mutation { retryJob(id: "${id}") { id } }`);
const isAt =
  (step: number) =>
  ({ checkpoints }: SeenJob): boolean =>
    (checkpoints.at(-1)?.step ?? 0) >= step;
const folderOf = (id: string): string => server.directory.job(numberOf(id));
const checkpointFiles = (id: string): string[] =>
  readdirSync(folderOf(id)).filter((name) => name.endsWith(".safetensors"));

async function expectSameAsUndisturbed(id: string): Promise<void> {
  const job = await untilJob(server, id, hasEnded);
  expect(job).toMatchObject({ status: "SUCCEEDED", error: null, inputSha256: undisturbed.inputSha256 });
  expect(job.model?.sha256).toBe(undisturbed.model?.sha256);
  expect(job.samples).toEqual(undisturbed.samples);
  expect(await logOf(server, numberOf(id))).toEqual(await logOf(server, numberOf(undisturbed.id)));
}

test("checkpoints are pruned to two while it runs and one at the end; only whole files lie in its folder", async () => {
  const id = await startSft(LONG);
  const runner = await server.runner();
  await untilJob(server, id, isAt(40));
  expect((await seeJob(server, id)).checkpoints.length).toBeLessThanOrEqual(2);
  const job = await untilJob(server, id, hasEnded);
  await runner.stop();
  expect(job.checkpoints).toHaveLength(1);
  expect(readdirSync(folderOf(id))).toEqual([expect.stringContaining(job.checkpoints[0]?.sha256 as string)]);
  await expectSameAsUndisturbed(id);
});

test("a runner that stops makes a checkpoint and hands its job back at no cost; the next one goes on to the same bits", async () => {
  const id = await startSft(LONG);
  let runner = await server.runner({ JOB_CHECKPOINT_MS: "3600000" });
  for (const step of [40, 110]) {
    await untilJob(server, id, ({ progress }) => progress.step >= step);
    await runner.stop();
    const handedBack = await seeJob(server, id);
    expect(handedBack).toMatchObject({ status: "QUEUED", attempts: 0, progress: { phase: "waiting" } });
    expect(handedBack.checkpoints.at(-1)?.step).toBeGreaterThanOrEqual(step);
    runner = await server.runner({ JOB_CHECKPOINT_MS: "3600000" });
  }
  await expectSameAsUndisturbed(id);
  await runner.stop();
});

test("a job that waits or runs is cancelled at once, its thread stops, and retried it goes on from its last checkpoint", async () => {
  const waiting = await startSft(LONG);
  await cancel(waiting);
  expect((await seeJob(server, waiting)).status).toBe("CANCELLED");
  const ended = await server.graphql(`mutation { cancelJob(id: "${waiting}") { id } }`);
  expect(ended.errors).toMatchObject([
    {
      extensions: { code: "CONFLICT" },
      message: "The job has ended as CANCELLED; only one that is queued or runs can be cancelled.",
    },
  ]);

  const id = await startSft(LONG);
  const runner = await server.runner();
  const before = await untilJob(server, id, isAt(40));
  await cancel(id);
  expect(await seeJob(server, id)).toMatchObject({ status: "CANCELLED", progress: { phase: "cancelled" } });
  const points = async () => (await logOf(server, numberOf(id))).length;
  const logged = await points();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await points()).toBe(logged);
  const running = await server.graphql(`mutation { retryJob(id: "${id}") { id status } }`);
  expect(running.errors).toBeUndefined();
  const again = await server.graphql(`mutation { retryJob(id: "${id}") { id } }`);
  expect(again.errors).toMatchObject([
    { extensions: { code: "CONFLICT" }, message: expect.stringMatching(/The job is (QUEUED|RUNNING); only one/) },
  ]);
  await expectSameAsUndisturbed(id);
  expect(before.checkpoints.at(-1)?.step).toBeGreaterThanOrEqual(40);
  await runner.stop();
});

test("a checkpoint that was cut short is passed over with a warning, and the one before it is taken", async () => {
  const id = await startSft(LONG);
  const runner = await server.runner();
  await untilJob(server, id, (job) => isAt(40)(job) && job.checkpoints.length === 2);
  await cancel(id);
  await runner.stop();
  const { checkpoints } = await seeJob(server, id);
  const newest = checkpoints.at(-1);
  const file = checkpointFiles(id).find((name) => name.includes(newest?.sha256 as string)) as string;
  truncateSync(path.join(folderOf(id), file), 1000);
  await retry(id);
  const next = await server.runner({ JOB_CHECKPOINT_MS: "3600000" });
  await expectSameAsUndisturbed(id);
  await next.stop();
  const job = await seeJob(server, id);
  expect(job.warnings).toEqual([
    `The checkpoint of step ${newest?.step} is damaged or gone: the run goes on from the one before it, or from its beginning.`,
  ]);
  expect(job.checkpoints).toEqual(checkpoints.slice(-2, -1));
});

test("with all checkpoints gone it begins anew, and comes to the same bits", async () => {
  const id = await startSft(LONG);
  const runner = await server.runner();
  await untilJob(server, id, isAt(40));
  await cancel(id);
  await runner.stop();
  for (const file of checkpointFiles(id)) rmSync(path.join(folderOf(id), file));
  await retry(id);
  const next = await server.runner();
  await expectSameAsUndisturbed(id);
  await next.stop();
});

test("rows changed behind the API are noticed by the hash of the input", async () => {
  const id = await startSft(LONG);
  const runner = await server.runner();
  await untilJob(server, id, isAt(40));
  await runner.stop();
  await server.database.select(
    "update demonstration set text = text || '?' where id = (select min(id) from demonstration)",
    [],
  );
  const next = await server.runner();
  const job = await untilJob(server, id, hasEnded);
  await next.stop();
  await server.database.select(
    "update demonstration set text = left(text, -1) where id = (select min(id) from demonstration)",
    [],
  );
  expect(job).toMatchObject({
    status: "FAILED",
    error: { code: "INPUT_CHANGED", message: expect.stringContaining(undisturbed.inputSha256 as string) },
  });
});

test("a job that breaks its trainer is tried three times, then fails with its error", async () => {
  const id = await startSft({ epochs: 1 });
  await server.database.select("update job set config = config || '{\"architecture\": null}' where id = $1", [
    numberOf(id),
  ]);
  const runner = await server.runner();
  const waiting = await untilJob(server, id, ({ status, error }) => status === "QUEUED" && error !== null);
  expect(waiting).toMatchObject({ attempts: 1, error: { code: "TRAINER_FAILED" } });
  // Its waits are cut short here; their length stands in the queue's own test.
  const hurry = setInterval(
    () =>
      void server.database.select("update job set run_at = now() where id = $1 and status = 'QUEUED'", [numberOf(id)]),
    100,
  );
  const job = await untilJob(server, id, hasEnded).finally(() => clearInterval(hurry));
  expect(job).toMatchObject({
    status: "FAILED",
    attempts: 3,
    error: { code: "TRAINER_FAILED", message: expect.stringContaining("The trainer broke off: ") },
  });
  const next = await startSft({ epochs: 1 });
  expect((await untilJob(server, next, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
});

test("a training that diverges stops with the step, and its log says that the value is no number", async () => {
  const id = await startSft({ ...LONG, epochs: 3 });
  // No setting that the API takes does it to so small a model.
  await server.database.select(
    `update job set config = config || '{"learningRate": 1e30, "warmUpSteps": 0}' where id = $1`,
    [numberOf(id)],
  );
  const runner = await server.runner({ JOB_CHECKPOINT_MS: "100" });
  const job = await untilJob(server, id, hasEnded);
  await runner.stop();
  expect(job).toMatchObject({
    status: "FAILED",
    attempts: 1,
    error: { code: "DIVERGED", message: expect.stringMatching(/must be finite\.$/), step: expect.any(Number) },
  });
  const { node } = await server.data<{
    node: { metrics: { points: { step: number; value: number | null; reason: string }[] }[] };
  }>(`query ($id: ID!) { node(id: $id) { ... on Job { metrics { points { step value reason } } } } }`, { id });
  const missing = node.metrics.flatMap(({ points }) => points.filter(({ value }) => value === null));
  expect(missing.map(({ step }) => step)).toContain(job.error?.step);
  for (const { reason } of missing) expect(reason).toMatch(/^The value is (not a number|infinite)\.$/);
});

test("a job that needs more memory than it may have fails with a sentence, and the runner takes the next one", async () => {
  const id = await startSft({
    epochs: 1,
    batchSize: 16,
    architecture: { layers: 2, heads: 2, width: 256, contextLength: 128, tokenizer: "BYTES" },
  });
  const next = await startSft({ epochs: 1 });
  const runner = await server.runner({ JOB_MEMORY_BYTES: String(64 * 1024 * 1024) });
  const job = await untilJob(server, id, hasEnded);
  expect(job).toMatchObject({
    status: "FAILED",
    attempts: 1,
    error: { code: "OUT_OF_MEMORY", message: expect.stringMatching(/\d/) },
  });
  expect((await untilJob(server, next, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
});

test("a DATA_DIR that is gone is a clear failure, tried again; when it is back the job goes on", async () => {
  const id = await startSft({ epochs: 1 });
  const { root } = server.directory;
  renameSync(root, `${root}-away`);
  writeFileSync(root, "no folder");
  const runner = await server.runner();
  const waiting = await untilJob(server, id, ({ error }) => error !== null);
  expect(waiting.error).toMatchObject({
    code: "DATA_DIR_UNAVAILABLE",
    message: expect.stringMatching(/^DATA_DIR cannot be used for the folder of the job: /),
  });
  rmSync(root);
  renameSync(`${root}-away`, root);
  expect(await untilJob(server, id, hasEnded)).toMatchObject({ status: "SUCCEEDED", attempts: 2, error: null });
  await runner.stop();
});

test("a base model whose file is damaged or gone fails the job", async () => {
  const model = undisturbed.model as NonNullable<SeenJob["model"]>;
  const file = server.directory.model(model.sha256);
  const [damaged, gone] = [
    await startSft({ epochs: 1, baseModelId: model.id }),
    await startSft({ epochs: 1, baseModelId: model.id }),
  ];
  renameSync(file, `${file}-away`);
  writeFileSync(file, "no model");
  const runner = await server.runner();
  expect(await untilJob(server, damaged, hasEnded)).toMatchObject({
    status: "FAILED",
    error: {
      code: "MODEL_DAMAGED",
      message: `The file of the model "${model.name}" cannot be used: it is not what it was.`,
    },
  });
  rmSync(file);
  await untilJob(server, gone, hasEnded);
  await retry(gone);
  expect(await untilJob(server, gone, hasEnded)).toMatchObject({ status: "FAILED", error: { code: "MODEL_DAMAGED" } });
  renameSync(`${file}-away`, file);
  await retry(gone);
  expect((await untilJob(server, gone, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
  mkdirSync(path.dirname(file), { recursive: true });
});
