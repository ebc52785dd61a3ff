import type { Backend } from "../../../src/training/backend.js";
import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { makeBatch, rowsOfStep } from "../../../src/training/shards/batches.js";
import type { SftConfig } from "../../../src/training/config/sft.js";
import { parametersOf } from "../../../src/training/model/parameters.js";
import type { TrainingPrompt } from "../../../src/training/config/prompts.js";
import { trainSft } from "../../../src/training/trainers/sft.js";
import { layOutExamples } from "../../../src/training/text/text-layout.js";
import { collect, newValues, valuesOf } from "../support.js";
import { gradientOf } from "./gradient.js";
import { type CaseSize, type Described, describedGradient, read } from "./trajectory.js";

export interface SftTrajectory {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  /** Of the first step. */
  readonly gradient: Described;
}

/** Supervised fine-tuning as test/golden/sft.py does it. */
export async function sftTrajectory(backend: Backend, size: CaseSize): Promise<SftTrajectory> {
  const { prompts: form, config } = read<{
    prompts: { count: number; text: string; demonstrations: string[] };
    config: SftConfig;
  }>(`sft${size}-case`);
  const prompts = Array.from({ length: form.count }, (_, n): TrainingPrompt => {
    const demonstrations = [form.demonstrations[n % form.demonstrations.length]!];
    const text = form.text.replace("{n}", String(n));
    return { id: `p${n}`, split: "TRAIN", source: "CUSTOMER", text, fewShot: [], demonstrations };
  });
  const { signal } = new AbortController();
  const options = { backend, config, prompts, base: null, checkpoint: null, threads: 1, signal, now: () => 0 };
  const { events, error } = await collect(trainSft(options));
  if (error) throw error;
  const { architecture, seed } = config;
  const { examples } = layOutExamples(prompts, byteTokenizer, architecture.contextLength);
  const batch = makeBatch(rowsOfStep(examples, config, 0));
  const gradient = gradientOf(backend, architecture, newValues(architecture, seed), batch);
  return {
    losses: valuesOf(events, "train/loss"),
    gradientNorms: valuesOf(events, "train/grad_norm"),
    gradient: describedGradient(gradient, parametersOf(architecture)),
  };
}
