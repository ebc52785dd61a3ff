/**
 * Writes what PyTorch needs for the golden trajectory of a reward model: the initial parameters, and the ids and votes of
 * every step's batch.
 *
 *   npm run build && node test/golden/rm-inputs.mjs FOLDER && python3 test/golden/rm.py FOLDER
 *
 * Behind both FOLDERs -small: the small case, for backends on which the other takes minutes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { byteTokenizer } from "../../dist/datasets/tokenizers/byte-tokenizer.js";
import { rowsOfStep } from "../../dist/training/shards/batches.js";
import { initialise, parametersOf, toTensors, totalSize } from "../../dist/training/model/parameters.js";
import { writeSafetensors } from "../../dist/training/files/safetensors.js";
import { learningRateAt } from "../../dist/training/optimization/schedule.js";
import { ScoredTexts } from "../../dist/training/text/text-layout.js";

const golden = JSON.parse(readFileSync(new URL(`rm${process.argv[3] ?? ""}-case.json`, import.meta.url), "utf8"));
const { prompts: form, config } = golden;
const { architecture, steps } = config;
const texts = new ScoredTexts(byteTokenizer, architecture.contextLength);
const elements = Array.from({ length: form.count }, (_, n) => {
  const fill = (text) => text.replace("{n}", n);
  const votes = form.votes[n % form.votes.length];
  const standing = [...new Set(votes.flat())].sort((a, b) => a - b);
  const all = texts.layOut({ id: `p${n}`, text: fill(form.text), fewShot: [] }, form.completions.map(fill));
  return {
    texts: standing.map((place) => [...all[place]]),
    votes: votes.map((vote) => vote.map((place) => standing.indexOf(place))),
  };
});
const batches = Array.from({ length: steps }, (_, step) => rowsOfStep(elements, config, step));
const schedule = {
  peak: config.learningRate,
  warmUpSteps: config.warmUpSteps,
  totalSteps: steps,
  finalFraction: config.finalLearningRateFraction,
};
// A head that is not 0, so that the first step's gradient reaches every parameter.
const parameters = parametersOf(architecture).map((parameter) =>
  parameter.name === "score.weight" ? { ...parameter, start: { deviation: golden.headDeviation } } : parameter,
);
const values = new Float32Array(totalSize(parameters));
initialise(values, parameters, config.seed);
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
