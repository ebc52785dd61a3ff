import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import type { PpoConfig } from "../../../src/training/config/ppo.js";
import type { TensorFile } from "../../../src/training/events/events.js";
import { initialise, parametersOf, totalSize } from "../../../src/training/model/parameters.js";
import { type Iteration, PpoRun } from "../../../src/training/ppo/run.js";
import { rolloutOf } from "../../../src/training/ppo/rollouts.js";
import type { Example } from "../../../src/training/text/text-layout.js";
import { type CaseSize, type Described, described, normOf, read } from "./trajectory.js";

export const PPO_CASES = ["PPO", "PPO-ptx"] as const;

export interface PpoTrajectory {
  /** What each iteration measures. */
  readonly iterations: readonly Readonly<Record<string, number>>[];
  readonly problems: readonly (string | null)[];
  /** Of one step with all episodes of the first iteration, shortened to the longest that a gradient may be. */
  readonly shortenedGradients: { readonly policy: Described; readonly value: Described };
  /** Norms of the average of the policy, by tensor. */
  readonly averageNorms: Readonly<Record<string, number>>;
}

interface PpoCase {
  readonly headDeviation: number;
  readonly config: PpoConfig;
  readonly cases: Record<string, Partial<PpoConfig>>;
  readonly rollouts: { context: number[]; response: number[] }[][];
  readonly windows: number[][];
}

/** PPO on the recorded rollouts, as test/golden/ppo.py learns them. */
export async function ppoTrajectory(
  backend: Backend,
  size: CaseSize,
  name: (typeof PPO_CASES)[number],
): Promise<PpoTrajectory> {
  const golden = read<PpoCase>(`ppo${size}-case`);
  const config = { ...golden.config, ...golden.cases[name] } as PpoConfig;
  const { iterations, checkpoint } = await iterate(backend, golden, config, golden.rollouts);
  const single = { ...config, innerEpochs: 1, minibatchSize: config.batchSize };
  const first = (await iterate(backend, golden, single, golden.rollouts.slice(0, 1))).checkpoint;
  const ofTensors = <T>(file: TensorFile, prefix: string, take: (data: Float32Array) => T): Record<string, T> =>
    Object.fromEntries(
      file.tensors.flatMap((tensor) =>
        tensor.name.startsWith(prefix) ? [[tensor.name.slice(prefix.length), take(tensor.data)]] : [],
      ),
    );
  // After one step a first moment is (1 − β₁) times the gradient, which was shortened to its longest.
  const shortened = (model: "policy" | "value"): Described =>
    ofTensors(first, `${model}_first_moments.`, (data) => described(data.map((moment) => moment / (1 - config.beta1))));
  return {
    iterations: iterations.map(({ metrics, gradientNorm }) => ({ ...metrics, "train/grad_norm": gradientNorm })),
    problems: iterations.map(({ problem }) => problem),
    shortenedGradients: { policy: shortened("policy"), value: shortened("value") },
    averageNorms: ofTensors(checkpoint, "average.", normOf),
  };
}

/** A model's first parameters; a head is not 0. */
function firstValues(architecture: Architecture, seed: number, headDeviation: number): Float32Array {
  const parameters = parametersOf(architecture).map((parameter) =>
    parameter.name === "score.weight" ? { ...parameter, start: { deviation: headDeviation } } : parameter,
  );
  const values = new Float32Array(totalSize(parameters));
  initialise(values, parameters, seed);
  return values;
}

/** Recorded rollouts, learned one iteration after another. */
async function iterate(
  backend: Backend,
  { windows, headDeviation }: PpoCase,
  config: PpoConfig,
  rollouts: PpoCase["rollouts"],
): Promise<{ readonly iterations: Iteration[]; readonly checkpoint: TensorFile }> {
  const { architecture, rewardArchitecture, seed, minibatchSize, ptxRatio } = config;
  const tokenizer = byteTokenizer;
  const policy = firstValues(architecture, seed, headDeviation);
  const reward = firstValues(rewardArchitecture, seed + 1, headDeviation);
  const run = new PpoRun({
    backend,
    config,
    policy: { stage: "SFT", architecture, tokenizer, values: policy },
    reward: { stage: "REWARD", architecture: rewardArchitecture, tokenizer, values: reward },
    threads: 1,
    signal: new AbortController().signal,
    pause: async () => {},
  });
  const examples = windows.map((ids): Example => ({ promptId: "", ids: Int32Array.from(ids), contextLength: 1 }));
  const count = minibatchSize * ptxRatio;
  const beside = (step: number): Example[] =>
    Array.from({ length: count }, (_, i) => examples[(step * count + i) % examples.length] as Example);
  const iterations: Iteration[] = [];
  for (const rows of rollouts) {
    const episodes = rows.map(({ context, response }) => rolloutOf(context, response, tokenizer.endOfText, config));
    iterations.push(await run.learn(episodes, beside));
  }
  const checkpoint = run.checkpoint();
  await run.close();
  return { iterations, checkpoint };
}
