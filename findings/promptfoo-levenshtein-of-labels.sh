#!/usr/bin/env bash
# promptfoo 0.123.1 (npm), the assertion levenshtein.
# Guessed: without a threshold an answer that differs in every letter fails. Found: five edits are allowed whatever the
# length, so every label of up to five letters passes for every other one, with the full score of 1: "yes" for "no".
# Seen: { pass: true, score: 1 }.
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
const seen = await judge({ type: "levenshtein", value: "no" }, "yes");
console.log(seen);
process.exit(seen.pass === true && seen.score === 1 ? 0 : 1);
CHECK
node check.mjs || exit 1
