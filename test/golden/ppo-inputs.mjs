/**
 * Writes what PyTorch needs for the golden trajectories of PPO and PPO-ptx: the initial parameters of both models, and every
 * step's episodes and pretraining windows. The responses were recorded once; they stand in ppo-case.json.
 *
 *   npm run build && node test/golden/ppo-inputs.mjs FOLDER && python3 test/golden/ppo.py FOLDER
 *
 * Behind both FOLDERs -small: the small case, for backends on which the other takes minutes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { minibatches } from "../../dist/training/ppo/episodes.js";
import { warmedUp } from "../../dist/training/ppo/run.js";
import { initialise, parametersOf, toTensors, totalSize } from "../../dist/training/model/parameters.js";
import { writeSafetensors } from "../../dist/training/files/safetensors.js";

const { cases, headDeviation, ...golden } = JSON.parse(readFileSync(new URL(`ppo${process.argv[3] ?? ""}-case.json`, import.meta.url), "utf8"));
const folder = process.argv[2];
/** A head that is not 0, so that scores differ and the first step's gradient reaches every parameter. */
const startOf = (parameter) =>
  parameter.name === "score.weight" ? { ...parameter, start: { deviation: headDeviation } } : parameter;
const { architecture, rewardArchitecture, seed } = golden.config;
for (const [name, shape, modelSeed] of [
  ["policy", architecture, seed],
  ["reward", rewardArchitecture, seed + 1],
]) {
  const parameters = parametersOf(shape).map(startOf);
  const values = new Float32Array(totalSize(parameters));
  initialise(values, parameters, modelSeed);
  writeFileSync(
    path.join(folder, `${name}.safetensors`),
    writeSafetensors({ metadata: {}, tensors: toTensors(values, parameters) }),
  );
}
const inputs = Object.entries(cases).map(([name, more]) => {
  const config = { ...golden.config, ...more };
  const iterations = golden.rollouts.map((rollouts, iteration) => ({
    rollouts,
    minibatches: Array.from({ length: config.innerEpochs }, (_, epoch) => minibatches(config, iteration, epoch)).flat(),
    policyRate: warmedUp(config.policyLearningRate, iteration, config.warmUpIterations),
    valueRate: warmedUp(config.valueLearningRate, iteration, config.warmUpIterations),
  }));
  return { name, config, iterations };
});
// Sixteen entries of each parameter's gradient, from its first to near its last.
const places = Object.fromEntries(
  parametersOf(rewardArchitecture).map(({ name, size }) => [
    name,
    Array.from({ length: 16 }, (_, i) => Math.floor((i * size) / 16)),
  ]),
);
writeFileSync(path.join(folder, "inputs.json"), JSON.stringify({ cases: inputs, windows: golden.windows, places }));
