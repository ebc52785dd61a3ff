#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0, backends cpu and wasm (npm).
# Guessed: the mean of many ones is 1 on every backend. Found: wasm adds in one float32, which stops at 2^24 = 16,777,216:
# the mean of 2^25 ones is .5, and the norm of a gradient that long comes out short. The cpu backend says 1.
# Seen: { cpu: 1, wasm: 0.5 }.
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
    seen[backend] = (await tf.mean(tf.ones([2 ** 25])).data())[0];
  }
  console.log(seen);
  if (seen.cpu !== 1 || seen.wasm !== 0.5) process.exit(1);
})();
CHECK
node check.cjs || exit 1
