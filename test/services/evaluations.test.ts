/** Evaluations as jobs: figures against second implementations, cut off, and what runEvaluation refuses. */
import { globalId, parseGlobalId } from "../../src/services/input/global-id.js";
import { importText } from "../support/import-over-http.js";
import { type StoredModel, storeModel } from "../support/stored-model.js";
import { hasEnded, startTrainingServer, type TrainingServer, untilJob } from "../support/training-server.js";
import { plainScores } from "../training/plain-gpt.js";

let server: TrainingServer;
let datasetId: string;
let judge: StoredModel;
const ids: Record<string, string> = {};

/** In TEST: ten prompts of which nine have completions; HELD_OUT labelers count, candidates do not. On three w1, of TRAINING, contradicts. */
const TEST_PROMPTS = 10;
function records(): string {
  const line = (n: number, split: string) => ({
    id: `${split}-${n}`,
    text: `Say ${n}.`,
    author: `${split}-${n}`,
    split,
    demonstrations: [{ labeler: "w1", text: `It is ${n}.` }],
    completions:
      n === 9
        ? []
        : [
            { key: "A", source: "new", text: `yes ${n}` },
            { key: "B", source: "old", text: "no" },
          ],
    rankings:
      n === 9
        ? []
        : [
            { labeler: "h1", tiers: [["A"], ["B"]] },
            { labeler: "c1", tiers: [["B"], ["A"]] },
            ...(n < 3 && split === "TEST" ? [{ labeler: "w1", tiers: [["B"], ["A"]] }] : []),
          ],
  });
  const lines = [
    { labeler: { handle: "h1", pool: "HELD_OUT" } },
    { labeler: { handle: "c1", pool: "CANDIDATE" } },
    ...Array.from({ length: TEST_PROMPTS }, (_, n) => line(n, "TEST")),
    ...Array.from({ length: 3 }, (_, n) => line(n, "VALIDATION")),
    { ...line(20, "TEST"), exclusion: { reason: "spam", from: ["SFT"] } },
  ];
  return lines.map((one) => `${JSON.stringify(one)}\n`).join("");
}

