#!/usr/bin/env bash
# promptfoo 0.123.1 (npm), the assertion contains-json beside is-json.
# Guessed: it asks for a piece of valid JSON. Found: words in braces pass ("see {this} and {that}"), as does a trailing
# comma, both refused by is-json and by JSON.parse; while an array, which is valid JSON and passes is-json, does not.
# Seen: braces true, trailing comma true, array false; is-json of the array true.
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
const seen = {
  braces: (await judge({ type: "contains-json" }, "see {this} and {that}")).pass,
  comma: (await judge({ type: "contains-json" }, 'it is {"a":1,}')).pass,
  array: (await judge({ type: "contains-json" }, "it is [1]")).pass,
  arrayAlone: (await judge({ type: "is-json" }, "[1]")).pass,
};
console.log(seen);
process.exit(JSON.stringify(Object.values(seen)) === "[true,true,false,true]" ? 0 : 1);
CHECK
node check.mjs || exit 1
