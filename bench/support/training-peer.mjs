/**
 * Trains, and lets a model go on, on request. Arguments: a JSON of { architecture, batch, threads, values, stock }, where
 * `values` is a file of the initial parameters, `stock` asks for TensorFlow.js as it comes, and `optimised` for kernels that
 * V8's optimising compiler makes at once, instead of after its first compiler and when they have run for a while.
 */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { keyedRandom } from "../../dist/random.js";
import { openBackend } from "../../dist/training/backend.js";
import { sampleTokens } from "../../dist/training/sampling/sampling.js";
import { makeBatch } from "../../dist/training/shards/batches.js";
import { LoadedModel } from "../../dist/training/shards/loaded-model.js";
import { TrainingRun } from "../../dist/training/trainers/training-run.js";
import { stockOperations } from "../rivals/stock-operations.mjs";
import { timed } from "./figures.mjs";
import { answerAll } from "./peer.mjs";
import { batchIds, OPTIMIZER } from "./training-task.mjs";

const { architecture, batch, threads, values, stock, optimised } = JSON.parse(process.argv[2]);
if (optimised) compileOptimised();
const opened = await openBackend("wasm", { memoryBytes: 4e9 });
const backend = stock ? { ...opened, kernels: null, operations: stockOperations(opened.tf) } : opened;
const bytes = readFileSync(values);
const initial = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

/** Switches V8's first compiler and its laziness off while a module is compiled. */
function compileOptimised() {
  const switched = (prefix) => {
    for (const name of ["liftoff", "wasm-lazy-compilation"]) setFlagsFromString(`--${prefix}${name}`);
  };
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, args) {
      switched("no-");
      try {
        return Reflect.construct(target, args);
      } finally {
        switched("");
      }
    },
  });
}

/** One run for all requests to train. */
let run;
function trainingRun() {
  if (run !== undefined) return run;
  const config = { ...OPTIMIZER, batchSize: batch };
  run = new TrainingRun({
    backend,
    architecture,
    tokenizer: null,
    config,
    threads,
    signal: new AbortController().signal,
  });
  run.values.set(initial);
  return run;
}

const example = (ids, index) => ({ promptId: String(index), ids: Int32Array.from(ids), contextLength: 1 });

async function train(steps) {
  const current = trainingRun();
  const examples = batchIds(architecture, batch).map(example);
  const losses = [];
  const times = [];
  for (let step = 0; step < steps; step++) {
    const { ms, value } = await timed(() =>
      current.train(makeBatch(examples), OPTIMIZER.learningRate, { rate: 0, seed: 0, step }),
    );
    losses.push(value.loss);
    times.push(ms);
  }
  return { losses, times };
}

async function generate(contexts, maxTokens, temperature) {
  const model = new LoadedModel(backend, architecture);
  model.load(initial);
  const { ms, value } = await timed(() =>
    sampleTokens(model, {
      contexts: contexts.map((ids, index) => ({ ids, random: keyedRandom(["bench", index]) })),
      endOfText: -1, // none ends early
      maxTokens,
      temperature,
      pause: async () => {},
    }),
  );
  model.dispose();
  return { ms, responses: value };
}

await answerAll(({ steps, contexts, maxTokens, temperature }) => {
  if (steps !== undefined) return train(steps);
  if (contexts !== undefined) return generate(contexts, maxTokens, temperature);
  return { peakMB: process.resourceUsage().maxRSS / 1024 };
});
await run?.close();
