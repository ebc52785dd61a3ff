/**
 * How well a small reward model, trained from nothing, knows which of two arguments people find more convincing: ukp-convarg,
 * five-fold over its 16 debates, each seed a whole cross-validation. Two debates of the next fold are VALIDATION,
 * which choose the parameters, and all others TRAIN. A model learns to write the arguments of TRAIN (SFT), becomes a reward
 * model, and is asked about the debates held out, whose votes it stands beside the lines of docs/metrics.md.
 */
import { openBackend } from "../dist/training/backend.js";
import { parameterCount } from "../dist/training/config/model-shape.js";
import { cutVotes } from "../dist/training/config/reward-elements.js";
import { resolveRewardModel } from "../dist/training/config/reward-model.js";
import { resolveSft } from "../dist/training/config/sft.js";
import { accuracyOf, linesOf } from "../dist/training/evaluation/accuracy.js";
import { Tally } from "../dist/training/evaluation/figures.js";
import { readModel } from "../dist/training/model-file.js";
import { trainRewardModel } from "../dist/training/reward-model.js";
import { scoreCompletions } from "../dist/training/scoring.js";
import { trainSft } from "../dist/training/sft.js";
import { foldsOf, hasDebates, readDebates } from "./support/debates.mjs";
import { short, timed } from "./support/figures.mjs";

const ARCHITECTURE = {
  layers: 2,
  heads: 2,
  width: 64,
  contextLength: 256,
  vocabularySize: 2048,
  tokenizer: "TRAINED_BPE",
};
const SFT = { epochs: 4 };
const REWARD = {};
const FOLDS = 5;
const VALIDATION = 2;
const SEEDS = [1, 2, 3];
const MEMORY = 2 * 2 ** 30;
const RUNNING = { threads: 2, signal: new AbortController().signal, now: () => performance.now() };
const LINES = { LONGER: "the longer", LABELERS: "labelers with each other", BEST_SCORER: "best deterministic" };

export async function run(results) {
  if (!hasDebates()) {
    console.error("ukp-convarg does not lie beside the project; its rows are left out.");
    return;
  }
  const prompts = readDebates();
  const folds = foldsOf(prompts, FOLDS);
  const backend = await openBackend("auto", { memoryBytes: MEMORY });
  const { value: judged, ms } = await timed(async () => {
    const all = [];
    for (const seed of SEEDS) {
      for (const heldOut of folds) {
        const fold = await judgeFold(backend, divided(prompts, folds, heldOut), seed);
        console.error(
          `seed ${seed}, ${heldOut.length} debates held out: ${told(fold, "TEST")}; ${told(fold, "VALIDATION")}`,
        );
        all.push(...fold);
      }
    }
    return all;
  });
  backend.close();
  const trainings = `${FOLDS} folds × ${SEEDS.length} seeds, ${short(judged[0].parameters / 1e6)} M parameters, ${short(ms / 60_000)} minutes`;
  for (const split of ["TEST", "VALIDATION"]) {
    const own = judged.filter((prompt) => prompt.split === split);
    const bySeed = SEEDS.map((seed) =>
      digits(
        share(
          own.filter((prompt) => prompt.seed === seed),
          "MODEL",
        ),
      ),
    );
    const lines = Object.entries(LINES).map(([line, name]) => `${name} ${digits(share(own, line))}`);
    const above = gain(own);
    results.add({
      what: `reward-model accuracy on ukp-convarg, ${split === "TEST" ? "debates held out" : "VALIDATION, used for selection"}`,
      command: "reward-accuracy",
      figure: `${digits(share(own, "MODEL"))} (seeds ${bySeed.join(", ")})`,
      ratio: `${lines.join(", ")}; above the longer by ${digits(above.value)} [${digits(above.ci95.low)}, ${digits(above.ci95.high)}]; ${trainings}`,
    });
  }
}

