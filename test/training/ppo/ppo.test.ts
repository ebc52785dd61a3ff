import { createHash } from "node:crypto";
import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { readTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import { ppoMemoryBytes } from "../../../src/training/config/ppo-memory.js";
import type { TrainingPrompt } from "../../../src/training/config/prompts.js";
import type { TensorFile, TrainingEvent } from "../../../src/training/events/events.js";
import { readModel, writeModel } from "../../../src/training/files/model-file.js";
import { readSafetensors, writeSafetensors } from "../../../src/training/files/safetensors.js";
import { type PpoOptions, trainPpo } from "../../../src/training/ppo/ppo.js";
import {
  countingReward,
  parts,
  policyFile,
  ppoConfig,
  ppoPrompts,
  rewardFile,
  someRewardValues,
  talkativePolicy,
} from "../ppo-support.js";
import { collect, newValues, open, pointsOf, sameBits, TINY, UNTIED, valuesOf } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => {
  // Whatever a run came to, it leaves no tensor and no memory behind.
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});
afterAll(() => backend.close());

const PROMPTS = ppoPrompts(16); // 12 of TRAIN, 4 of VALIDATION
const CORPUS: TrainingPrompt[] = PROMPTS.filter(({ split }) => split === "TRAIN").map((prompt) => ({
  ...prompt,
  source: "CUSTOMER",
  demonstrations: [],
}));
const INPUT = { episodes: 48, batchSize: 8, minibatchSize: 4, maxResponseTokens: 6, policyLearningRate: 3e-3, seed: 5 };
const SHORT = ppoConfig(PROMPTS, INPUT, { evaluateEvery: 3 });
const PTX = ppoConfig(PROMPTS, { ...INPUT, episodes: 24, innerEpochs: 2, ptxCoefficient: 2, ptxRatio: 2 });

/** A run with what matters to a test; the clock goes a millisecond a look. */
function run(options: Partial<PpoOptions> & Pick<PpoOptions, "config">) {
  let milliseconds = 0;
  return trainPpo({
    backend,
    prompts: PROMPTS,
    pretraining: CORPUS,
    policy: policyFile(),
    reward: rewardFile(someRewardValues()),
    checkpoint: null,
    threads: 1,
    signal: new AbortController().signal,
    now: () => milliseconds++,
    ...options,
  });
}

const sha256 = (file: TensorFile | null): string | null =>
  file === null ? null : createHash("sha256").update(writeSafetensors(file)).digest("hex");
const samplesOf = (events: readonly TrainingEvent[]) => events.filter(({ kind }) => kind === "samples");
const OBJECTIVE = ["scores", "kl", "entropy", "non_score_reward", "rlhf_reward"].map((name) => `objective/${name}`);
const UPDATE = ["loss/policy", "loss/value", "policy/approxkl", "policy/clipfrac", "val/clipfrac", "val/ratio"];

test("a run's points and samples, in their places", async () => {
  const { events, model, error } = await collect(run({ config: SHORT }));
  expect(error).toBeNull();
  const names = [
    ...OBJECTIVE,
    "ppo/response_length",
    ...[...UPDATE, "val/ratio_max_deviation"].map((name) => `ppo/${name}`),
    "train/learning_rate",
    "train/grad_norm",
  ];
  const step = (number: number) => names.map((name) => [number, name]);
  const evaluation = (number: number) => ["eval/score", "eval/kl"].map((name) => [number, name]);
  // 48 episodes in batches of 8 are 6 iterations; evaluations at 0, 3 and 6.
  expect(pointsOf(events).map(([at, name]) => [at, name])).toEqual([
    ...evaluation(0),
    ...[1, 2, 3].flatMap(step),
    ...evaluation(3),
    ...[4, 5, 6].flatMap(step),
    ...evaluation(6),
  ]);
  const samples = events.filter((event) => event.kind === "samples");
  expect(samples.map(({ step }) => step)).toEqual([0, 3, 6]);
  expect(samples[0]?.samples.map(({ promptId }) => promptId)).toEqual(["p3", "p7", "p11"]);
  expect(events.filter((event) => event.kind === "progress").at(-1)).toMatchObject({
    phase: "evaluating",
    step: 6,
    totalSteps: 6,
  });
  expect(Object.keys(model?.metadata ?? {}).sort()).toEqual(["architecture", "formatVersion", "stage", "tokenizer"]);
  expect(model?.metadata.stage).toBe("POLICY");
  expect(model?.tensors.map(({ name }) => name)).toEqual(policyFile().tensors.map(({ name }) => name));
});

