/** Exported tokenizers as other programs read them: token ids of unusual texts, equal in all. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Tokenizer as ScriptTokenizer } from "@huggingface/tokenizers";
import { makeTokenizer, readTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import type { Tokenizer } from "../../../src/datasets/tokenizers/tokenizer.js";
import { exportTexts } from "../../../src/training/hugging-face/export-texts.js";
import { Random, SEED } from "../../datasets/random.js";
import { TINY } from "../support.js";

const golden = (name: string) => JSON.parse(readFileSync(new URL(`../../golden/${name}`, import.meta.url), "utf8"));

type Ids = Readonly<Record<string, readonly (readonly number[])[]>>;
/** Made by test/golden/tokenizer-readers.mjs, which names the programs and how they were installed. */
const READ: Readonly<Record<string, { sha256: string; ids: Ids; specials: Ids; asText: Ids }>> =
  golden("tokenizer-readers.json");
const { texts, specials, merges }: { texts: string[]; specials: string[]; merges: string[] } = golden(
  "tokenizer-readers-inputs.json",
);

let tokenizers: Readonly<Record<string, Tokenizer>>;
beforeAll(async () => {
  tokenizers = {
    GPT2: await makeTokenizer("GPT2", [], 50257),
    BYTES: await makeTokenizer("BYTES", [], 257),
    TRAINED_BPE: await makeTokenizer("TRAINED_BPE", [...texts, ...texts], 700),
    TWO_MERGES: await readTokenizer(JSON.stringify({ kind: "TRAINED_BPE", merges })),
  };
});

const KINDS = ["GPT2", "BYTES", "TRAINED_BPE", "TWO_MERGES"] as const;

async function exported(tokenizer: Tokenizer): Promise<ReadonlyMap<string, string>> {
  const architecture = { ...TINY, vocabularySize: tokenizer.vocabularySize, tokenizer: tokenizer.kind };
  const files = await exportTexts({ stage: "SFT", architecture, tokenizer });
  return new Map(files.map(({ name, text }) => [name, text]));
}

async function scriptReader(tokenizer: Tokenizer, isSpecial = true): Promise<(text: string) => number[]> {
  const files = await exported(tokenizer);
  const json = JSON.parse(files.get("tokenizer.json") as string);
  if (!isSpecial) json.added_tokens = [];
  const reader = new ScriptTokenizer(json, JSON.parse(files.get("tokenizer_config.json") as string));
  return (text) => [...reader.encode(text, { add_special_tokens: false }).ids];
}

test.each(KINDS)(
  "%s: `tokenizers`, @huggingface/tokenizers and @huggingface/transformers read the ids that are ours",
  async (kind) => {
    const [tokenizer, read] = [tokenizers[kind] as Tokenizer, READ[kind] as (typeof READ)[string]];
    const sha256 = createHash("sha256").update((await exported(tokenizer)).get("tokenizer.json") as string);
    expect(sha256.digest("hex")).toBe(read.sha256); // else make the golden file anew: they read another export
    expect(texts.length).toBeGreaterThan(70);
    const ours = texts.map((text) => tokenizer.encode(text));
    expect(Object.keys(read.ids).map((name) => name.replace(/ [\d.]+$/, ""))).toEqual([
      "tokenizers",
      "@huggingface/tokenizers",
      "@huggingface/transformers",
    ]);
    for (const [name, ids] of Object.entries(read.ids)) expect([name, ids]).toEqual([name, ours]);
  },
);

test.each(KINDS)(
  "%s: a text's <|endoftext|> and <|pad|> are special to those readers, and text without added_tokens, as here",
  async (kind) => {
    const [tokenizer, read] = [tokenizers[kind] as Tokenizer, READ[kind] as (typeof READ)[string]];
    const [end, pad] = [tokenizer.endOfText, tokenizer.vocabularySize];
    const ofText = (text: string) => tokenizer.encode(text);
    const special = [[end], [...ofText("a"), end, ...ofText("b")], [...ofText("a "), pad, ...ofText(" b")]];
    const plain = specials.map(ofText);
    for (const name of Object.keys(read.ids)) {
      expect([name, read.specials[name]]).toEqual([name, special]);
      expect([name, read.asText[name]]).toEqual([name, plain]);
    }
    const [reader, plainReader] = [await scriptReader(tokenizer), await scriptReader(tokenizer, false)];
    expect(specials.map(reader)).toEqual(special);
    expect(specials.map(plainReader)).toEqual(plain);
  },
);

test.each(KINDS)(`%s: @huggingface/tokenizers reads the ids of any text that are ours (seed ${SEED})`, async (kind) => {
  const random = new Random(SEED);
  const tokenizer = tokenizers[kind] as Tokenizer;
  const reader = await scriptReader(tokenizer);
  const morsels = [...texts, "\u0085", "\ufeff", " ", "\u2028", "'s", "abc", "1"];
  for (let run = 0; run < 300; run++) {
    const text = random.list(0, 6, () => random.pick(morsels)).join("");
    expect([text, reader(text)]).toEqual([text, tokenizer.encode(text)]);
  }
});

test("half a surrogate pair is U+FFFD to those readers, and three bytes here, of which it comes back", async () => {
  const tokenizer = tokenizers.BYTES as Tokenizer;
  const reader = await scriptReader(tokenizer);
  expect(reader("a\ud83d")).toEqual([0x61, 0xef, 0xbf, 0xbd]);
  expect(tokenizer.encode("a\ud83d")).toEqual([0x61, 0xed, 0xa0, 0xbd]);
});
