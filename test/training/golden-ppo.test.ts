import { readFileSync } from "node:fs";
import { byteTokenizer } from "../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../src/training/backend.js";
import type { Architecture } from "../../src/training/config/model-shape.js";
import type { PpoConfig } from "../../src/training/config/ppo.js";
import type { TensorFile } from "../../src/training/events.js";
import { clipFactor } from "../../src/training/optimizer.js";
import { initialise, parametersOf, totalSize } from "../../src/training/parameters.js";
import { type Iteration, PpoRun, rolloutOf } from "../../src/training/ppo/run.js";
import type { Example } from "../../src/training/text-layout.js";
import { open } from "./support.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), "utf8"));

// test/golden/ppo.py made what is expected: the same initial parameters, responses and pretraining windows, float32.
type Gradients = Record<string, { norm: number; largest: number; entries: number[] }>;
interface Case {
  readonly name: string;
  readonly iterations: Record<string, number>[];
  readonly gradients: { readonly policy: Gradients; readonly value: Gradients };
  readonly averageNorms: Record<string, number>;
}
const EXPECTED = read<{ cases: Case[] }>("ppo-expected.json").cases;
const GOLDEN = read<{
  headDeviation: number;
  config: PpoConfig;
  cases: Record<string, Partial<PpoConfig>>;
  rollouts: { context: number[]; response: number[] }[][];
  windows: number[][];
}>("ppo-case.json");

const WINDOWS = GOLDEN.windows.map((ids): Example => ({ promptId: "", ids: Int32Array.from(ids), contextLength: 1 }));

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

/** A model's first parameters; a head is not 0. */
function valuesOf(architecture: Architecture, seed: number): Float32Array {
  const parameters = parametersOf(architecture).map((parameter) =>
    parameter.name === "score.weight" ? { ...parameter, start: { deviation: GOLDEN.headDeviation } } : parameter,
  );
  const values = new Float32Array(totalSize(parameters));
  initialise(values, parameters, seed);
  return values;
}

/** The recorded rollouts, learned one iteration after another. */
async function iterate(
  config: PpoConfig,
  rollouts: typeof GOLDEN.rollouts,
): Promise<{ readonly iterations: Iteration[]; readonly checkpoint: TensorFile }> {
  const { architecture, rewardArchitecture, seed } = config;
  const run = new PpoRun({
    backend,
    config,
    policy: { stage: "SFT", architecture, tokenizer: byteTokenizer, values: valuesOf(architecture, seed) },
    reward: {
      stage: "REWARD",
      architecture: rewardArchitecture,
      tokenizer: byteTokenizer,
      values: valuesOf(rewardArchitecture, seed + 1),
    },
    threads: 1,
    signal: new AbortController().signal,
    pause: async () => {},
  });
  const beside = (step: number): Example[] =>
    Array.from(
      { length: config.minibatchSize * config.ptxRatio },
      (_, i, count = config.minibatchSize * config.ptxRatio) => WINDOWS[(step * count + i) % WINDOWS.length] as Example,
    );
  const iterations: Iteration[] = [];
  for (const rows of rollouts) {
    const episodes = rows.map(({ context, response }) => rolloutOf(context, response, byteTokenizer.endOfText, config));
    iterations.push(await run.learn(episodes, beside));
  }
  const checkpoint = run.checkpoint();
  await run.close();
  return { iterations, checkpoint };
}

describe.each(EXPECTED)("$name", ({ name, iterations: expected, gradients, averageNorms }) => {
  const config = { ...GOLDEN.config, ...GOLDEN.cases[name] } as PpoConfig;

  test("40 steps in ten iterations have the losses and figures of PyTorch, within a relative 1e-4 or 1e-6", async () => {
    const { iterations, checkpoint } = await iterate(config, GOLDEN.rollouts);
    const wrong = expected.flatMap((metrics, index) => {
      const { metrics: own, gradientNorm } = iterations[index] as Iteration;
      const ours: Record<string, number> = { ...own, "train/grad_norm": gradientNorm };
      return Object.entries(metrics)
        .filter(([metric, value]) => !(Math.abs((ours[metric] as number) - value) <= 1e-6 + 1e-4 * Math.abs(value)))
        .map(([metric, value]) => `${index} ${metric}: ${ours[metric]} instead of ${value}`);
    });
    expect(wrong).toEqual([]);
    expect(iterations.map(({ problem }) => problem)).toEqual(Array(10).fill(null));
    // The average of the policy, too.
    for (const [parameter, norm] of Object.entries(averageNorms)) {
      const average = checkpoint.tensors.find((tensor) => tensor.name === `average.${parameter}`)?.data;
      expect([parameter, Math.abs(normOf(average) - norm) <= 1e-6 + 1e-4 * norm]).toEqual([parameter, true]);
    }
  });

  test("the first step's gradients are PyTorch's, in every tensor within a relative 1e-4 of its largest entry, or 1e-6", async () => {
    const single = { ...config, innerEpochs: 1, minibatchSize: config.batchSize };
    const { checkpoint } = await iterate(single, GOLDEN.rollouts.slice(0, 1));
    // After one step a first moment is (1 − β₁) times the gradient, which was shortened to its longest.
    const wrong = (["policy", "value"] as const).flatMap((model) => {
      const whole = Math.hypot(...Object.values(gradients[model]).map(({ norm }) => norm));
      const factor = (1 - config.beta1) * clipFactor(whole, config.gradientNorm);
      return Object.entries(gradients[model]).flatMap(([parameter, { norm, largest, entries }]) => {
        const moments = checkpoint.tensors.find(({ name }) => name === `${model}_first_moments.${parameter}`);
        const gradient = (moments?.data ?? new Float32Array()).map((moment) => moment / factor);
        const tolerance = 1e-6 + 1e-4 * largest;
        const isNear =
          Math.abs(normOf(gradient) - norm) <= 1e-6 + 1e-4 * norm &&
          entries.every((entry, i) => {
            const ours = gradient[Math.floor((i * gradient.length) / 16)] as number;
            return Math.abs(ours - entry) <= tolerance;
          });
        return isNear ? [] : [`${model} ${parameter}`];
      });
    });
    expect(wrong).toEqual([]);
  });
});

const normOf = (numbers: Float32Array | undefined): number =>
  Math.sqrt((numbers ?? new Float32Array()).reduce((sum, value) => sum + value * value, 0));
