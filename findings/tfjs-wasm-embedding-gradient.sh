#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0, backends cpu and wasm (npm).
# Guessed: what can be computed forward on wasm can be trained there. Found: gather, which is an embedding's lookup, has
# no gradient on wasm: its gradient needs a kernel that only the other backends have, and the error comes at the backward
# pass, after the whole forward pass. On cpu the same gradient is 2 and 1.
# Seen: cpu [2, 1]; wasm "Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'".
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
    try {
      const looked = (table) => tf.sum(tf.gather(table, tf.tensor1d([0, 0, 1], "int32")));
      seen[backend] = [...(await tf.grad(looked)(tf.tensor1d([1, 2])).data())].join();
    } catch (error) {
      seen[backend] = error.message;
    }
  }
  console.log(seen);
  if (seen.cpu !== "2,1" || !seen.wasm.includes("UnsortedSegmentSum")) process.exit(1);
})();
CHECK
node check.cjs || exit 1