beforeAll(async () => {
  server = await startTrainingServer();
  expect(await importText(server, "d", records())).toMatchObject({ rejected: 0 });
  await importText(server, "elsewhere", '{"text":"a"}\n');
  const idOf = async (slug: string) =>
    (await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`)).dataset.id;
  datasetId = await idOf("d");
  ids.elsewhere = await idOf("elsewhere");
  judge = await storeModel(server, { name: "judge", stage: "REWARD", datasetId, seed: 3 });
  const [job] = await server.database.select<{ id: string }>(
    `insert into job (kind, status, config, dataset_id, dataset_revision, created_by, finished_at)
      values ('SFT', 'SUCCEEDED', '{"selection":"VALIDATION_LOSS"}', $1, 1, 'k', now()) returning id`,
    [parseGlobalId(datasetId)?.id],
  );
  const jobId = globalId("Job", job?.id ?? "");
  ids.sft = (await storeModel(server, { name: "sft", stage: "SFT", datasetId, seed: 1, jobId })).id;
  const parentIds = [ids.sft, judge.id];
  ids.policy = (await storeModel(server, { name: "policy", stage: "POLICY", datasetId, seed: 2, parentIds })).id;
  ids.judge = judge.id;
});
afterAll(() => server.close());

interface Seen {
  readonly id: string;
  readonly job: { readonly id: string; readonly status: string; readonly evaluation: { readonly id: string } };
  readonly warnings: readonly string[];
  readonly results: readonly {
    readonly metric: string;
    readonly line: string | null;
    readonly value: number | null;
    readonly reason: string | null;
    readonly ci95: { readonly low: number; readonly high: number } | null;
    readonly n: number;
    readonly judge: string | null;
    readonly lengthControlled: boolean;
    readonly proxy: boolean;
  }[];
}

const FIELDS = `id input warnings job { id status evaluation { id } }
  results { metric line value reason ci95 { low high } n judge lengthControlled proxy }`;
const RUN = `mutation ($input: EvaluationInput!) { runEvaluation(input: $input) { ${FIELDS} } }`;

const start = async (input: object): Promise<Seen> =>
  (await server.data<{ runEvaluation: Seen }>(RUN, { input: { datasetId, ...input } })).runEvaluation;

const see = async (id: string): Promise<Seen> =>
  (
    await server.data<{ node: Seen }>(`query ($id: ID!) { node(id: $id) { ... on Evaluation { ${FIELDS} } } }`, {
      id,
    })
  ).node;

/** An evaluation at its end. */
async function evaluated(input: object): Promise<Seen> {
  const { id, job } = await start(input);
  const runner = await server.runner();
  expect(await untilJob(server, job.id, hasEnded)).toMatchObject({ status: "SUCCEEDED", error: null });
  await runner.stop();
  return see(id);
}

const scoreOf = (prompt: string, text: string): number =>
  plainScores(judge.architecture, judge.values, [...Buffer.from(`${prompt}\n\n${text}`), 256]).at(-1) as number;

test("the accuracy of a reward model is over the votes of HELD_OUT labelers too, and not of candidates, with its lines", async () => {
  const queued = await start({ modelId: judge.id, metrics: ["REWARD_ACCURACY"] });
  expect(queued).toMatchObject({ results: [], job: { status: "QUEUED", evaluation: { id: queued.id } } });
  const { results, warnings } = await evaluated({ modelId: judge.id, metrics: ["REWARD_ACCURACY"] });
  const prompts = Array.from({ length: 9 }, (_, n) => n);
  const right = prompts.filter((n) => scoreOf(`Say ${n}.`, `yes ${n}`) > scoreOf(`Say ${n}.`, "no")).length;
  expect(results.map(({ line, n }) => [line, n])).toEqual([
    [null, 12],
    ["LONGER", 12],
    ["LABELERS", 3],
    ["BEST_SCORER", 12],
  ]);
  const contradicted = [0, 1, 2].filter((n) => scoreOf(`Say ${n}.`, `yes ${n}`) < scoreOf(`Say ${n}.`, "no")).length;
  expect(results[0]?.value).toBeCloseTo((right + contradicted) / 12, 12);
  // Nine for the longer answer, three against it; a scorer can be right about one of two that contradict each other.
  expect(results.slice(1).map(({ value }) => value)).toEqual([9 / 12, 0, 9 / 12]);
  expect(warnings).toEqual([
    "Intervals from fewer than 20 prompts are rough: REWARD_ACCURACY, REWARD_ACCURACY LONGER, REWARD_ACCURACY BEST_SCORER on 9.",
    "Intervals from fewer than 20 prompts are rough: REWARD_ACCURACY LABELERS on 3.",
    "The interval of REWARD_ACCURACY LABELERS has no width: all 3 prompts say the same, so its precision is not known.",
  ]);
});

test("the completions of a source are judged against a baseline's, prompt by prompt", async () => {
  const { results } = await evaluated({
    source: "new",
    baseline: "old",
    judgeModelId: judge.id,
    metrics: ["WIN_RATE", "MEAN_SCORE", "LENGTH"],
  });
  const pairs = Array.from({ length: 9 }, (_, n) => [scoreOf(`Say ${n}.`, `yes ${n}`), scoreOf(`Say ${n}.`, "no")]);
  const wins = pairs.filter(([ours, theirs]) => (ours as number) > (theirs as number)).length;
  expect(
    results.map(({ metric, n, judge: by, proxy, lengthControlled }) => [metric, n, by, proxy, lengthControlled]),
  ).toEqual([
    ["WIN_RATE", 9, "judge", false, false],
    ["WIN_RATE", 9, "judge", false, true],
    ["MEAN_SCORE", 9, "judge", false, false],
    ["LENGTH", 9, null, false, false],
  ]);
  expect(results[0]?.value).toBeCloseTo(wins / 9, 12);
  const mean = pairs.reduce((sum, [ours]) => sum + (ours as number), 0) / 9;
  expect(Math.abs((results[2]?.value as number) - mean)).toBeLessThan(1e-4);
  expect(results[2]?.ci95?.low).toBeLessThan(mean);
  expect(results[3]?.value).toBe(5);
});

test("a policy answers itself; its judge is a proxy, and its distance is from the model it began as; cut off, the figures are the same", async () => {
  const input = {
    modelId: ids.policy,
    judgeModelId: judge.id,
    metrics: ["MEAN_SCORE", "KL_FROM_REFERENCE", "LOSS"],
    seed: 5,
  };
  const first = await evaluated(input);
  expect(first.results.map(({ metric, n, proxy }) => [metric, n, proxy])).toEqual([
    ["MEAN_SCORE", TEST_PROMPTS, true],
    ["KL_FROM_REFERENCE", TEST_PROMPTS, false],
    // Ten demonstrations: the bytes of each and <|endoftext|>.
    ["LOSS", TEST_PROMPTS * "It is 0.".length + TEST_PROMPTS, false],
  ]);
  expect(first.results[1]?.value).toBeGreaterThan(0);

  const { id, job } = await start(input);
  const cut = await server.runner();
  await untilJob(server, job.id, (seen) => hasEnded(seen) || seen.progress.step >= 3);
  await cut.stop(0);
  const between = await see(id);
  expect(between.results).toEqual(between.job.status === "SUCCEEDED" ? first.results : []);
  const runner = await server.runner();
  await untilJob(server, job.id, hasEnded);
  await runner.stop();
  expect((await see(id)).results).toEqual(first.results);
});

test("what is submitted under a model's name is evaluated as a source, and is no answer of the model; parameters chosen on the split are told", async () => {
  const length = async (input: object) => evaluated({ split: "VALIDATION", metrics: ["LENGTH"], ...input });
  const before = await length({ modelId: ids.sft });
  const { dataset } = await server.data<{ dataset: { prompts: { nodes: { id: string }[] } } }>(
    '{ dataset(slug: "d") { prompts(filter: { splits: [VALIDATION] }) { nodes { id } } } }',
  );
  for (const text of ["four", "sixsix"]) {
    const completions = dataset.prompts.nodes.map(({ id }, n) => ({
      ...{ promptId: id, text, sampleIndex: 0 },
      ended: [true, false, null][n],
    }));
    const { submitCompletions } = await server.data<{ submitCompletions: { ended: boolean | null }[] }>(
      "mutation ($input: SubmitCompletionsInput!) { submitCompletions(input: $input) { id ended } }",
      { input: { datasetId, source: "sft", completions } },
    );
    expect(submitCompletions.map(({ ended }) => ended)).toEqual([true, false, null]);
  }
  const own = await length({ modelId: ids.sft });
  expect(own.results).toEqual(before.results);
  expect(own.warnings[0]).toBe(
    "The parameters of the model were selected on VALIDATION: its figures there are better than elsewhere.",
  );
  expect(own.warnings).toContain(
    "6 other stored completions under the model's name are left aside, for this evaluation would not sample them so; evaluate the source to measure what is stored.",
  );
  const ofSource = await length({ source: "sft" });
  expect(ofSource.results).toMatchObject([{ value: 6, n: 3 }]);
  expect(ofSource.warnings[0]).toBe(
    "Responses: 3 stored completions of 3 prompts; 1 of 2 was cut at a limit of tokens, and of 1 it is not known whether it was cut.",
  );
  expect((await length({ source: "sft", sourceVersion: 1 })).results[0]?.value).toBe(4);
});

test("a model's figures do not depend on who generated before; what is reused is told", async () => {
  const input = { modelId: ids.policy, judgeModelId: judge.id, metrics: ["MEAN_SCORE", "LENGTH", "WIN_RATE"] };
  const evaluate = () => evaluated({ ...input, baseline: "old" });
  const generate = async (settings: object): Promise<string> => {
    const { generate: job } = await server.data<{ generate: { id: string } }>(
      "mutation ($input: GenerateInput!) { generate(input: $input) { id } }",
      { input: { datasetId, modelId: ids.policy, promptFilter: { splits: ["TEST"] }, ...settings } },
    );
    const runner = await server.runner();
    expect(await untilJob(server, job.id, hasEnded)).toMatchObject({ status: "SUCCEEDED" });
    await runner.stop();
    return job.id;
  };
  const before = await evaluate();
  // Of each: another limit, temperature and seed; the prompts of TEST are 11, of which one is excluded.
  const others = [{ maxResponseTokens: 6 }, { temperature: 0.5 }, { seed: 1 }];
  for (const other of others) await generate({ samplesPerPrompt: 1, ...other });
  const between = await evaluate();
  expect(between.results).toEqual(before.results);
  expect(between.warnings.filter((warning) => warning.includes("stored ones of job"))).toEqual([]);
  const jobId = await generate({ samplesPerPrompt: 2 });
  const after = await evaluate();
  expect(after.results).toEqual(before.results);
  expect(after.warnings).toContain(
    `${TEST_PROMPTS} of ${TEST_PROMPTS} responses are stored ones of job ${jobId}, made with these settings: sampling anew would give the same. Whether any of the stored ones ends within a character is not stored.`,
  );
  expect(after.warnings).toContain(
    `${TEST_PROMPTS * 4} other stored completions under the model's name are left aside, for this evaluation would not sample them so; evaluate the source to measure what is stored.`,
  );
  // With the limit of the first generation its completions are what would be sampled.
  const short = await evaluated({ ...input, metrics: ["LENGTH"], judgeModelId: null, maxResponseTokens: 6 });
  expect(short.warnings[0]).toMatch(
    /^Responses are one a prompt, at temperature 1, of at most 6 tokens, with seed 0; /,
  );
  expect(short.warnings[1]).toMatch(/^10 of 10 responses are stored ones of job /);
  expect(short.results[0]?.value).toBeLessThanOrEqual(6);

  const stored = await server.database.select<{ ended: boolean; text: string; max: number }>(
    `select c.ended, c.text, s.max_response_tokens as max from completion c join sampling s on s.id = c.sampling_id`,
    [],
  );
  expect(stored).toHaveLength(11 * 5);
  // Bytes are the tokens: what was not cut has fewer than the limit, for the end is one.
  for (const { ended, text, max } of stored)
    if (ended) expect(Buffer.byteLength(text.replaceAll("\ufffd", "x"))).toBeLessThan(max);
  // A job that is deleted takes nothing from the completions.
  await server.database.select("delete from job where id = $1", [parseGlobalId(jobId)?.id]);
  const orphaned = await evaluate();
  expect(orphaned.results).toEqual(before.results);
  expect(orphaned.warnings).toContain(
    `${TEST_PROMPTS} of ${TEST_PROMPTS} responses are stored ones of a job that was deleted, made with these settings: sampling anew would give the same. Whether any of the stored ones ends within a character is not stored.`,
  );
}, 180_000); // nine jobs, one after the other

