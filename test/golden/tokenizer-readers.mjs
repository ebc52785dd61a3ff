/**
 * What other programs read in an exported tokenizer: the ids of the unusual texts of
 * tokenizer-readers-inputs.json, by each of them.
 *
 *   npm run build
 *   npm install --ignore-scripts --prefix FOLDER tokenizers@0.23.2 @huggingface/tokenizers@0.2.0 @huggingface/transformers@4.3.2
 *   node test/golden/tokenizer-readers.mjs FOLDER
 *
 * `tokenizers` is the Rust library itself (the one that Python's transformers has), with Node's binding; the other two are
 * JavaScript. They go to tokenizer-readers.json beside this file.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { makeTokenizer, readTokenizer } from "../../dist/datasets/tokenizers/make-tokenizer.js";
import { exportTexts } from "../../dist/training/hugging-face/export-texts.js";

const require = createRequire(path.resolve(process.argv[2], "index.js"));
const { Tokenizer: RustTokenizer } = require("tokenizers");
const { Tokenizer: ScriptTokenizer } = require("@huggingface/tokenizers");
const { AutoTokenizer, env } = require("@huggingface/transformers");
const versionOf = (name) =>
  JSON.parse(readFileSync(path.join(process.argv[2], "node_modules", name, "package.json"), "utf8")).version;

const inputs = new URL("tokenizer-readers-inputs.json", import.meta.url);
/** specials: texts that hold the names of special tokens. merges: two of them make one token. */
const { texts, specials, merges } = JSON.parse(readFileSync(inputs, "utf8"));
const tokenizers = {
  GPT2: await makeTokenizer("GPT2", [], 50257),
  BYTES: await makeTokenizer("BYTES", [], 257),
  TRAINED_BPE: await makeTokenizer("TRAINED_BPE", [...texts, ...texts], 700),
  TWO_MERGES: await readTokenizer(JSON.stringify({ kind: "TRAINED_BPE", merges })),
};

const scratch = mkdtempSync(path.join(os.tmpdir(), "accord-readers-"));
env.allowRemoteModels = false;
env.localModelPath = `${scratch}/`;

/** The readers of some files, by name and version; without added tokens nothing in a text is special. */
async function readersOf(files, folder, isSpecial) {
  const config = JSON.parse(files.get("tokenizer_config.json"));
  const json = JSON.parse(files.get("tokenizer.json"));
  if (!isSpecial) json.added_tokens = [];
  mkdirSync(path.join(scratch, folder));
  for (const [name, text] of files)
    writeFileSync(path.join(scratch, folder, name), name === "tokenizer.json" ? JSON.stringify(json) : text);
  const rust = RustTokenizer.fromString(JSON.stringify(json));
  const script = new ScriptTokenizer(json, config);
  const auto = await AutoTokenizer.from_pretrained(folder);
  const none = { add_special_tokens: false };
  return [
    ["tokenizers", async (text) => (await rust.encode(text, null, { addSpecialTokens: false })).getIds()],
    ["@huggingface/tokenizers", (text) => script.encode(text, none).ids],
    ["@huggingface/transformers", (text) => auto.encode(text, none)],
  ].map(([name, encode]) => [`${name} ${versionOf(name)}`, encode]);
}

async function idsBy(readers, all) {
  const ids = {};
  for (const [name, encode] of readers) {
    ids[name] = [];
    for (const text of all) ids[name].push(await encode(text));
  }
  return ids;
}

const result = {};
for (const [kind, tokenizer] of Object.entries(tokenizers)) {
  const architecture = { layers: 1, heads: 1, width: 4, contextLength: 64, vocabularySize: tokenizer.vocabularySize };
  const exported = await exportTexts({ stage: "SFT", architecture, tokenizer });
  const files = new Map(exported.map(({ name, text }) => [name, text]));
  const readers = await readersOf(files, kind, true);
  result[kind] = {
    sha256: createHash("sha256").update(files.get("tokenizer.json")).digest("hex"),
    ids: await idsBy(readers, texts),
    specials: await idsBy(readers, specials),
    asText: await idsBy(await readersOf(files, `${kind}-plain`, false), specials),
  };
}
rmSync(scratch, { recursive: true });
const lines = JSON.stringify(result, null, 1).replace(/\n\s+(?=[\d\]])/g, "").replace(/\],\n\s+\[/g, "],[");
writeFileSync(new URL("tokenizer-readers.json", import.meta.url), `${lines}\n`);
