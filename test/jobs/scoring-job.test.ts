/** A reward model's scores as a job: stored as they come, each once, however often the job is cut off. */
import { parseGlobalId } from "../../src/services/input/global-id.js";
import { importText } from "../support/import-over-http.js";
import { type StoredModel, storeModel } from "../support/stored-model.js";
import { hasEnded, startTrainingServer, type TrainingServer, untilJob } from "../support/training-server.js";
import { plainScores } from "../training/plain-gpt.js";

const PROMPTS = 120;
let server: TrainingServer;
let datasetId: string;
let model: StoredModel;

beforeAll(async () => {
  server = await startTrainingServer();
  const line = (n: number) =>
    JSON.stringify({
      id: `p${n}`,
      text: `Say ${n}.`,
      split: n % 2 === 0 ? "TRAIN" : "TEST",
      // Every tenth prompt has none.
      completions: (n % 10 === 9 ? [] : ["sft", "ppo", "sft"]).map((source, i) => ({
        key: "CAB"[i],
        source,
        text: "x".repeat((n + i) % 7),
      })),
      ...(n === 3 ? { exclusion: { reason: "spam", from: ["SFT"] } } : {}),
    });
  const report = await importText(server, "d", `${Array.from({ length: PROMPTS }, (_, n) => line(n)).join("\n")}\n`);
  expect(report).toMatchObject({ rejected: 0 });
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
  model = await storeModel(server, { name: "judge", stage: "REWARD", datasetId });
});
afterAll(() => server.close());

const start = async (input: object): Promise<string> =>
  (
    await server.data<{ scoreCompletions: { id: string } }>(
      "mutation ($input: ScoreInput!) { scoreCompletions(input: $input) { id } }",
      { input: { datasetId, modelId: model.id, ...input } },
    )
  ).scoreCompletions.id;

interface Scored {
  readonly key: string;
  readonly text: string;
  readonly source: string;
  readonly score: number | null;
}

/** All completions with their prompts and scores by a model, as the API tells them. */
async function scores(modelId = model.id, key = server.adminKey): Promise<(Scored & { readonly prompt: string })[]> {
  type Answer = { dataset: { prompts: { nodes: { text: string; completions: Scored[] }[] } } };
  const { data } = await server.graphql<Answer>(
    `query ($id: ID!) { dataset(slug: "d") { prompts(first: 200) { nodes { text
      completions { key text source score(modelId: $id) } } } } }`,
    { id: modelId },
    key,
  );
  return (data as Answer).dataset.prompts.nodes.flatMap(({ text: prompt, completions }) =>
    completions.map((completion) => ({ prompt, ...completion })),
  );
}

const stored = async (jobId: string): Promise<number> =>
  (
    await server.database.select<{ n: number }>(
      "select count(*)::integer as n from completion_score where job_id = $1",
      [parseGlobalId(jobId)?.id],
    )
  )[0]?.n as number;

test("a filter and sources choose what is scored; every score is that of a second GPT in loops over doubles", async () => {
  const id = await start({ promptFilter: { splits: ["TEST"], excluded: false }, sources: ["ppo"] });
  const runner = await server.runner();
  // Of 60 prompts in TEST twelve have no completion, and one is excluded.
  expect(await untilJob(server, id, hasEnded)).toMatchObject({ status: "SUCCEEDED", progress: { totalSteps: 47 } });
  await runner.stop();
  const scored = (await scores()).filter(({ score }) => score !== null);
  expect(scored).toHaveLength(47);
  expect(await stored(id)).toBe(47);
  for (const { prompt, text, source, score } of scored) {
    expect(source).toBe("ppo");
    const expected = plainScores(model.architecture, model.values, [...Buffer.from(`${prompt}\n\n${text}`), 256]);
    expect(Math.abs((score as number) - (expected.at(-1) as number))).toBeLessThan(1e-4);
  }
});

test("cut off again and again it stores every score once; what was scored before stays", async () => {
  const before = new Map((await scores()).map(({ prompt, key, score }) => [`${prompt}${key}`, score]));
  const id = await start({});
  const seen: number[] = [];
  for (let runs = 0; runs < 3; runs++) {
    const runner = await server.runner();
    await untilJob(server, id, (job) => hasEnded(job) || job.progress.step >= (runs + 1) * 5);
    // Without the time that handing back takes: as if it had been killed.
    await runner.stop(0);
    seen.push(await stored(id));
  }
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  const runner = await server.runner();
  const job = await untilJob(server, id, hasEnded);
  await runner.stop();
  // 108 prompts have three completions each; one of them is excluded.
  expect(job).toMatchObject({ status: "SUCCEEDED", progress: { step: 107, totalSteps: 107 } });
  expect(job.config).toMatchObject({ completions: 321, modelId: model.id, sources: null });
  const all = await scores();
  expect(all.filter(({ score }) => score !== null)).toHaveLength(321);
  expect(await stored(id)).toBe(321 - 47);
  for (const { prompt, key, score } of all) {
    const was = before.get(`${prompt}${key}`) as number | null;
    if (was !== null) expect(score).toBe(was);
  }
  const [entry] = await server.database.select<{ by: string; after: object }>(
    "select by, after from audit_entry where action = 'scoreCompletions' and subject = $1 and by like 'job %' limit 1",
    [id],
  );
  expect(entry).toEqual({
    by: expect.stringMatching(/^job \d+ of test ADMIN/),
    after: { model: "judge", scores: expect.any(Number), prompts: expect.any(Number) },
  });
});

test("scored again by the same model nothing changes; the frozen input is the same", async () => {
  const before = await scores();
  const [first, second] = [await start({}), await start({})];
  const runner = await server.runner();
  const jobs = [await untilJob(server, first, hasEnded), await untilJob(server, second, hasEnded)];
  await runner.stop();
  expect(jobs.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect(jobs[0]?.inputSha256).toBe(jobs[1]?.inputSha256);
  expect(await scores()).toEqual(before);
  expect([await stored(first), await stored(second)]).toEqual([0, 0]);
});

test("a score by a model that the key may not see is null, as it is by one that is not there", async () => {
  await importText(server, "elsewhere", '{"text":"a"}\n');
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "elsewhere") { id } }');
  const hidden = await storeModel(server, { name: "hidden", stage: "REWARD", datasetId: dataset.id, seed: 2 });
  const id = await start({ modelId: hidden.id });
  const runner = await server.runner();
  expect((await untilJob(server, id, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
  const client = await server.key("CLIENT", { datasetIds: [parseGlobalId(datasetId)?.id as string] });
  const known = async (modelId: string, key?: string) =>
    (await scores(modelId, key)).filter(({ score }) => score !== null).length;
  expect([await known(hidden.id), await known(hidden.id, client), await known(model.id, client)]).toEqual([
    321, 0, 321,
  ]);
});

test("a model whose scores are no numbers fails the job, and nothing is stored", async () => {
  const broken = await storeModel(server, { name: "broken", stage: "REWARD", datasetId, seed: 3, bias: Number.NaN });
  const id = await start({ modelId: broken.id });
  const runner = await server.runner();
  expect(await untilJob(server, id, hasEnded)).toMatchObject({
    status: "FAILED",
    error: { code: "MODEL_DAMAGED", message: 'The model "broken" gives the score NaN.' },
  });
  await runner.stop();
  expect(await stored(id)).toBe(0);
});
