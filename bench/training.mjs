/** Training and sampling on our kernels, against PyTorch and against TensorFlow.js as it comes; and how their costs grow. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { initialise, parametersOf, totalSize } from "../dist/training/model/parameters.js";
import { median, mustBe, short } from "./support/figures.mjs";
import { Peer } from "./support/peer.mjs";
import { batchIds, OPTIMIZER } from "./support/training-task.mjs";

const OURS = fileURLToPath(new URL("support/training-peer.mjs", import.meta.url));
const TORCH = fileURLToPath(new URL("rivals/torch-gpt.py", import.meta.url));
const PYTHON = "/usr/bin/python3";

const size = (layers, width, heads, contextLength, vocabularySize, batch) => ({
  batch,
  architecture: { layers, width, heads, contextLength, vocabularySize, tokenizer: "BYTES" },
});
/** Parameters in millions, and the sequences of a batch. */
export const SIZES = {
  S1: size(4, 128, 4, 128, 4096, 8),
  S10: size(6, 320, 5, 256, 8192, 4),
  S30: size(8, 512, 8, 256, 8192, 4),
};

/** steps: in a round, after one that is not measured. Both sides take turns, so that what else the machine does meets both. */
const TRAININGS = [
  { name: "S10", threads: 1, rounds: 5, steps: 2, atLeast: 0.5 },
  { name: "S10", threads: 2, rounds: 5, steps: 2, atLeast: 0.8 },
  { name: "S1", threads: 1, rounds: 7, steps: 5, atLeast: 0.55 },
  { name: "S1", threads: 2, rounds: 7, steps: 5, atLeast: 0.9 },
];
const GENERATIONS = [
  { name: "S1", batch: 1, rounds: 5, atLeast: 2 },
  { name: "S1", batch: 8, rounds: 5, atLeast: 1 },
  { name: "S10", batch: 1, rounds: 3, atLeast: 1.1 },
  { name: "S10", batch: 8, rounds: 3, atLeast: 1 },
];
const MOST_MEMORY = 1.5;
const STOCK_AT_LEAST = 15;
const CHECKED_STEPS = 3;
const CONTEXT_TOKENS = 8;
const CHECKED_TOKENS = 16;

