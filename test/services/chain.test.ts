/** Pretraining → SFT → reward model → PPO, each started by the id of the job before it, without waiting. */
import { importText } from "../support/import-over-http.js";
import { rankedLines } from "../support/ranked-lines.js";
import {
  hasEnded,
  type SeenJob,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

let server: TrainingServer;
let datasetId: string;

beforeAll(async () => {
  server = await startTrainingServer();
  expect(await importText(server, "d", rankedLines())).toMatchObject({ rejected: 0 });
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
});
afterAll(() => server.close());

const TYPES = {
  startPretraining: "PretrainingInput",
  startSft: "SftInput",
  startRewardModel: "RewardModelInput",
  startPpo: "PpoInput",
};

async function start(mutation: keyof typeof TYPES, input: Record<string, unknown>): Promise<string> {
  const data = await server.data<Record<string, { id: string }>>(
    `mutation ($input: ${TYPES[mutation]}!) { ${mutation}(input: $input) { id } }`,
    { input: { datasetId, ...input } },
  );
  return data[mutation]?.id as string;
}

const refusal = async (mutation: keyof typeof TYPES, input: Record<string, unknown>) =>
  (
    await server.graphql(`mutation ($input: ${TYPES[mutation]}!) { ${mutation}(input: $input) { id } }`, {
      input: { datasetId, ...input },
    })
  ).errors?.[0];

const metricsOf = async (id: string): Promise<string[]> =>
  (
    await server.data<{ node: { metrics: { name: string }[] } }>(
      `{ node(id: "${id}") { ... on Job { metrics { name } } } }`,
    )
  ).node.metrics.map(({ name }) => name);

test("a chain of jobs started at once runs in order, and each takes the model of the one before", async () => {
  const pretraining = await start("startPretraining", { architecture: TINY, steps: 4, name: "base" });
  const sft = await start("startSft", { baseJobId: pretraining, epochs: 1, name: "sft", pretrainingMix: 0.2 });
  const reward = await start("startRewardModel", { sftJobId: sft, epochs: 1, name: "reward" });
  const ppo = await start("startPpo", {
    sftJobId: sft,
    rewardModelJobId: reward,
    episodes: 16,
    batchSize: 8,
    minibatchSize: 4,
    maxResponseTokens: 4,
    ptxCoefficient: 1,
    ptxRatio: 1,
    name: "policy",
  });
  const runner = await server.runner();
  const jobs: SeenJob[] = [];
  for (const id of [pretraining, sft, reward, ppo]) jobs.push(await untilJob(server, id, hasEnded));
  await runner.stop();
  expect(jobs.map(({ status, error }) => [status, error])).toEqual(jobs.map(() => ["SUCCEEDED", null]));
  expect(jobs.map(({ model }) => [model?.name, model?.stage, model?.parents.map(({ name }) => name).sort()])).toEqual([
    ["base", "PRETRAINED", []],
    ["sft", "SFT", ["base"]],
    ["reward", "REWARD", ["sft"]],
    ["policy", "POLICY", ["reward", "sft"]],
  ]);
  expect(await metricsOf(reward)).toEqual(expect.arrayContaining(["train/accuracy", "eval/accuracy"]));
  expect(await metricsOf(ppo)).toEqual(expect.arrayContaining(["objective/kl", "objective/scores", "ppo/loss/ptx"]));
  expect(jobs[2]?.config).toMatchObject({ trainElements: 18, validationElements: 6, reasons: expect.any(Object) });
  expect(jobs[3]?.config).toMatchObject({ trainPrompts: 6, validationPrompts: 2, promptFilter: { stages: ["PPO"] } });
}, 120_000);

test.each([
  ["startRewardModel", {}, "Give exactly one of sftModelId, sftJobId; none is given."],
  ["startRewardModel", { sftModelId: "reward" }, "names a model of stage REWARD; a reward model is made of"],
  ["startPpo", { sftModelId: "sft" }, "Give exactly one of rewardModelId, rewardModelJobId; none is given."],
  ["startPpo", { sftModelId: "sft", rewardModelId: "sft" }, "names a model of stage SFT; PPO is judged by REWARD."],
  ["startPpo", { sftModelId: "sft", rewardModelId: "reward", maxResponseTokens: 0 }, "0; it must be"],
  ["startPpo", { sftModelId: "sft", rewardModelId: "reward", klCoefficient: -1 }, "is -1; it must be"],
  [
    "startPpo",
    { sftModelId: "sft", rewardModelId: "reward", promptFilter: { tag: "none" } },
    "no prompt that promptFilter selects",
  ],
  ["startPretraining", { architecture: { ...TINY, layers: 0 } }, "layers is 0"],
  ["startPretraining", { architecture: TINY, steps: 0 }, "Steps is 0; it must be"],
  ["startSft", { baseModelId: "sft", pretrainingMix: 2 }, "Pretraining mix is 2; it must be from 0 to 0.9."],
  [
    "startSft",
    { baseModelId: "sft", pretrainingDatasetId: "d" },
    "input.pretrainingDatasetId names text to learn beside, but input.pretrainingMix is not given, so that none would be; give one above 0 or leave both out.",
  ],
  ["startSft", { baseModelId: "sft", pretrainingDatasetId: "d", pretrainingMix: 0 }, "input.pretrainingMix is 0, so"],
  [
    "startPpo",
    { sftModelId: "sft", rewardModelId: "reward", pretrainingDatasetId: "d" },
    "but input.ptxCoefficient is 0, so that none would be",
  ],
  ["startPpo", { sftModelId: "sft", rewardModelId: "reward", ptxCoefficient: -1 }, "is -1; it must be from 0"],
  ["startSft", { baseModelId: "sft", rewardModelId: "sft" }, "parameters are chosen by REWARD"],
] as const)("%s of %j is refused, and nothing is started", async (mutation, input, sentence) => {
  const { models } = await server.data<{ models: { nodes: { id: string; name: string }[] } }>(
    "{ models { nodes { id name } } }",
  );
  const jobs = () => server.database.select<{ n: number }>("select count(*)::integer as n from job", []);
  const before = await jobs();
  const named = Object.fromEntries(
    Object.entries(input).map(([field, value]) => [
      field,
      value === "d" ? datasetId : (models.nodes.find(({ name }) => name === value)?.id ?? value),
    ]),
  );
  expect((await refusal(mutation, named))?.message).toContain(sentence);
  expect(await jobs()).toEqual(before);
});

test("a reward model needs strict comparisons by TRAINING labelers in TRAIN", async () => {
  const refuse = async (slug: string, line: Record<string, unknown>) => {
    const lines = [
      { labeler: { handle: "held", pool: "HELD_OUT" } },
      {
        text: "Say it.",
        split: "TRAIN",
        completions: [
          { key: "A", source: "x", text: "a" },
          { key: "B", source: "y", text: "b" },
        ],
        ...line,
      },
    ];
    await importText(server, slug, lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
    const { dataset } = await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`);
    const { models } = await server.data<{ models: { nodes: { id: string }[] } }>(
      "{ models(stage: SFT) { nodes { id } } }",
    );
    return refusal("startRewardModel", { datasetId: dataset.id, sftModelId: models.nodes[0]?.id });
  };
  for (const [slug, line, hurdles] of [
    ["ties", { rankings: [{ labeler: "w1", tiers: [["A", "B"]] }] }, "Of its 1 rankings 1 have ties only."],
    [
      "ties-of-rm",
      { stages: ["RM"], rankings: [{ labeler: "w1", tiers: [["A", "B"]] }] },
      "Of its 1 rankings 1 have ties only.",
    ],
    [
      "held",
      { rankings: [{ labeler: "held", tiers: [["A"], ["B"]] }] },
      "Of its 1 rankings 1 are by labelers who are not in the pool TRAINING.",
    ],
    [
      "tested",
      { split: "TEST", rankings: [{ labeler: "w1", tiers: [["A"], ["B"]] }] },
      "Of its 1 rankings 1 are of prompts in VALIDATION or TEST.",
    ],
    ["bare", {}, "The dataset has no rankings."],
  ] as const) {
    const error = await refuse(slug, line);
    expect([slug, error?.message, error?.extensions.code]).toEqual([
      slug,
      `The TRAIN split has no strict comparison of two completions by a TRAINING labeler to train on. ${hurdles}`,
      "UNPROCESSABLE",
    ]);
  }
});

test("a dataset whose text a queued job mixes in is not deleted", async () => {
  await importText(server, "text", '{"text":"Some text.","split":"TRAIN"}\n');
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "text") { id } }');
  const id = await start("startSft", { architecture: TINY, pretrainingMix: 0.1, pretrainingDatasetId: dataset.id });
  const remove = () => server.graphql(`mutation { deleteDataset(id: "${dataset.id}", slug: "text") }`);
  expect((await remove()).errors).toMatchObject([{ extensions: { code: "CONFLICT" } }]);
  await server.data(`mutation { cancelJob(id: "${id}") { id } }`);
  expect((await remove()).data).toEqual({ deleteDataset: true });
});
