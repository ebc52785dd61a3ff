#!/usr/bin/env bash
# gpt-tokenizer 4.0.0 beside js-tiktoken 1.0.21 (npm), encoding cl100k_base.
# Guessed: tokens that end within a character are decoded to U+FFFD, so that a completion which was cut there shows it.
# Found: gpt-tokenizer leaves the bytes out: one token and none are the same text, and a cut completion looks whole.
# js-tiktoken gives U+FFFD.
# Seen: gpt-tokenizer "", js-tiktoken "\ufffd".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund gpt-tokenizer@4.0.0 js-tiktoken@1.0.21 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
(async () => {
  const { decode } = await import("gpt-tokenizer/encoding/cl100k_base");
  const { getEncoding } = await import("js-tiktoken");
  const other = getEncoding("cl100k_base");
  const token = 9468; // the first bytes of a character of four
  const seen = { "gpt-tokenizer": decode([token]), "js-tiktoken": other.decode([token]) };
  console.log(JSON.stringify(seen));
  if (seen["gpt-tokenizer"] !== "" || seen["js-tiktoken"] !== "\ufffd") process.exit(1);
})();
CHECK
node check.cjs || exit 1
