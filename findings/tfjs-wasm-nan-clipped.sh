#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0, backends cpu and wasm (npm).
# Guessed: clipByValue and maximum keep NaN, so that a training whose gradient is not a number is noticed. Found: on wasm
# clipByValue turns NaN into the lower bound and maximum(1, NaN) is 1 (maximum(NaN, 1) stays NaN): a diverged gradient
# becomes an ordinary one, and the loss goes on looking finite. The cpu backend keeps NaN.
# Seen: { cpu: [NaN, NaN, NaN], wasm: [-1, 1, NaN] }.
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
    const clipped = await tf.clipByValue(tf.tensor1d([NaN]), -1, 1).data();
    const greater = await tf.maximum(tf.tensor1d([1, NaN]), tf.tensor1d([NaN, 1])).data();
    seen[backend] = [...clipped, ...greater];
  }
  console.log(seen);
  const expected = { cpu: [NaN, NaN, NaN], wasm: [-1, 1, NaN] };
  for (const [backend, values] of Object.entries(expected))
    if (!values.every((value, place) => Object.is(value, seen[backend][place]))) process.exit(1);
})();
CHECK
node check.cjs || exit 1