test("checks 1 and 2: in the first minibatch the ratio is 1, and before the first step the policy is its reference", async () => {
  const config = ppoConfig(PROMPTS, { ...INPUT, minibatchSize: 8, missingEosPenalty: 0 });
  const { events } = await collect(run({ config }));
  const first = (name: string) => valuesOf(events, name)[0]!;
  expect(Math.max(...valuesOf(events, "ppo/val/ratio_max_deviation"))).toBeLessThan(1e-5);
  for (const name of ["objective/kl", "objective/non_score_reward", "ppo/policy/approxkl", "eval/kl"])
    expect(Math.abs(first(name))).toBeLessThan(1e-6);
  expect([first("ppo/policy/clipfrac"), first("ppo/val/clipfrac")]).toEqual([0, 0]);
  expect(first("ppo/val/ratio")).toBeCloseTo(1, 6);
  expect(Math.abs(first("ppo/loss/policy"))).toBeLessThan(1e-6); // −mean of whitened advantages
  expect(first("objective/rlhf_reward")).toBeCloseTo(first("objective/scores"), 6);
});

test("check 2: with a learning rate of 0 nothing changes, and the KL stays 0", async () => {
  const values = newValues(TINY);
  const config = { ...SHORT, policyLearningRate: 0, valueLearningRate: 0 };
  const { events, model } = await collect(run({ config, policy: policyFile(values) }));
  for (const name of ["objective/kl", "eval/kl", "ppo/policy/approxkl", "ppo/policy/clipfrac"])
    expect(Math.max(...valuesOf(events, name).map(Math.abs))).toBeLessThan(1e-6);
  expect(new Set(valuesOf(events, "eval/score")).size).toBe(1);
  expect(model?.tensors).toEqual(policyFile(values).tensors);
});

test("O13: every metric is finite and masked: entropy from 0 to ln 257 a token, lengths from 1 to the longest", async () => {
  const { events } = await collect(run({ config: { ...SHORT, temperature: 0.7 } }));
  expect(pointsOf(events).every(([, , value]) => Number.isFinite(value))).toBe(true);
  const lengths = valuesOf(events, "ppo/response_length");
  for (const [index, entropy] of valuesOf(events, "objective/entropy").entries()) {
    expect(entropy).toBeGreaterThan(0);
    expect(entropy).toBeLessThanOrEqual(lengths[index]! * Math.log(257) * (1 + 1e-6));
    expect(lengths[index]).toBeGreaterThanOrEqual(1);
    expect(lengths[index]).toBeLessThanOrEqual(6);
  }
});

test("O9: the learning rate grows from a tenth in the warm-up and then stays", async () => {
  const { events } = await collect(run({ config: { ...SHORT, warmUpIterations: 2, policyLearningRate: 0.001 } }));
  const rates = valuesOf(events, "train/learning_rate").map((rate) => Number(rate.toPrecision(10)));
  expect(rates).toEqual([0.0001, 0.00055, 0.001, 0.001, 0.001, 0.001]);
});

test.each([
  ["PPO", [1, 2], SHORT],
  ["PPO-ptx with AFTER_EOS", [1, 2, 4], { ...PTX, rewardPlacement: "AFTER_EOS" as const, whitenRewards: true }],
] as const)("equal runs of %s have equal bits with %p threads", async (_, counts, config) => {
  const runs = [];
  for (const threads of counts) runs.push(await collect(run({ config, threads })));
  const [one, ...others] = runs as [(typeof runs)[0], ...typeof runs];
  expect(one.error).toBeNull();
  for (const other of others) {
    expect(pointsOf(other.events)).toEqual(pointsOf(one.events));
    expect(samplesOf(other.events)).toEqual(samplesOf(one.events));
    expect(sha256(other.model)).toBe(sha256(one.model));
  }
});

test("another seed has other bits", async () => {
  const [one, other] = [await collect(run({ config: SHORT })), await collect(run({ config: { ...SHORT, seed: 6 } }))];
  expect(sha256(other.model)).not.toBe(sha256(one.model));
});

