/**
 * How well a small reward model, trained from nothing, knows which of two arguments people find more convincing: ukp-convarg,
 * five-fold over its 16 debates, each seed a whole cross-validation. Two debates of the next fold are VALIDATION, which choose
 * the parameters, and all others TRAIN. A model learns to write the arguments of TRAIN (SFT), becomes a reward model, and is
 * asked about the debates held out, whose votes it stands beside the lines of docs/metrics.md.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Tally } from "../dist/training/evaluation/figures.js";
import { hasDebates } from "./support/debates.mjs";
import { short, timed } from "./support/figures.mjs";

const JUDGE = fileURLToPath(new URL("support/judge-debates.mjs", import.meta.url));
const SEEDS = [1, 2, 3];
const LINES = { LONGER: "the longer", LABELERS: "labelers with each other", BEST_SCORER: "best deterministic" };

export async function run(results) {
  if (!hasDebates()) {
    console.error("ukp-convarg does not lie beside the project; its rows are left out.");
    return;
  }
  const { value, ms } = await timed(() => Promise.all(SEEDS.map(judge)));
  report(results, value.flat(), ms);
}

/** What the models of a seed say, in a process of its own. */
async function judge(seed) {
  const child = spawn(process.execPath, [JUDGE, String(seed)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve, reject) => child.on("exit", resolve).on("error", reject));
  const lines = await text(child.stdout);
  const status = await ended;
  if (status !== 0) throw new Error(`The trainings of seed ${seed} ended with status ${status}.`);
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Writes the rows. ms: how long all seeds together took. */
export function report(results, judged, ms) {
  const size = `${SEEDS.length} × 5 models of ${short(judged[0].parameters / 1e6)} M parameters in ${short(ms / 60_000)} minutes`;
  for (const split of ["TEST", "VALIDATION"]) {
    const own = judged.filter((prompt) => prompt.split === split);
    const ofSeed = (seed) => own.filter((prompt) => prompt.seed === seed);
    const bySeed = SEEDS.map((seed) => digits(share(ofSeed(seed), "MODEL")));
    const lines = Object.entries(LINES).map(([line, name]) => `${name} ${digits(share(own, line))}`);
    const above = gain(own);
    results.add({
      what: `reward-model accuracy on ukp-convarg, ${split === "TEST" ? "debates held out" : "VALIDATION, which chose the parameters"}`,
      command: "reward-accuracy",
      figure: `${digits(share(own, "MODEL"))} (seeds ${bySeed.join(", ")}; seed 1 without dropout and weight decay ${digits(share(ofSeed(1), "AUTO"))})`,
      ratio: `${lines.join(", ")}; less the longer ${digits(above.value)} [${digits(above.ci95.low)}, ${digits(above.ci95.high)}]; ${size}`,
    });
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
