#!/usr/bin/env bash
# autoevals 0.3.0 (npm), the scorer ValidJSON.
# Guessed: 1 for every valid JSON text. Found: 0 for valid JSON that is a number, a string or null; only objects and arrays
# count. A model that answers a question for a bare number or string as JSON scores 0 on every prompt.
# Seen: {"object":1,"array":1,"number":0,"string":0,"null":0}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund autoevals@0.3.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const { ValidJSON } = require("autoevals");
(async () => {
  const score = async (output) => (await ValidJSON({ output })).score;
  const seen = {
    object: await score('{"a":1}'),
    array: await score("[1]"),
    number: await score("5"),
    string: await score('"yes"'),
    null: await score("null"),
  };
  console.log(JSON.stringify(seen));
  if (JSON.stringify(seen) !== '{"object":1,"array":1,"number":0,"string":0,"null":0}') process.exit(1);
})();
CHECK
node check.cjs || exit 1