test.each([
  ["PPO", SHORT],
  ["PPO-ptx of two inner epochs", PTX],
])("a run of %s that goes on from any checkpoint has the bits of one that was never interrupted", async (_, config) => {
  const whole = await collect(run({ config }), () => true);
  const checkpoints = whole.events.filter((event) => event.kind === "checkpoint");
  expect(checkpoints.map(({ step }) => step)).toEqual(Array.from({ length: config.iterations + 1 }, (_, i) => i));
  for (const [index, checkpoint] of checkpoints.entries()) {
    const file = readSafetensors(writeSafetensors(checkpoint.file));
    const rest = await collect(run({ config, checkpoint: file, threads: index === 1 ? 2 : 1 }), () => index === 1);
    expect(rest.error).toBeNull();
    const before = whole.events.slice(0, whole.events.indexOf(checkpoint));
    // Throughput counts as a point, too.
    expect(checkpoint.points).toBe(before.reduce((sum, e) => sum + (e.kind === "metrics" ? e.points.length : 0), 0));
    expect(pointsOf(rest.events)).toEqual(pointsOf(whole.events).slice(pointsOf(before).length));
    expect(samplesOf(rest.events)).toEqual(samplesOf(whole.events).slice(samplesOf(before).length));
    expect(sha256(rest.model)).toBe(sha256(whole.model));
    // A checkpoint of the second run is that of the first.
    const again = rest.events.find((event) => event.kind === "checkpoint" && event.step === 2);
    if (again?.kind === "checkpoint") expect(sha256(again.file)).toBe(sha256(checkpoints[2]?.file ?? null));
  }
});

test("a checkpoint has policy, value model, average and two optimizers, and is refused by another configuration", async () => {
  const { events } = await collect(run({ config: SHORT }), () => true);
  const checkpoint = events.find((event) => event.kind === "checkpoint") as { file: TensorFile };
  const prefixes = new Set(checkpoint.file.tensors.map(({ name }) => name.slice(0, name.indexOf("."))));
  const moments = (model: string) => [`${model}_first_moments`, `${model}_second_moments`];
  expect([...prefixes]).toEqual(["policy", ...moments("policy"), "average", "value", ...moments("value")]);
  const { error } = await collect(run({ config: { ...SHORT, klCoefficient: 0.5 }, checkpoint: checkpoint.file }));
  expect(error).toMatchObject({ code: "MODEL_DAMAGED", message: "The checkpoint belongs to another configuration." });
});

describe("check 12: a reward that counts one byte", () => {
  const architecture = { ...TINY, layers: 1 };
  const prompts = ppoPrompts(40);
  const policy = policyFile(talkativePolicy("abcdefgh", architecture), architecture);
  const reward = rewardFile(countingReward("a", architecture), architecture);
  const input = { maxResponseTokens: 8, batchSize: 32, missingEosPenalty: 0, valueLearningRate: 0.01, seed: 3 };
  const eventsWith = async (klCoefficient: number, iterations: number) => {
    const given = { ...input, klCoefficient, policyLearningRate: 0.02, episodes: 32 * iterations };
    const config = ppoConfig(prompts, given, { evaluateEvery: 100, emaDecay: 0 }, architecture);
    const { events } = await collect(run({ config, prompts, policy, reward }));
    return events;
  };

  test("is learned to at least 90 % of its maximum, and the answers say so", async () => {
    const events = await eventsWith(0, 16);
    const samples = samplesOf(events).at(-1);
    const texts = samples?.kind === "samples" ? samples.samples.map(({ text }) => text) : [];
    expect(texts.every((text) => /^a{7,8}$/.test(text))).toBe(true);
    // "Say" has the byte once, two line feeds follow the text, and the response has it eight times.
    const own = prompts.filter(({ split }) => split === "VALIDATION");
    const parts = own.map(({ text }) => (1 + 8) / (text.length + 2 + 8));
    const most = parts.reduce((sum, part) => sum + scoreOfPart(part), 0) / parts.length;
    const scores = valuesOf(events, "eval/score");
    expect(scores[0]).toBeLessThan(most / 3);
    expect(scores.at(-1)).toBeGreaterThan(0.9 * most);
    expect(scores.at(-1)).toBeLessThan(most * 1.001);
  });

  test("is not, where β is large: the policy stays at its reference", async () => {
    const events = await eventsWith(100, 16);
    const kl = valuesOf(events, "eval/kl");
    expect(Math.abs(kl.at(-1) as number)).toBeLessThan(0.3); // of 24 nats that it takes to say the byte alone
    const scores = valuesOf(events, "eval/score");
    expect(scores.at(-1)).toBeLessThan(scores[0]! + 0.05);
  });
});

/** What countingReward says of a text of which a part is the byte. */
function scoreOfPart(part: number): number {
  const along = (x: number): number => (0.1 * x) / Math.sqrt(1 + (0.1 * x) ** 2) / 0.2;
  return along(2 * part - 1) + along(1);
}

test("PPO-ptx keeps the loss on pretraining text lower than PPO does", async () => {
  const input = { ...INPUT, policyLearningRate: 0.01, ptxRatio: 2 };
  const lossOf = async (ptxCoefficient: number) => {
    const { events } = await collect(run({ config: ppoConfig(PROMPTS, { ...input, ptxCoefficient }) }));
    return valuesOf(events, "ppo/loss/ptx").at(-1) as number;
  };
  // A coefficient of next to nothing measures the same loss without learning it.
  expect(await lossOf(27.8)).toBeLessThan((await lossOf(1e-6)) - 1);
});

