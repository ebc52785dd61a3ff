#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0, backends cpu and wasm (npm).
# Guessed: a float cast to bool is whether it differs from zero. Found: wasm cuts it to an integer first, so .5 becomes
# false: a mask made of weights or probabilities loses all that lie below 1; and 2 stays a 2, so the sum of the "bool" counts
# it twice. On cpu .5 and 2 are true, as 1.
# Seen: { cpu: [1, 0, 1], wasm: [0, 0, 2] } for .5, 0 and 2.
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
    seen[backend] = [...(await tf.cast(tf.tensor1d([0.5, 0, 2]), "bool").data())].map(Number);
  }
  console.log(seen);
  if (seen.cpu.join() !== "1,0,1" || seen.wasm.join() !== "0,0,2") process.exit(1);
})();
CHECK
node check.cjs || exit 1
