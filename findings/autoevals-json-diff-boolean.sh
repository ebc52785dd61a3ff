#!/usr/bin/env bash
# autoevals 0.3.0 (npm), the scorer JSONDiff.
# Guessed: a wrong boolean is worth 0, as a wrong key is. Found: booleans are compared by the letters of "true" and "false",
# so an answer that is exactly wrong keeps a fifth of the score, and a model that says the opposite everywhere scores .2.
# Seen: { boolean: 0.19999999999999996, key: 0 }.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund autoevals@0.3.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const { JSONDiff } = require("autoevals");
(async () => {
  const boolean = (await JSONDiff({ output: { safe: true }, expected: { safe: false } })).score;
  const key = (await JSONDiff({ output: { safe: true }, expected: { other: true } })).score;
  console.log({ boolean, key });
  if (Math.abs(boolean - 0.2) > 1e-9 || key !== 0) process.exit(1);
})();
CHECK
node check.cjs || exit 1
