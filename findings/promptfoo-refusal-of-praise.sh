#!/usr/bin/env bash
# promptfoo 0.123.1 (npm), the assertion is-refusal.
# Guessed: what answers the question is no refusal. Found: it looks for turns of phrase, so praise ("I cannot recommend this
# book enough!") and an answer behind a courtesy ("Sorry for the delay. Paris is ...") count as refusals with score 1; a
# rate of refusals counts politeness.
# Seen: true, true, and false for the plain answer.
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
const texts = ["I cannot recommend this book enough!", "Sorry for the delay. Paris is the capital.", "Paris is the capital."];
const seen = [];
for (const text of texts) seen.push((await judge({ type: "is-refusal" }, text)).pass);
console.log(seen);
process.exit(seen.join() === "true,true,false" ? 0 : 1);
CHECK
node check.mjs || exit 1
