#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0, backends cpu and wasm (npm).
# Guessed: log1p exists to be right near zero. Found: on wasm it is log(1 + x) in float32, so log1p(1e-8) is 0 instead of
# 1e-8, and a log-probability ratio made of it is exactly 0; expm1 and softplus of the same backend are right there.
# Seen: { cpu: 9.99999993922529e-9, wasm: 0 }.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const tf = require("@tensorflow/tfjs");
require("@tensorflow/tfjs-backend-wasm");
(async () => {
  const seen = {};
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    seen[backend] = (await tf.log1p(tf.tensor1d([1e-8])).data())[0];
  }
  console.log(seen);
  if (Math.abs(seen.cpu - 1e-8) > 1e-15 || seen.wasm !== 0) process.exit(1);
})();
CHECK
node check.cjs || exit 1