test("a loss that is no longer finite ends the run, after its points", async () => {
  const config = { ...SHORT, policyLearningRate: 1e30, warmUpIterations: 0 };
  const { events, error } = await collect(run({ config }));
  expect(error).toMatchObject({ name: "JobFailure", code: "DIVERGED" });
  const { step, message } = error as { step: number; message: string };
  expect(message).toMatch(
    new RegExp(
      `^The (policy's loss|.* gradient|score on VALIDATION|KL on VALIDATION) is .* iteration ${step}; it must be finite\\.$`,
    ),
  );
  const last = events.filter((event) => event.kind === "metrics").at(-1);
  expect(last?.step).toBe(step);
  expect(last?.points.some(({ value }) => !Number.isFinite(value))).toBe(true);
});

test("a policy whose logits are not finite cannot answer: the run ends and says in which iteration", async () => {
  const huge = newValues(TINY).map((value) => value * 1e16);
  const { error } = await collect(run({ config: SHORT, policy: policyFile(huge) }));
  expect(error).toMatchObject({
    code: "DIVERGED",
    step: 0,
    message: expect.stringMatching(/^The likeliest token has the logit .*; logits must be finite to choose by\.$/),
  });
});

test.each([0, 1, 4, 7, 10])("aborted after %i events it ends soon, without a model", async (count) => {
  const controller = new AbortController();
  const training = run({ config: SHORT, signal: controller.signal, threads: 2 });
  for (let i = 0; i < count; i++) await training.next();
  controller.abort();
  const { events, model, error } = await collect(training);
  expect([model, error]).toEqual([null, null]);
  expect(events.length).toBeLessThan(5);
});

test("aborted while it samples it ends within a token", async () => {
  const controller = new AbortController();
  const training = run({ config: { ...SHORT, validationPrompts: 4 }, signal: controller.signal });
  await training.next();
  const pending = collect(training);
  setTimeout(() => controller.abort(), 20);
  expect((await pending).model).toBeNull();
});

test("a run that nobody reads on ends with its threads", async () => {
  const training = run({ config: SHORT, threads: 2 });
  for (let i = 0; i < 6; i++) await training.next();
  await training.return(null);
});

