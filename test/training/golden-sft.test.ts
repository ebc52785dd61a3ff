import { readFileSync } from "node:fs";
import type { SftConfig } from "../../src/training/config/sft.js";
import type { TrainingPrompt } from "../../src/training/prompts.js";
import { trainSft } from "../../src/training/sft.js";
import { collect, open, valuesOf } from "./support.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), "utf8"));

test("twenty steps have the losses and gradient norms of PyTorch, within a relative 1e-4", async () => {
  // test/golden/sft.py made them: the same initial parameters and batches, dropout 0, float32.
  const { prompts: form, config } = read<{
    prompts: { count: number; text: string; demonstrations: string[] };
    config: SftConfig;
  }>("sft-case.json");
  const expected = read<{ losses: number[]; gradientNorms: number[] }>("sft-expected.json");
  const prompts = Array.from({ length: form.count }, (_, n): TrainingPrompt => {
    const demonstrations = [form.demonstrations[n % form.demonstrations.length] as string];
    const text = form.text.replace("{n}", String(n));
    return { id: `p${n}`, split: "TRAIN", source: "CUSTOMER", text, fewShot: [], demonstrations };
  });
  const backend = await open();
  const { signal } = new AbortController();
  const options = { backend, config, prompts, base: null, checkpoint: null, threads: 1, signal, now: () => 0 };
  const { events, error } = await collect(trainSft(options));
  backend.close();
  expect(error).toBeNull();
  const pairs = [
    [valuesOf(events, "train/loss"), expected.losses],
    [valuesOf(events, "train/grad_norm"), expected.gradientNorms],
  ] as const;
  for (const [ours, theirs] of pairs) {
    expect(ours).toHaveLength(20);
    for (const [step, value] of theirs.entries())
      expect(Math.abs((ours[step] as number) / value - 1)).toBeLessThan(1e-4);
  }
});
