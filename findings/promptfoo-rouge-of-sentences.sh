#!/usr/bin/env bash
# promptfoo 0.123.1 (npm), the assertion rouge-n with its defaults.
# Guessed: words are counted, so the same two sentences in the other order score 1. Found: a full stop is parted from its
# word at the end of the text alone, so "sat." and "sat" are two words, and the swapped answer misses the default
# threshold of .75.
# Seen: { pass: false, score: 0.7142857142857143 }, which is 5 of 7.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --omit=optional --omit=peer --no-audit --no-fund promptfoo@0.123.1 > npm.log 2>&1 || { cat npm.log; exit 1; }
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_CONFIG_DIR="$folder/config"
cat > check.mjs <<'CHECK'
import promptfoo from "promptfoo";

const judge = async (assertion, output) => {
  const { pass, score } = await promptfoo.assertions.runAssertion({ assertion, test: { vars: {} }, providerResponse: { output } });
  return { pass, score };
};
const seen = await judge({ type: "rouge-n", value: "A cat sat. The dog ran." }, "The dog ran. A cat sat.");
console.log(seen);
process.exit(seen.pass === false && Math.abs(seen.score - 5 / 7) < 1e-12 ? 0 : 1);
CHECK
node check.mjs || exit 1
