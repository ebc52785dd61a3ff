/** Supervised fine-tuning as a job: a real server, a real runner, a real thread. */
import { createHash } from "node:crypto";
import { parseGlobalId } from "../../src/services/input/global-id.js";
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  logOf,
  seeJob,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

let server: TrainingServer;
let datasetId: string;

beforeAll(async () => {
  server = await startTrainingServer();
  datasetId = await importDataset("plain");
});
afterAll(() => server.close());

async function importDataset(slug: string, text = demonstrationLines()): Promise<string> {
  expect(await importText(server, slug, text)).toMatchObject({ rejected: 0 });
  return (await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`)).dataset.id;
}

const numberOf = (id: string): string => parseGlobalId(id)?.id as string;

async function startSft(input: Record<string, unknown>): Promise<string> {
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    {
      input: { datasetId, ...("baseModelId" in input || "baseJobId" in input ? {} : { architecture: TINY }), ...input },
    },
  );
  return startSft.id;
}

test("a job runs from the queue to a model, and tells everything that Job asks for", async () => {
  const id = await startSft({ name: "first", epochs: 3, batchSize: 4, seed: 7 });
  const queued = await seeJob(server, id);
  expect(queued).toMatchObject({
    kind: "SFT",
    // No runner is there yet: with one it may run before this is read.
    status: "QUEUED",
    attempts: 0,
    environment: null,
    inputSha256: null,
    progress: { step: 0, totalSteps: 18, fraction: 0, phase: "waiting" },
    config: {
      epochs: 3,
      batchSize: 4,
      steps: 18,
      seed: 7,
      architecture: { ...TINY, vocabularySize: 257 },
      trainExamples: 24,
      validationExamples: 4,
      selection: "VALIDATION_LOSS",
      estimates: { parameterCount: 8_192, memoryBytes: expect.any(Number), diskBytes: expect.any(Number) },
      reasons: { epochs: "Given.", learningRate: expect.stringContaining("AUTO") },
    },
  });
  const runner = await server.runner();
  const job = await untilJob(server, id, hasEnded);
  expect(job).toMatchObject({
    status: "SUCCEEDED",
    attempts: 1,
    error: null,
    progress: { step: 18, totalSteps: 18, fraction: 1, phase: "done" },
    environment: { backend: "wasm", probe: expect.stringMatching(/^[0-9a-f]{64}$/), fingerprint: expect.any(String) },
    inputSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    model: {
      name: "first",
      stage: "SFT",
      parameterCount: 8_192,
      architecture: { ...TINY, vocabularySize: 257 },
      parents: [],
    },
  });
  // V·d + T·d + L (12 d² + 13 d) + 2 d with V 257, T 48, L 1, d 16.
  expect(257 * 16 + 48 * 16 + 12 * 16 ** 2 + 13 * 16 + 2 * 16).toBe(8_192);

  const log = await logOf(server, numberOf(id));
  expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1));
  const stepsOf = (name: string) => log.filter((point) => point.name === name).map(({ step }) => step);
  const steps = Array.from({ length: 18 }, (_, i) => i + 1);
  for (const name of ["train/loss", "train/learning_rate", "train/tokens_per_second"])
    expect(stepsOf(name)).toEqual(steps);
  const evaluated = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18];
  expect(stepsOf("eval/loss")).toEqual(evaluated);
  const [first, last] = [
    log.find(({ name }) => name === "train/loss"),
    log.findLast(({ name }) => name === "train/loss"),
  ];
  // ln 257 = 5.549
  expect(first?.value).toBeGreaterThan(5.2);
  expect(first?.value).toBeLessThan(5.9);
  expect(last?.value).toBeLessThan(first?.value as number);

  expect([...new Set(job.samples.map(({ step }) => step))]).toEqual(evaluated);
  const prompts = job.samples.filter(({ step }) => step === 0).map(({ prompt }) => prompt.externalId);
  expect(prompts).toEqual(["VALIDATION-0", "VALIDATION-1", "VALIDATION-2"]);

  const { dataset } = await server.data<{ dataset: { revision: number } }>(`{ dataset(slug: "plain") { revision } }`);
  expect(job.datasetRevision).toBe(dataset.revision);
  const file = await fetch(`${server.url}/models/${job.model?.id}/download`, {
    headers: { authorization: `Bearer ${server.adminKey}` },
  });
  const bytes = Buffer.from(await file.arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(job.model?.sha256);
  expect(Number(file.headers.get("content-length"))).toBe(bytes.length);
  await runner.stop();
});

test("equal seeds give equal models, with 1 thread and with 2; another seed another one", async () => {
  const one = await startSft({ epochs: 1, seed: 3 });
  const runner = await server.runner();
  const first = await untilJob(server, one, hasEnded);
  await runner.stop();
  const two = await startSft({ epochs: 1, seed: 3 });
  const other = await startSft({ epochs: 1, seed: 4 });
  const parallel = await server.runner({ JOB_THREADS: "2" });
  const second = await untilJob(server, two, hasEnded);
  const third = await untilJob(server, other, hasEnded);
  await parallel.stop();
  expect([first.status, second.status, third.status]).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect(second.model?.sha256).toBe(first.model?.sha256);
  expect(second.model?.id).not.toBe(first.model?.id);
  expect(await logOf(server, numberOf(two))).toEqual(await logOf(server, numberOf(one)));
  expect(third.model?.sha256).not.toBe(first.model?.sha256);
});

test("what a job trains on is frozen when it is made, whatever changes while it waits", async () => {
  datasetId = await importDataset("frozen");
  const before = await startSft({ epochs: 1 });
  const changes = `${demonstrationLines(30, 6)}${JSON.stringify({ id: "extra", text: "New.", split: "TRAIN", demonstrations: [{ labeler: "w1", text: "x" }] })}\n`;
  expect(await importText(server, "frozen", changes)).toMatchObject({ rejected: 0, accepted: 9 });
  const { dataset } = await server.data<{ dataset: { prompts: { nodes: { id: string }[] } } }>(
    `{ dataset(slug: "frozen") { prompts(first: 3) { nodes { id } } } }`,
  );
  await server.data("mutation ($input: ExcludePromptsInput!) { excludePrompts(input: $input) { id } }", {
    input: { ids: dataset.prompts.nodes.map(({ id }) => id), reason: "late" },
  });
  await server.data(`mutation { updateLabeler(input: { id: "${await labelerId("w1")}", pool: HELD_OUT }) { id } }`);
  const control = await importDataset("control", demonstrationLines().replaceAll('"w1"', '"w2"'));
  datasetId = control;
  const undisturbed = await startSft({ epochs: 1 });
  const runner = await server.runner();
  const [disturbed, plain] = [await untilJob(server, before, hasEnded), await untilJob(server, undisturbed, hasEnded)];
  await runner.stop();
  expect(disturbed).toMatchObject({ status: "SUCCEEDED", inputSha256: plain.inputSha256 });
  expect(disturbed.model?.sha256).toBe(plain.model?.sha256);
  expect(await logOf(server, numberOf(before))).toEqual(await logOf(server, numberOf(undisturbed)));
  await server.data(`mutation { updateLabeler(input: { id: "${await labelerId("w1")}", pool: TRAINING }) { id } }`);
});

async function labelerId(handle: string): Promise<string> {
  const { labelers } = await server.data<{ labelers: { nodes: { id: string; handle: string }[] } }>(
    "{ labelers(first: 200) { nodes { id handle } } }",
  );
  return labelers.nodes.find((labeler) => labeler.handle === handle)?.id as string;
}

test("a job that names another waits for it and takes its model, and a third names a model", async () => {
  datasetId = await importDataset("chain");
  const first = await startSft({ epochs: 1, name: "chain-1" });
  const second = await startSft({ epochs: 1, name: "chain-2", baseJobId: first });
  expect((await seeJob(server, second)).dependsOn).toEqual([{ id: first }]);
  const runner = await server.runner({ JOB_SLOTS: "2" });
  const [one, two] = [await untilJob(server, first, hasEnded), await untilJob(server, second, hasEnded)];
  expect([one.status, two.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect(two.model?.parents).toEqual([{ id: one.model?.id, name: "chain-1" }]);
  const third = await startSft({ epochs: 1, baseModelId: two.model?.id });
  const three = await untilJob(server, third, hasEnded);
  expect(three.model).toMatchObject({ name: `chain-sft-${numberOf(third)}`, parents: [{ name: "chain-2" }] });
  await runner.stop();

  // A model that others descend from can go; its name and hash stay.
  await server.data(`mutation { deleteModel(id: "${one.model?.id}") }`);
  const { node } = await server.data<{ node: { deletedAt: string | null; sha256: string; name: string } }>(
    `{ node(id: "${one.model?.id}") { ... on Model { name sha256 deletedAt } } }`,
  );
  expect(node).toEqual({ name: "chain-1", sha256: one.model?.sha256, deletedAt: expect.any(String) });
  expect((await seeJob(server, second)).model?.parents).toEqual([{ id: one.model?.id, name: "chain-1" }]);
});

test("when a job fails or is cancelled, what waits for it is cancelled with the reason; retried in order, all succeed", async () => {
  const first = await startSft({ epochs: 1 });
  const second = await startSft({ epochs: 1, baseJobId: first });
  const third = await startSft({ epochs: 1, baseJobId: second });
  await server.data(`mutation { cancelJob(id: "${first}") { id } }`);
  for (const id of [second, third])
    expect(await seeJob(server, id)).toMatchObject({
      status: "CANCELLED",
      error: {
        code: "DEPENDENCY_FAILED",
        message: expect.stringMatching(/^The job \S+, which it waits for, was cancelled\.$/),
      },
    });
  const refused = await server.graphql(`mutation { retryJob(id: "${second}") { id } }`);
  expect(refused.errors).toMatchObject([{ extensions: { code: "CONFLICT" }, message: expect.stringContaining(first) }]);
  for (const id of [first, second, third]) await server.data(`mutation { retryJob(id: "${id}") { id } }`);
  const runner = await server.runner();
  for (const id of [first, second, third]) expect((await untilJob(server, id, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
});

test("a dataset with an open job cannot be deleted; with ended ones it can, and jobs and models stay", async () => {
  datasetId = await importDataset("doomed");
  const id = await startSft({ epochs: 1 });
  const remove = () => server.graphql(`mutation { deleteDataset(id: "${datasetId}", slug: "doomed") }`);
  expect((await remove()).errors).toMatchObject([
    { extensions: { code: "CONFLICT" }, message: expect.stringContaining(id) },
  ]);
  const runner = await server.runner();
  const job = await untilJob(server, id, hasEnded);
  await runner.stop();
  expect((await remove()).errors).toBeUndefined();
  expect(await seeJob(server, id)).toMatchObject({ status: "SUCCEEDED", samples: [], model: { id: job.model?.id } });
  const retried = await startSft({ epochs: 1 }).catch((error: Error) => error.message);
  expect(retried).toContain("NOT_FOUND");
});
