#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (JavaScript) beside tokenizers 0.23.2 (the Rust library, Node's binding), GPT-2's pattern.
# Guessed: a ByteLevel with use_regex, whose built-in pattern is GPT-2's, divides a text as a Split at that very pattern
# before a ByteLevel without use_regex, and the two libraries give equal ids for the same tokenizer.json.
# Found: in JavaScript the two differ. The \s of a Split's pattern is rewritten to Unicode's White_Space, that of ByteLevel's
# own pattern is not and stays JavaScript's, which has U+FEFF and lacks U+0085. Rust gives the same ids for both.
# Seen (merges: space and the byte C2, space and the byte EF): "a \u0085b" and "a \ufeffb" are 97,256,133,98 / 97,32,239,187,191,98
# by ByteLevel, 97,32,194,133,98 / 97,257,187,191,98 by Split in JavaScript; Rust has the latter for both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @huggingface/tokenizers@0.2.0 tokenizers@0.23.2 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const { Tokenizer: Script } = require("@huggingface/tokenizers");
const { Tokenizer: Rust } = require("tokenizers");
const Regex = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const isVisible = (byte) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
let hidden = 256;
const names = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isVisible(byte) ? byte : hidden++));
const merges = [[0x20, 0xc2], [0x20, 0xef]].map(([a, b]) => [names[a], names[b]]);
const vocab = Object.fromEntries([...names, ...merges.map((pair) => pair.join(""))].map((name, id) => [name, id]));
const byteLevel = (use_regex) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex });
const split = { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
const fileOf = (pre_tokenizer) => ({
  version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer,
  post_processor: null, decoder: byteLevel(true),
  model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "",
    fuse_unk: false, byte_fallback: false, vocab, merges: merges.map((pair) => pair.join(" ")) },
});
const texts = ["a \u0085b", "a \ufeffb"];
(async () => {
  const seen = {};
  for (const [name, division] of Object.entries({
    ByteLevel: byteLevel(true),
    Split: { type: "Sequence", pretokenizers: [split, byteLevel(false)] },
  })) {
    const script = new Script(fileOf(division), {});
    const rust = Rust.fromString(JSON.stringify(fileOf(division)));
    seen[`JavaScript, ${name}`] = texts.map((text) => script.encode(text).ids.join()).join(" / ");
    seen[`Rust, ${name}`] = (await Promise.all(texts.map(async (text) => (await rust.encode(text)).getIds().join()))).join(" / ");
  }
  console.log(seen);
  const right = "97,32,194,133,98 / 97,257,187,191,98";
  const isAsSeen = seen["JavaScript, ByteLevel"] === "97,256,133,98 / 97,32,239,187,191,98" &&
    ["JavaScript, Split", "Rust, ByteLevel", "Rust, Split"].every((name) => seen[name] === right);
  if (!isAsSeen) process.exit(1);
})();
CHECK
node check.cjs || exit 1