test("other prompts, other text to pretrain on, or models that do not fit are refused", async () => {
  const errorOf = async (options: Partial<PpoOptions>) =>
    (await collect(run({ config: SHORT, ...options }))).error as Error;
  expect(await errorOf({ prompts: PROMPTS.slice(1) })).toMatchObject({
    code: "INPUT_CHANGED",
    message: "TRAIN has 11 prompts; the job was configured for 12.",
  });
  expect(await errorOf({ config: PTX, pretraining: CORPUS.slice(1) })).toMatchObject({
    code: "INPUT_CHANGED",
    message: "The pretraining corpus has 11 documents; the job was configured for 12.",
  });
  expect(await errorOf({ policy: rewardFile(someRewardValues()) })).toMatchObject({ code: "MODEL_DAMAGED" });
  expect(await errorOf({ reward: policyFile() })).toMatchObject({
    code: "MODEL_DAMAGED",
    message: expect.stringMatching(/^The reward model is \{/),
  });
});

test("a reward model with another tokenizer is refused: the value model reads the policy's tokens", async () => {
  const architecture = { ...TINY, vocabularySize: 259, tokenizer: "TRAINED_BPE" } as const;
  const tokenizer = (merges: readonly string[]) => readTokenizer(JSON.stringify({ kind: "TRAINED_BPE", merges }));
  const asked = ppoConfig(PROMPTS, INPUT, {}, architecture);
  const policy = policyFile(newValues(architecture), architecture, await tokenizer(["a b", "b c"]));
  const reward = rewardFile(someRewardValues(architecture), architecture, await tokenizer(["a b", "c d"]));
  const { error } = await collect(run({ config: asked, policy, reward }));
  expect(error).toMatchObject({
    code: "UNPROCESSABLE",
    message: expect.stringMatching(
      /^The reward model's tokenizer is TRAINED_BPE of 259 tokens \(SHA-256 \w{12}…\) and the policy's TRAINED_BPE of 259 tokens \(SHA-256 \w{12}…\); they must be the same/,
    ),
  });
});

test("an imported model with an unembedding of its own becomes a policy that keeps it, with equal bits on any threads", async () => {
  const architecture = UNTIED;
  const values = talkativePolicy("abc", UNTIED, [byteTokenizer.endOfText]);
  const part = parts(values, UNTIED);
  part("lm_head.weight").set(part("wte.weight")); // so that it says what its tied twin does
  const policy = writeModel({ stage: "IMPORTED", architecture, tokenizer: byteTokenizer, values });
  const config = {
    ...ppoConfig(PROMPTS, { ...INPUT, episodes: 16, ptxCoefficient: 2, ptxRatio: 1 }, {}, UNTIED),
    evaluateEvery: 1,
  };
  const first = await collect(run({ config, policy }));
  expect(first.error).toBeNull();
  expect(first.model?.metadata).toMatchObject({ stage: "POLICY" });
  const { architecture: kept, values: learned } = await readModel(first.model as TensorFile);
  expect(kept).toEqual(UNTIED);
  // Embedding and unembedding are learned apart.
  for (const name of ["wte.weight", "lm_head.weight"])
    expect([name, sameBits(parts(learned, UNTIED)(name), part(name))]).toEqual([name, false]);
  expect(sameBits(parts(learned, UNTIED)("wte.weight"), parts(learned, UNTIED)("lm_head.weight"))).toBe(false);
  // The first minibatch has the ratio 1 and the policy is its reference.
  expect(valuesOf(first.events, "ppo/val/ratio_max_deviation")[0]).toBeLessThan(1e-5);
  expect(valuesOf(first.events, "objective/kl")[0]).toBe(0);
  // What it says before it learns anything is what a tied model of the same numbers says.
  const tied = ppoConfig(PROMPTS, { ...INPUT, episodes: 8, ptxCoefficient: 2, ptxRatio: 1 });
  const twin = await collect(run({ config: { ...tied, evaluateEvery: 1 } }));
  expect(samplesOf(first.events)[0]).toEqual(samplesOf(twin.events)[0]);
  const parallel = await collect(run({ config, policy, threads: 2 }));
  expect(sha256(parallel.model)).toBe(sha256(first.model));
});

test("contexts that were cut are told in one warning, at the beginning of the first run alone", async () => {
  const prompts = PROMPTS.map((prompt, index) => ({ ...prompt, text: index < 2 ? "x".repeat(100) : prompt.text }));
  const { events } = await collect(run({ config: SHORT, prompts }), () => true);
  expect(events.filter((event) => event.kind === "warning").map(({ message }) => message)).toEqual([
    "2 of 16 contexts lost their beginning, so that 6 tokens of response fit the window of 32. Of 2 contexts less than half of the prompt is left.",
  ]);
  const checkpoint = events.find((event) => event.kind === "checkpoint") as { file: TensorFile };
  const rest = await collect(run({ config: SHORT, prompts, checkpoint: checkpoint.file }));
  expect(rest.events.some(({ kind }) => kind === "warning")).toBe(false);
});

describe("memory", () => {
  test.each([1, 2])(
    "takes at most what was estimated and at least a quarter of it, with %i threads",
    async (threads) => {
      const architecture = { ...TINY, width: 64, contextLength: 64 };
      const long = PROMPTS.map((prompt) => ({ ...prompt, text: "x".repeat(100) }));
      const config = ppoConfig(
        long,
        { ...INPUT, episodes: 16, maxResponseTokens: 32, batchSize: 16, minibatchSize: 8 },
        {},
        architecture,
      );
      const own = await open();
      await collect(
        run({
          backend: own,
          config,
          prompts: long,
          threads,
          policy: policyFile(newValues(architecture), architecture),
          reward: rewardFile(someRewardValues(architecture), architecture),
        }),
        () => true,
      );
      const estimate = ppoMemoryBytes({ ...config, threads });
      expect(own.budget.peakBytes).toBeLessThan(estimate);
      expect(own.budget.peakBytes).toBeGreaterThan(estimate / 4);
      own.close();
      backend = await open();
    },
  );

  test("that does not suffice ends the run with its reason, or leaves threads out", async () => {
    const one = ppoMemoryBytes({ ...SHORT, threads: 1 });
    const small = await open("wasm", one);
    const { model } = await collect(run({ backend: small, config: SHORT, threads: 4 }));
    expect(model).not.toBeNull();
    for (const part of [0.02, 0.06, 0.1, 0.125]) {
      const tiny = await open("wasm", one * part);
      const { error } = await collect(run({ backend: tiny, config: SHORT }));
      expect(error).toMatchObject({ code: "OUT_OF_MEMORY" });
      expect(tiny.budget.bytesInUse).toBe(0);
      tiny.close();
    }
    backend = await open();
  });
});