/** The prompts, each with its split: the held-out debates are TEST, some of the next fold VALIDATION. */
function divided(prompts, folds, heldOut) {
  const validation = folds[(folds.indexOf(heldOut) + 1) % FOLDS].slice(0, VALIDATION);
  const splitOf = (author) =>
    heldOut.includes(author) ? "TEST" : validation.includes(author) ? "VALIDATION" : "TRAIN";
  return prompts.map((prompt) => ({ ...prompt, split: splitOf(prompt.author) }));
}

/** Train on TRAIN, choose on VALIDATION, and judge the prompts of VALIDATION and TEST: the shares of each. */
async function judgeFold(backend, prompts, seed) {
  const known = prompts.filter(({ split }) => split !== "TEST");
  const common = { backend, prompts: known, checkpoint: null, ...RUNNING };
  const count = (split, of) => known.reduce((sum, prompt) => sum + (prompt.split === split ? of(prompt) : 0), 0);
  const demonstrations = ({ demonstrations }) => demonstrations.length;
  const elements = ({ votes }) => cutVotes(votes).length;
  const memory = { memoryBytes: MEMORY };
  const sft = resolveSft(
    { ...SFT, seed },
    {
      trainExamples: count("TRAIN", demonstrations),
      validationExamples: count("VALIDATION", demonstrations),
      architecture: ARCHITECTURE,
      ...memory,
    },
  );
  const base = await lastOf(trainSft({ ...common, config: sft, base: null }));
  const { architecture } = await readModel(base);
  const facts = { trainElements: count("TRAIN", elements), validationElements: count("VALIDATION", elements) };
  const config = resolveRewardModel({ ...REWARD, seed }, { ...facts, trainTies: 0, architecture, ...memory });
  const model = await lastOf(trainRewardModel({ ...common, config, base }));

  const judged = prompts.filter(({ split }) => split !== "TRAIN");
  const scores = [];
  const scoring = { architecture: config.architecture, completionsAtOnce: 16 };
  await lastOf(
    scoreCompletions({ backend, config: scoring, prompts: judged, model, fromPrompt: 0, ...RUNNING }),
    (event) => {
      if (event.kind === "scores") scores.push(event.scores.map(({ score }) => score));
    },
  );
  const parameters = parameterCount(config.architecture);
  return judged.map((prompt, index) => {
    const shares = { MODEL: accuracyOf(prompt.votes, scores[index]), ...linesOf(prompt) };
    return { seed, split: prompt.split, debate: prompt.author, parameters, shares };
  });
}

/** What a trainer returns; whoever listens sees what it tells. */
async function lastOf(trainer, listen = () => {}) {
  for (;;) {
    const { value, done } = await trainer.next();
    if (done) return value;
    listen(value);
  }
}

/** The share of all votes of some prompts that a line has right. */
function share(judged, line) {
  const sum = (figure) => judged.reduce((total, { shares }) => total + shares[line][figure], 0);
  return sum("right") / sum("counted");
}

/** How much more of the votes the model has right than the longer argument, with an interval over debates. */
function gain(judged) {
  const tally = new Tally();
  for (const debate of new Set(judged.map((prompt) => prompt.debate))) {
    const own = judged.filter((prompt) => prompt.debate === debate).map(({ shares }) => shares);
    const votes = own.reduce((sum, { MODEL }) => sum + MODEL.counted, 0);
    tally.add(
      votes,
      own.reduce((sum, { MODEL, LONGER }) => sum + MODEL.right - LONGER.right, 0),
    );
  }
  return tally.figure({ minimum: -1, maximum: 1 }, { resamples: 1000, seed: 0 }, "There are no votes.");
}

const digits = (number) => number.toFixed(3);

function told(judged, split) {
  const own = judged.filter((prompt) => prompt.split === split);
  return `${split} ${digits(share(own, "MODEL"))}, the longer ${digits(share(own, "LONGER"))}`;
}