export async function run(results) {
  const folder = mkdtempSync(path.join(tmpdir(), "accord-bench-"));
  try {
    if (hasTorch()) {
      for (const training of TRAININGS) await againstTorch(results, folder, training);
      for (const generation of GENERATIONS) await samplingAgainstTorch(results, folder, generation);
    } else console.error(`${PYTHON} has no PyTorch; its rows are left out.`);
    await againstStock(results, folder);
    await growth(results, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const hasTorch = () => spawnSync(PYTHON, ["-c", "import torch"]).status === 0;

/** A task with a file of initial parameters, which all programs begin with. */
export function taskOf(folder, { architecture, batch }, threads) {
  const parameters = parametersOf(architecture);
  const initial = new Float32Array(totalSize(parameters));
  initialise(initial, parameters, 1);
  const values = path.join(folder, "values");
  writeFileSync(values, initial);
  return { architecture, batch, threads, values };
}

const ours = (task) => new Peer(process.execPath, [OURS, JSON.stringify(task)]);

function torch(task) {
  const full = { ...task, optimizer: OPTIMIZER, ids: batchIds(task.architecture, task.batch) };
  const threads = String(task.threads);
  return new Peer(PYTHON, [TORCH, JSON.stringify(full)], { OPENBLAS_NUM_THREADS: threads, OMP_NUM_THREADS: threads });
}

/** Work with some programs, which end with it. */
export async function withPeers(peers, work) {
  try {
    return await work(...peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

export const tokensOf = ({ architecture, batch }) => architecture.contextLength * batch;

async function againstTorch(results, folder, { name, threads, rounds, steps, atLeast }) {
  const task = taskOf(folder, SIZES[name], threads);
  await withPeers([ours(task), torch(task)], async (own, rival) => {
    const [first, expected] = [await own.ask({ steps: CHECKED_STEPS }), await rival.ask({ steps: CHECKED_STEPS })];
    checkLosses(first.losses, expected.losses);
    const [ownTimes, rivalTimes] = await inTurns([own, rival], rounds, steps);
    const [speed, torchSpeed] = [ownTimes, rivalTimes].map((times) => (1000 * tokensOf(task)) / median(times));
    const ratio = speed / torchSpeed;
    results.add({
      what: `training of ${name} on ${threads === 1 ? "one thread" : `${threads} threads`}`,
      command: "training",
      figure: `${short(speed)} tokens/s`,
      ratio: `${short(ratio)} of PyTorch's ${short(torchSpeed)} (at least ${atLeast})`,
      holds: ratio >= atLeast,
    });
    if (name === "S10" && threads === 1) await addMemory(results, own, rival);
  });
}

async function addMemory(results, own, rival) {
  const [memory, torchMemory] = [(await own.ask({})).peakMB, (await rival.ask({})).peakMB];
  results.add({
    what: "most memory of a training of S10 on one thread",
    command: "training",
    figure: `${short(memory)} MB`,
    ratio: `${short(memory / torchMemory)} of PyTorch's ${short(torchMemory)} MB (at most ${MOST_MEMORY})`,
    holds: memory <= MOST_MEMORY * torchMemory,
  });
}

/** Milliseconds of the steps of some programs that take turns. */
export async function inTurns(peers, rounds, steps) {
  const times = peers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of peers.entries()) {
      const [, ...measured] = (await peer.ask({ steps: steps + 1 })).times;
      times[index].push(...measured);
    }
  }
  return times;
}

export function checkLosses(losses, expected) {
  for (const [step, loss] of losses.entries())
    mustBe(
      `the loss ${loss} of step ${step + 1} within a relative 1e-3 of ${expected[step]}`,
      Math.abs(loss / expected[step] - 1) < 1e-3,
      true,
    );
}

async function samplingAgainstTorch(results, folder, { name, batch, rounds, atLeast }) {
  const task = taskOf(folder, SIZES[name], 1);
  const { contextLength, vocabularySize } = task.architecture;
  const contexts = batchIds({ contextLength: CONTEXT_TOKENS - 1, vocabularySize }, batch);
  const request = { contexts, maxTokens: contextLength - CONTEXT_TOKENS };
  await withPeers([ours(task), torch(task)], async (own, rival) => {
    const likeliest = { contexts, maxTokens: CHECKED_TOKENS, temperature: 0 };
    const [answer, expected] = [await own.ask(likeliest), await rival.ask(likeliest)];
    mustBe("the likeliest tokens", answer.responses, expected.responses);
    const times = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const [index, peer] of [own, rival].entries())
        times[index].push((await peer.ask({ ...request, temperature: 1 })).ms);
    }
    const [speed, torchSpeed] = times.map((ms) => (1000 * batch * request.maxTokens) / median(ms));
    const ratio = speed / torchSpeed;
    results.add({
      what: `sampling from ${name}, ${batch} at once, on one thread`,
      command: "training",
      figure: `${short(speed)} tokens/s`,
      ratio: `${short(ratio)} of PyTorch's ${short(torchSpeed)} with keys and values kept (at least ${atLeast})`,
      holds: ratio >= atLeast,
    });
  });
}

async function againstStock(results, folder) {
  const task = taskOf(folder, SIZES.S1, 1);
  await withPeers([ours(task), ours({ ...task, stock: true })], async (own, stock) => {
    const [first, expected] = [await own.ask({ steps: CHECKED_STEPS }), await stock.ask({ steps: CHECKED_STEPS })];
    checkLosses(first.losses, expected.losses);
    const [times, stockTimes] = await inTurns([own, stock], 2, 1);
    const [speed, stockSpeed] = [times, stockTimes].map((ms) => (1000 * tokensOf(task)) / median(ms));
    results.add({
      what: "training of S1 on our kernels",
      command: "training",
      figure: `${short(speed)} tokens/s`,
      ratio: `${short(speed / stockSpeed)} times TensorFlow.js as it comes, ${short(stockSpeed)} (at least ${STOCK_AT_LEAST})`,
      holds: speed >= STOCK_AT_LEAST * stockSpeed,
    });
  });
}

/** How the cost of a token grows with the model, and with the context at the same number of tokens in a batch. */
async function growth(results, folder) {
  const measure = async (of, rounds) =>
    withPeers([ours(taskOf(folder, of, 1))], async (own) => {
      const [times] = await inTurns([own], rounds, 2);
      return (1000 * tokensOf(of)) / median(times);
    });
  const smallest = await measure(SIZES.S1, 3);
  for (const name of ["S10", "S30"]) {
    const speed = await measure(SIZES[name], 1);
    const parameters = (of) => totalSize(parametersOf(of.architecture));
    results.add({
      what: `training of ${name} against S1 on one thread`,
      command: "training",
      figure: `${short(speed)} tokens/s`,
      ratio: `a token costs ${short(smallest / speed)} times S1's, with ${short(parameters(SIZES[name]) / parameters(SIZES.S1))} times its parameters`,
    });
  }
  const { architecture } = SIZES.S1;
  for (const contextLength of [256, 512, 1024]) {
    const speed = await measure({ batch: 1024 / contextLength, architecture: { ...architecture, contextLength } }, 2);
    results.add({
      what: `training of S1's layers with a context of ${contextLength.toLocaleString("en")} on one thread`,
      command: "training",
      figure: `${short(speed)} tokens/s`,
      ratio: `a token costs ${short(smallest / speed)} times what it costs with a context of 128`,
    });
  }
}
