import { trainBytePairTokenizer } from "../../../src/datasets/tokenizers/trained-byte-pairs.js";
import { makeScoreBatch } from "../../../src/training/comparisons.js";
import { type Architecture, withScalarHead } from "../../../src/training/config/model-shape.js";
import { LoadedModel } from "../../../src/training/loaded-model.js";
import type { ScoreShard } from "../../../src/training/objectives.js";
import { parametersOf } from "../../../src/training/parameters.js";
import { ScoredTexts } from "../../../src/training/text-layout.js";
import { Random } from "../../datasets/random.js";
import { plainScores } from "../plain-gpt.js";
import { newValues, open, TINY } from "../support.js";
import { encodePlainly, exportedFiles, type Files, readPlainly, textOf } from "./plain-reader.js";

const TEXTS = ["low lower lowest", "new newer newest, wide wider widest", "the lowest of the newest"];
const TOKENIZER = trainBytePairTokenizer(TEXTS, 300);
const REWARD: Architecture = withScalarHead({
  ...TINY,
  contextLength: 160,
  vocabularySize: TOKENIZER.vocabularySize,
  tokenizer: "TRAINED_BPE",
});

/**
 * The scores of a sequence classifier (transformers, GPT2ForSequenceClassification): texts are filled up to the longest with
 * the padding token; the score is score.weight · h at the last token that is no padding. Weights go by their names.
 */
function classify(files: Files, texts: readonly (readonly number[])[]): number[] {
  const config = JSON.parse(textOf(files, "config.json"));
  expect([config.architectures, config.model_type, config.num_labels]).toEqual([
    ["GPT2ForSequenceClassification"],
    "gpt2",
    1,
  ]);
  const architecture: Architecture = {
    layers: config.n_layer,
    heads: config.n_head,
    width: config.n_embd,
    contextLength: config.n_positions,
    vocabularySize: config.vocab_size,
    tokenizer: "TRAINED_BPE",
    head: "SCORE",
  };
  const tensors = readPlainly(files.get("model.safetensors") as Buffer);
  expect(tensors.get("score.weight")?.shape).toEqual([1, config.n_embd]); // [labels, width], as torch.nn.Linear has it
  const values = parametersOf(architecture).flatMap(({ name, size }) => {
    if (name === "score.bias") return [0]; // a classifier's head has none
    const read = tensors.get(name === "score.weight" ? name : `transformer.${name}`)?.values ?? [];
    expect([name, read.length]).toEqual([name, size]);
    return read;
  });
  expect(tensors.size).toBe(parametersOf(architecture).length - 1);
  const longest = Math.max(...texts.map(({ length }) => length));
  return texts.map((ids) => {
    const filled = [...ids, ...Array<number>(longest - ids.length).fill(config.pad_token_id)];
    const last = filled.findLastIndex((id) => id !== config.pad_token_id);
    return plainScores(architecture, values, filled)[last] as number;
  });
}

test("a second reader of an exported reward model has its scores, from the texts on, within 1e-4", async () => {
  const random = new Random(3);
  // A bias and a head far from 0, and texts of other lengths, bytes outside of ASCII among them.
  const values = newValues(REWARD).map((value) => value * 3 + (random.next() - 0.5) * 0.1);
  values[values.length - 1] = -2.5;
  const prompt = { id: "p", text: "Which is the lowest?", fewShot: [{ query: "newer?", response: "new" }] };
  const responses = ["the lowest of the newest", "низший 😀", "", "  wide,\n\nwider <|endoftext|>"];

  const backend = await open();
  const model = new LoadedModel(backend, REWARD);
  model.load(values);
  const ours = new ScoredTexts(TOKENIZER, REWARD.contextLength)
    .layOut(prompt, responses)
    .map((ids) => model.outputs(makeScoreBatch([ids]).shards[0] as ScoreShard)[0]?.[0] as number);
  model.dispose();
  backend.close();

  const files = await exportedFiles({ stage: "REWARD", architecture: REWARD, tokenizer: TOKENIZER, values });
  const { eos_token: end } = JSON.parse(textOf(files, "special_tokens_map.json"));
  const endId = (JSON.parse(textOf(files, "vocab.json")) as Record<string, number>)[end] as number;
  const context = encodePlainly(files, "Which is the lowest?\n\nnewer?\n\nnew\n\n");
  const theirs = classify(
    files,
    responses.map((response) => [...context, ...encodePlainly(files, response), endId]),
  );
  for (const [i, score] of theirs.entries()) expect(Math.abs((ours[i] as number) - score)).toBeLessThan(1e-4);
  expect(new Set(ours.map((score) => score.toFixed(3))).size).toBe(responses.length);
  expect(files.has("generation_config.json")).toBe(false);
});
