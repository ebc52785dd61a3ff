/**
 * Writes what PyTorch needs for the golden trajectory of SFT: the new model's parameters and the ids of every step's batch.
 *
 *   npm run build && node test/golden/sft-inputs.mjs FOLDER && python3 test/golden/sft.py FOLDER
 *
 * Behind both FOLDERs -small: the small case, for backends on which the other takes minutes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { byteTokenizer } from "../../dist/datasets/tokenizers/byte-tokenizer.js";
import { epochOrder } from "../../dist/training/shards/batches.js";
import { initialise, parametersOf, toTensors, totalSize } from "../../dist/training/model/parameters.js";
import { writeSafetensors } from "../../dist/training/files/safetensors.js";
import { layOutExamples } from "../../dist/training/text/text-layout.js";
import { learningRateAt } from "../../dist/training/optimization/schedule.js";

const { prompts: form, config } = JSON.parse(readFileSync(new URL(`sft${process.argv[3] ?? ""}-case.json`, import.meta.url), "utf8"));
const prompts = Array.from({ length: form.count }, (_, n) => ({
  id: `p${n}`,
  split: "TRAIN",
  source: "CUSTOMER",
  text: form.text.replace("{n}", n),
  fewShot: [],
  demonstrations: [form.demonstrations[n % form.demonstrations.length]],
}));
const { architecture, batchSize, seed, steps } = config;
const { examples } = layOutExamples(prompts, byteTokenizer, architecture.contextLength);
const stepsAnEpoch = examples.length / batchSize;
const batches = Array.from({ length: steps }, (_, step) => {
  const order = epochOrder(examples.length, seed, Math.floor(step / stepsAnEpoch));
  const first = (step % stepsAnEpoch) * batchSize;
  return Array.from(order.subarray(first, first + batchSize), (index) => ({
    ids: [...examples[index].ids],
    contextLength: examples[index].contextLength,
  }));
});
const schedule = {
  peak: config.learningRate,
  warmUpSteps: config.warmUpSteps,
  totalSteps: steps,
  finalFraction: config.finalLearningRateFraction,
};
const parameters = parametersOf(architecture);
const values = new Float32Array(totalSize(parameters));
initialise(values, parameters, seed);
const folder = process.argv[2];
writeFileSync(
  path.join(folder, "weights.safetensors"),
  writeSafetensors({ metadata: {}, tensors: toTensors(values, parameters) }),
);
const learningRates = batches.map((_, step) => learningRateAt(step + 1, schedule));
// Sixteen entries of each parameter's gradient, from its first to near its last.
const places = Object.fromEntries(
  parameters.map(({ name, size }) => [name, Array.from({ length: 16 }, (_, i) => Math.floor((i * size) / 16))]),
);
writeFileSync(path.join(folder, "inputs.json"), JSON.stringify({ config, batches, learningRates, places }));