test("evaluations are listed, of all and of a model, the latest first, as far as the key may see", async () => {
  const lists = async (key = server.adminKey) => {
    const { data } = await server.graphql<{
      evaluations: { totalCount: number; nodes: { id: string }[] };
      node: { evaluations: { totalCount: number; nodes: { id: string }[] } } | null;
    }>(
      `query ($d: ID!, $m: ID!) { evaluations(datasetId: $d) { totalCount nodes { id } }
        node(id: $m) { ... on Model { evaluations(first: 1) { totalCount nodes { id } } } } }`,
      { d: datasetId, m: ids.policy },
      key,
    );
    return data;
  };
  const all = await lists();
  expect(all?.evaluations.totalCount).toBe(14);
  const numbers = all?.evaluations.nodes.map(({ id }) => Number(parseGlobalId(id)?.id)) ?? [];
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  expect(all?.node?.evaluations).toMatchObject({ totalCount: 7, nodes: [expect.anything()] });
  const stranger = await server.key("CLIENT", { datasetIds: [parseGlobalId(ids.elsewhere as string)?.id as string] });
  expect(await lists(stranger)).toEqual({ evaluations: { totalCount: 0, nodes: [] }, node: null });
});

test.each([
  ["HELD_OUT", 9, (n: number) => scoreOf(`Say ${n}.`, `yes ${n}`) > scoreOf(`Say ${n}.`, "no"), 1],
  ["TRAINING", 3, (n: number) => scoreOf(`Say ${n}.`, `yes ${n}`) < scoreOf(`Say ${n}.`, "no"), 0],
  ["CANDIDATE", 9, (n: number) => scoreOf(`Say ${n}.`, `yes ${n}`) < scoreOf(`Say ${n}.`, "no"), 0],
] as const)(
  "of the pool %s the %i votes count alone, and the lines are of the same",
  async (pool, votes, isRight, longer) => {
    const { results } = await evaluated({ modelId: judge.id, metrics: ["REWARD_ACCURACY"], pool });
    const right = Array.from({ length: votes }, (_, n) => n).filter(isRight).length;
    expect(results.map(({ line, n }) => [line, n])).toEqual([
      [null, votes],
      ["LONGER", votes],
      ["LABELERS", 0],
      ["BEST_SCORER", votes],
    ]);
    expect(results[0]?.value).toBeCloseTo(right / votes, 12);
    expect(results[1]?.value).toBe(longer);
    expect(results[2]).toMatchObject({ value: null, reason: "No two labelers compared the same completions." });
  },
);

