/**
 * Folders as trainers write them (../shared/cases/models): each is imported with the log-probabilities of a second reading, or
 * refused in a sentence that names what was found; what was left out is told. They are not part of the project.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Tokenizer as ScriptTokenizer } from "@huggingface/tokenizers";
import { vocabularyOf } from "../../../src/datasets/tokenizers/vocabulary.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import { type ImportedFolder, importGpt2 } from "../../../src/training/hugging-face/import-model.js";
import { readIndex, shardFilesOf } from "../../../src/training/hugging-face/shards.js";
import { parametersOf } from "../../../src/training/model/parameters.js";
import { plainLogits, plainScores } from "../plain-gpt.js";
import { MEMORY } from "../support.js";
import { readPlainly } from "./plain-reader.js";

const FOLDER = new URL("../../../../shared/cases/models/", import.meta.url);
const present = existsSync(FOLDER);
const withCases = present ? describe : describe.skip;

const fileOf = (name: string, file: string) => new URL(`${name}/${file}`, FOLDER);
function textOf(name: string, file: string): string | null {
  return existsSync(fileOf(name, file)) ? readFileSync(fileOf(name, file), "utf8") : null;
}

function folderOf(name: string): ImportedFolder {
  const index = textOf(name, "model.safetensors.index.json");
  const map = index === null ? null : readIndex(index);
  const files = map === null ? ["model.safetensors"] : shardFilesOf(map);
  return {
    config: textOf(name, "config.json") as string,
    tokenizer: { tokenizer: textOf(name, "tokenizer.json"), vocabulary: null, merges: null },
    weights: { files: files.map((file) => ({ name: file, read: () => readFileSync(fileOf(name, file)) })), map },
  };
}

const jsonOf = (name: string, file: string) => JSON.parse((textOf(name, file) as string).replace(/^\ufeff/, ""));

/** The folder by its formats' descriptions: tensors by the ends of their names, every row of the embedding. */
function readReference(name: string): { architecture: Architecture; values: number[] } {
  const config = jsonOf(name, "config.json");
  const architecture: Architecture = {
    layers: config.n_layer,
    heads: config.n_head,
    width: config.n_embd,
    contextLength: config.n_positions,
    vocabularySize: config.vocab_size,
    tokenizer: "TRAINED_BPE",
    ...(config.num_labels === 1 ? { head: "SCORE" as const } : {}),
  };
  const files = readdirSync(new URL(`${name}/`, FOLDER)).filter((file) => file.endsWith(".safetensors"));
  const tensors = files.flatMap((file) => [...readPlainly(readFileSync(fileOf(name, file)))]);
  const values = parametersOf(architecture).flatMap((parameter) => {
    if (parameter.name === "score.bias") return [0];
    const found = tensors.find(([tensor]) => tensor === parameter.name || tensor.endsWith(`.${parameter.name}`));
    expect([parameter.name, found?.[1].values.length]).toEqual([parameter.name, parameter.size]);
    return found?.[1].values as number[];
  });
  return { architecture, values };
}

/** Each token's probability among some of them, as a logarithm. */
function logProbabilities(logits: readonly number[], among: readonly number[]): number[] {
  const chosen = among.map((id) => logits[id]!);
  const most = Math.max(...chosen);
  const total = Math.log(chosen.reduce((sum, one) => sum + Math.exp(one - most), 0)) + most;
  return chosen.map((one) => one - total);
}

const TEXT = "Who baked the bread in the garden? 写您会";
const PAD = 'Left out: 1 special token, "<|pad|>" (id 512); no text becomes them here, and they have no probability.';
const PADDED = "rows of the embedding that no token has (rows";

withCases(`folders of trainers${present ? "" : " (skipped: ../shared/cases is not here)"}`, () => {
  test.each([
    ["d2-padded-576-random-rows-no-eos", [PAD, `Left out: 63 ${PADDED} 513 to 575)`]],
    ["e-eos-50256-left-in-config", ["config.json has eos_token_id 50256; the tokenizer's", PAD]],
    ["f-eos-list", ["config.json has eos_token_id 511, 512; the tokenizer's", PAD]],
    ["g-sharded", [PAD]],
    ["j-two-merges-one-token", [PAD]],
    ["n-bos-by-post-processor", [PAD, 'put around every text, "<|endoftext|>" before it']],
    [
      "o-added-word-token",
      [PAD, 'Left out: 1 added word, "instructions" (id 513)', `Left out: 62 ${PADDED} 514 to 575)`],
    ],
    ["p-tied-head-bf16-rounded", [PAD, '"lm_head.weight", which is wte.weight rounded to half precision']],
    ["r-seqcls", [PAD]],
    ["t-orig-mod", [PAD]],
    ["v-trl-value-head", [PAD, "Left out: a value head of 33 numbers"]],
    ["w-bom", [PAD]],
  ])("%s has the log-probabilities of a second reading, and tells what it leaves out", async (name, told) => {
    const { architecture, tokenizer, values, stage, notes } = await importGpt2(folderOf(name), MEMORY);
    expect(notes).toHaveLength(told.length);
    for (const [i, sentence] of told.entries()) expect(notes[i]).toContain(sentence);

    const json = jsonOf(name, "tokenizer.json");
    const reader = new ScriptTokenizer(json, {});
    const theirs = [...reader.encode(TEXT, { add_special_tokens: false }).ids];
    const vocabulary = json.model.vocab as Record<string, number>;
    const { names } = await vocabularyOf(tokenizer);
    const idOf = [...names, "<|endoftext|>"].map((token) => vocabulary[token]!); // theirs of each of ours
    const ours = tokenizer.encode(TEXT);
    expect(ours.map((id) => idOf[id])).toEqual(theirs);

    const reference = readReference(name);
    if (stage === "REWARD") {
      const scores = plainScores(architecture, values, [...ours, tokenizer.endOfText]);
      expect(scores).toEqual(plainScores(reference.architecture, reference.values, [...theirs, 511]));
      return;
    }
    expect(stage).toBe("IMPORTED");
    const all = names.map((_, id) => id).concat(tokenizer.endOfText);
    const expected = plainLogits(reference.architecture, reference.values, theirs);
    for (const [at, logits] of plainLogits(architecture, values, ours).entries())
      expect(logProbabilities(logits, all)).toEqual(logProbabilities(expected[at] as number[], idOf));
  });

  test("k-byte-missing is refused with the byte", async () => {
    await expect(importGpt2(folderOf("k-byte-missing"), MEMORY)).rejects.toThrow(
      'The tokenizer has no token for 1 byte, 0x00 (written "Ā"); each of the 256 must have one',
    );
  });

  test("every folder is looked at here", () => {
    expect(readdirSync(FOLDER)).toHaveLength(13);
  });
});
