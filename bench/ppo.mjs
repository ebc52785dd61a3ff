/** What of an iteration of PPO is neither sampling nor a forward or backward pass. */
import { keyedRandom } from "../dist/random.js";
import { openBackend } from "../dist/training/backend.js";
import { withScalarHead } from "../dist/training/config/model-shape.js";
import { resolvePpo } from "../dist/training/config/ppo.js";
import { initialise, parametersOf, totalSize } from "../dist/training/model/parameters.js";
import { PpoRun } from "../dist/training/ppo/run.js";
import { LoadedModel } from "../dist/training/shards/loaded-model.js";
import { duration, median, mustBe, short } from "./support/figures.mjs";

/** S1 of bench/training.mjs. */
const ARCHITECTURE = {
  layers: 4,
  width: 128,
  heads: 4,
  contextLength: 128,
  vocabularySize: 4096,
  tokenizer: "TRAINED_BPE",
};
const MEMORY = 4e9;
const EPISODES = { batchSize: 32, minibatchSize: 8, maxResponseTokens: 32 };
const CONTEXT_TOKENS = 48;
const ITERATIONS = 5;
const AT_MOST = 0.1;
const RUNS = [
  { name: "PPO", more: {} },
  { name: "PPO-ptx", more: { ptxCoefficient: 27.8, ptxRatio: 1 } },
];

export async function run(results) {
  for (const { name, more } of RUNS) {
    const times = await iterate({ ...EPISODES, ...more }, clock());
    mustBe(
      `the bits of ${name} with and without a clock`,
      times.sha,
      (await iterate({ ...EPISODES, ...more }, null)).sha,
    );
    const shares = times.iterations.map(({ whole, inside }) => 1 - inside / whole);
    const share = median(shares);
    const { whole, parts } = times.iterations.at(-1);
    const told = Object.entries(parts).map(([part, ms]) => `${part} ${short((100 * ms) / whole)} %`);
    results.add({
      what: `share of an iteration of ${name} outside sampling, forward and backward, S1 on one thread`,
      command: "ppo",
      figure: `${short(100 * share)} %`,
      ratio: `at most ${100 * AT_MOST} %; of ${duration(whole)}: ${told.join(", ")}`,
      holds: share <= AT_MOST,
    });
  }
}

/** Counts the milliseconds of what the engine is for, by wrapping it. */
function clock() {
  const parts = {};
  const wrapped = [
    [PpoRun.prototype, "rollOut", "sampling"],
    [LoadedModel.prototype, "outputs", "forward"],
    [LoadedModel.prototype, "lossAndKeptGradient", "forward and backward"], // with kernels, which wasm has
  ];
  const originals = wrapped.map(([prototype, name]) => prototype[name]);
  for (const [prototype, name, part] of wrapped) {
    const original = prototype[name];
    prototype[name] = function (...given) {
      const begin = performance.now();
      const end = () => {
        parts[part] = (parts[part] ?? 0) + performance.now() - begin;
      };
      const value = original.apply(this, given);
      if (value instanceof Promise) return value.finally(end);
      end();
      return value;
    };
  }
  return {
    take: () => {
      const taken = { ...parts };
      for (const part of Object.keys(parts)) delete parts[part];
      return taken;
    },
    stop: () => {
      for (const [index, [prototype, name]] of wrapped.entries()) prototype[name] = originals[index];
    },
  };
}

/** Iterations of the same run, the first of which is not counted; and the hash of the policy after them. */
async function iterate(input, watch) {
  const backend = await openBackend("wasm", { memoryBytes: MEMORY });
  const rewardArchitecture = withScalarHead(ARCHITECTURE);
  const facts = { trainPrompts: EPISODES.batchSize, validationPrompts: 0, pretrainingDocuments: 100 };
  const config = resolvePpo(input, { ...facts, architecture: ARCHITECTURE, rewardArchitecture, memoryBytes: MEMORY });
  // <|endoftext|> is the last id, and as likely as any other: nearly all responses are as long as they may be.
  const tokenizer = {
    kind: "TRAINED_BPE",
    vocabularySize: ARCHITECTURE.vocabularySize,
    endOfText: ARCHITECTURE.vocabularySize - 1,
  };
  const ppo = new PpoRun({
    backend,
    config,
    policy: { stage: "SFT", architecture: ARCHITECTURE, tokenizer, values: valuesOf(ARCHITECTURE, 1) },
    reward: { stage: "REWARD", architecture: rewardArchitecture, tokenizer, values: valuesOf(rewardArchitecture, 2) },
    threads: 1,
    signal: new AbortController().signal,
    pause: async () => {},
  });
  const windows = Array.from({ length: config.minibatchSize * config.ptxRatio }, (_, row) => ({
    promptId: String(row),
    ids: Int32Array.from(idsOf(["window", row], ARCHITECTURE.contextLength + 1)),
    contextLength: 1,
  }));
  const iterations = [];
  for (let iteration = 0; iteration <= ITERATIONS; iteration++) {
    watch?.take();
    const contexts = Array.from({ length: config.batchSize }, (_, row) => ({
      ids: idsOf(["context", iteration, row], CONTEXT_TOKENS),
      random: keyedRandom(["episode", iteration, row]),
    }));
    const begin = performance.now();
    const rollouts = await ppo.rollOut(contexts);
    const { metrics, problem } = await ppo.learn(rollouts, () => (config.ptxCoefficient > 0 ? windows : []));
    const whole = performance.now() - begin;
    mustBe("what is not finite", problem, null);
    mustBe("a first minibatch whose ratio is 1", metrics["ppo/val/ratio_max_deviation"] < 1e-5, true);
    const parts = watch?.take() ?? {};
    const inside = Object.values(parts).reduce((sum, ms) => sum + ms, 0);
    if (iteration > 0) iterations.push({ whole, inside, parts });
  }
  const sha = await digest(ppo.average);
  await ppo.close();
  backend.close();
  watch?.stop();
  return { iterations, sha };
}

const idsOf = (key, count) => {
  const random = keyedRandom(key);
  return Array.from({ length: count }, () => random.nextBelow(ARCHITECTURE.vocabularySize - 1));
};

/** New parameters; a head is not 0, so that scores differ. */
function valuesOf(architecture, seed) {
  const parameters = parametersOf(architecture).map((parameter) =>
    parameter.name === "score.weight" ? { ...parameter, start: { deviation: 0.1 } } : parameter,
  );
  const values = new Float32Array(totalSize(parameters));
  initialise(values, parameters, seed);
  return values;
}

const digest = async (values) => Buffer.from(await crypto.subtle.digest("SHA-256", values)).toString("hex");