const jobs = async () =>
  (await server.database.select<{ n: number }>("select count(*)::integer as n from job", []))[0]?.n;

/** What is refused: fields of the input (modelId the SFT model, metric LOSS), the code, the field, the sentence. */
test.each([
  [
    "nothing to evaluate",
    () => ({ modelId: null }),
    "BAD_USER_INPUT",
    "input.modelId",
    /exactly one of modelId, source; none/,
  ],
  ["two things", () => ({ source: "new" }), "BAD_USER_INPUT", "input.source", /modelId and source are given/],
  ["no metric", () => ({ metrics: [] }), "BAD_USER_INPUT", "input.metrics", /Metrics is empty/],
  ["a metric twice", () => ({ metrics: ["LOSS", "LOSS"] }), "BAD_USER_INPUT", "input.metrics.1", /stands twice/],
  [
    "a metric of people",
    () => ({ metrics: ["LOSS", "MEAN_OVERALL"] }),
    "BAD_USER_INPUT",
    "input.metrics.1",
    /^The metric MEAN_OVERALL comes later; this version evaluates by LOSS, /,
  ],
  ["a gate", () => ({ gates: [{ metric: "LOSS", maximum: 1 }] }), "BAD_USER_INPUT", "input.gates", /Gates come later/],
  ["groups", () => ({ groupBy: "USE_CASE" }), "BAD_USER_INPUT", "input.groupBy", /Groups come later/],
  [
    "a temperature of a source",
    () => ({ modelId: null, source: "new", metrics: ["LENGTH"], temperature: 0.5 }),
    "BAD_USER_INPUT",
    "input.temperature",
    "input.temperature is of responses that a model gives; of a source the stored completions are evaluated.",
  ],
  [
    "more tokens than the window",
    () => ({ metrics: ["LENGTH"], maxResponseTokens: 4096 }),
    "BAD_USER_INPUT",
    "input.maxResponseTokens",
    /^Most response tokens is 4096; it must be/,
  ],
  ["no judge", () => ({ metrics: ["MEAN_SCORE"] }), "BAD_USER_INPUT", "input.judgeModelId", /needs a reward model/],
  [
    "a judge that judges nothing",
    () => ({ judgeModelId: ids.judge }),
    "BAD_USER_INPUT",
    "input.judgeModelId",
    /neither is among/,
  ],
  [
    "a language model as judge",
    () => ({ metrics: ["MEAN_SCORE"], judgeModelId: ids.sft }),
    "BAD_USER_INPUT",
    "input.judgeModelId",
    /judged by REWARD/,
  ],
  ["a baseline of nothing", () => ({ baseline: "old" }), "BAD_USER_INPUT", "input.baseline", /WIN_RATE/],
  [
    "no baseline",
    () => ({ metrics: ["WIN_RATE"], judgeModelId: ids.judge }),
    "BAD_USER_INPUT",
    "input.baseline",
    /name their source as baseline/,
  ],
  [
    "a baseline that wrote nothing",
    () => ({ metrics: ["WIN_RATE"], judgeModelId: ids.judge, baseline: "none" }),
    "UNPROCESSABLE",
    "input.baseline",
    /of the baseline "none"/,
  ],
  [
    "a source that wrote nothing",
    () => ({ modelId: null, source: "none", metrics: ["LENGTH"] }),
    "UNPROCESSABLE",
    "input.source",
    /No prompt of TEST/,
  ],
  [
    "the loss of a source",
    () => ({ modelId: null, source: "new" }),
    "BAD_USER_INPUT",
    "input.modelId",
    /LOSS needs a model/,
  ],
  [
    "the loss of a reward model",
    () => ({ modelId: ids.judge }),
    "BAD_USER_INPUT",
    "input.modelId",
    /probabilities of tokens/,
  ],
  [
    "the accuracy of a language model",
    () => ({ metrics: ["REWARD_ACCURACY"] }),
    "BAD_USER_INPUT",
    "input.modelId",
    /./,
  ],
  [
    "a distance from nothing",
    () => ({ metrics: ["KL_FROM_REFERENCE"] }),
    "BAD_USER_INPUT",
    "input.modelId",
    /it has none/,
  ],
  ["an empty split", () => ({ split: "TRAIN" }), "UNPROCESSABLE", "input.split", /No prompt of TRAIN has what LOSS/],
  ["a version of a model", () => ({ sourceVersion: 1 }), "BAD_USER_INPUT", "input.sourceVersion", /none is given/],
  [
    "the version 0",
    () => ({ modelId: null, source: "new", sourceVersion: 0, metrics: ["LENGTH"] }),
    "BAD_USER_INPUT",
    "input.sourceVersion",
    /begin at 1/,
  ],
  [
    "a pool of no votes",
    () => ({ pool: "HELD_OUT" }),
    "BAD_USER_INPUT",
    "input.pool",
    "input.pool is whose votes REWARD_ACCURACY counts, which is not among input.metrics.",
  ],
  [
    "a pool that did not vote",
    () => ({ modelId: ids.judge, metrics: ["REWARD_ACCURACY"], split: "VALIDATION", pool: "TRAINING", maxPrompts: 1 }),
    "UNPROCESSABLE",
    "input.pool",
    "No prompt of VALIDATION has what REWARD_ACCURACY would be measured on: a ranking by a labeler of the pool TRAINING.",
  ],
  ["no prompts", () => ({ maxPrompts: 0 }), "BAD_USER_INPUT", "input.maxPrompts", /must be 1 to 100000/],
  ["a model that is not there", () => ({ modelId: globalId("Model", "999") }), "NOT_FOUND", "input.modelId", /./],
] as const)("%s is refused, and nothing is started", async (_name, input, code, field, sentence) => {
  const before = await jobs();
  const { errors } = await server.graphql(RUN, {
    input: { datasetId, modelId: ids.sft, metrics: ["LOSS"], ...input() },
  });
  expect(errors?.[0]).toMatchObject({ message: expect.stringMatching(sentence), extensions: { code, field } });
  expect(await jobs()).toBe(before);
});
