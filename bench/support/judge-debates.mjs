/**
 * A process that cross-validates reward models on the debates of ukp-convarg with one seed, and writes what they say of each
 * prompt of VALIDATION and TEST as a line of JSON for each fold: node judge-debates.mjs SEED
 */
import { openBackend } from "../../dist/training/backend.js";
import { parameterCount } from "../../dist/training/config/model-shape.js";
import { cutVotes } from "../../dist/training/config/reward-elements.js";
import { resolveRewardModel } from "../../dist/training/config/reward-model.js";
import { resolveSft } from "../../dist/training/config/sft.js";
import { accuracyOf, linesOf } from "../../dist/training/evaluation/accuracy.js";
import { readModel } from "../../dist/training/files/model-file.js";
import { scoreCompletions } from "../../dist/training/shards/scoring.js";
import { trainRewardModel } from "../../dist/training/trainers/reward-model.js";
import { trainSft } from "../../dist/training/trainers/sft.js";
import { foldsOf, readDebates } from "./debates.mjs";

const ARCHITECTURE = {
  layers: 2,
  heads: 2,
  width: 64,
  contextLength: 256,
  vocabularySize: 1024,
  tokenizer: "TRAINED_BPE",
};
/** Of the arguments of TRAIN; all else is what AUTO takes. */
const SFT_EPOCHS = 5;
const FOLDS = 5;
const VALIDATION = 2;
const MEMORY = 2 * 2 ** 30;
/** Beside AUTO's values, which the first seed is trained with too, on the same bases. */
const REGULARISED = { dropout: 0.2, weightDecay: 0.1 };
const RUNNING = { threads: 1, signal: new AbortController().signal, now: () => performance.now() };

const seed = Number(process.argv[2]);
const prompts = readDebates();
const folds = foldsOf(prompts, FOLDS);
const backend = await openBackend("auto", { memoryBytes: MEMORY });
for (const heldOut of folds) {
  for (const judged of await judgeFold(divided(heldOut))) process.stdout.write(`${JSON.stringify(judged)}\n`);
}
backend.close();

/** The prompts, each with its split: the held-out debates are TEST, some of the next fold VALIDATION. */
function divided(heldOut) {
  const validation = folds[(folds.indexOf(heldOut) + 1) % FOLDS].slice(0, VALIDATION);
  const splitOf = (author) =>
    heldOut.includes(author) ? "TEST" : validation.includes(author) ? "VALIDATION" : "TRAIN";
  return prompts.map((prompt) => ({ ...prompt, split: splitOf(prompt.author) }));
}

/** Train on TRAIN, choose on VALIDATION, and judge the prompts of VALIDATION and TEST: the shares of each. */
async function judgeFold(divided) {
  const known = divided.filter(({ split }) => split !== "TEST");
  const count = (split, of) => known.reduce((sum, prompt) => sum + (prompt.split === split ? of(prompt) : 0), 0);
  const demonstrations = (prompt) => prompt.demonstrations.length;
  const elements = ({ votes }) => cutVotes(votes).length;
  const common = { backend, prompts: known, checkpoint: null, ...RUNNING };
  const sft = resolveSft(
    { epochs: SFT_EPOCHS, seed },
    {
      trainExamples: count("TRAIN", demonstrations),
      validationExamples: count("VALIDATION", demonstrations),
      architecture: ARCHITECTURE,
      memoryBytes: MEMORY,
    },
  );
  const base = await lastOf(trainSft({ ...common, config: sft, base: null }));
  const config = resolveRewardModel(
    { seed },
    {
      trainElements: count("TRAIN", elements),
      trainTies: 0,
      validationElements: count("VALIDATION", elements),
      architecture: (await readModel(base)).architecture,
      memoryBytes: MEMORY,
    },
  );
  const judged = divided.filter(({ split }) => split !== "TRAIN");
  const scoresWith = async (overrides) =>
    scores(judged, await lastOf(trainRewardModel({ ...common, config: { ...config, ...overrides }, base })), config);
  const own = await scoresWith(REGULARISED);
  const plain = seed === 1 ? await scoresWith({}) : null;
  return judged.map((prompt, index) => ({
    seed,
    split: prompt.split,
    debate: prompt.author,
    parameters: parameterCount(config.architecture),
    shares: {
      MODEL: accuracyOf(prompt.votes, own[index]),
      ...(plain ? { AUTO: accuracyOf(prompt.votes, plain[index]) } : {}),
      ...linesOf(prompt),
    },
  }));
}

/** The scores of each prompt's completions. */
async function scores(prompts, model, { architecture }) {
  const found = [];
  const config = { architecture, completionsAtOnce: 16 };
  await lastOf(scoreCompletions({ backend, config, prompts, model, fromPrompt: 0, ...RUNNING }), (event) => {
    if (event.kind === "scores") found.push(event.scores.map(({ score }) => score));
  });
  return found;
}

/** What a trainer returns; whoever listens sees what it tells. */
async function lastOf(trainer, listen = () => {}) {
  for (;;) {
    const { value, done } = await trainer.next();
    if (done) return value;
    listen(value);
  }
}
