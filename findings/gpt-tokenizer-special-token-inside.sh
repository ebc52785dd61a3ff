#!/usr/bin/env bash
# gpt-tokenizer 4.0.0 beside js-tiktoken 1.0.21 (npm), encoding cl100k_base.
# Guessed: a special token that is allowed becomes its one id wherever it stands. Found: gpt-tokenizer does so only at the
# very beginning of the text; behind any other character it is cut into the tokens of its letters, so that documents that
# are joined by <|endoftext|> are not parted. js-tiktoken knows it in every place.
# Seen: at the beginning both [100257, ...]; inside, gpt-tokenizer 27,91,8862,... and js-tiktoken 100257.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund gpt-tokenizer@4.0.0 js-tiktoken@1.0.21 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
(async () => {
  const { encode } = await import("gpt-tokenizer/encoding/cl100k_base");
  const { getEncoding } = await import("js-tiktoken");
  const other = getEncoding("cl100k_base");
  const END = 100257;
  const seen = {};
  for (const text of ["<|endoftext|>The dog.", "The cat.<|endoftext|>The dog."])
    seen[text] = [encode(text, { allowedSpecial: "all" }).includes(END), other.encode(text, "all").includes(END)];
  console.log(seen);
  if (JSON.stringify(Object.values(seen)) !== "[[true,true],[false,true]]") process.exit(1);
})();
CHECK
node check.cjs || exit 1
