#!/usr/bin/env bash
# js-tiktoken 1.0.21 beside gpt-tokenizer 4.0.0 (npm), encoding cl100k_base.
# Guessed: an id that the vocabulary does not have is an error when it is decoded; models with padded vocabularies can draw
# one. Found: js-tiktoken decodes it to nothing, so the text is shorter than its tokens and nothing tells. gpt-tokenizer
# throws.
# Seen: js-tiktoken "Hello world" of three ids, gpt-tokenizer "Token 150000 is not in the byte pair encoder."
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund js-tiktoken@1.0.21 gpt-tokenizer@4.0.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
(async () => {
  const { getEncoding } = await import("js-tiktoken");
  const { decode } = await import("gpt-tokenizer/encoding/cl100k_base");
  const encoding = getEncoding("cl100k_base");
  const [hello, world] = encoding.encode("Hello world");
  const ids = [hello, 150_000, world];
  const seen = { "js-tiktoken": encoding.decode(ids) };
  try {
    seen["gpt-tokenizer"] = decode(ids);
  } catch (error) {
    seen["gpt-tokenizer"] = `${error.name}: ${error.message}`;
  }
  console.log(seen);
  if (seen["js-tiktoken"] !== "Hello world" || !seen["gpt-tokenizer"].includes("150000")) process.exit(1);
})();
CHECK
node check.cjs || exit 1
