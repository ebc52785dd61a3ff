#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0, backends cpu and wasm (npm).
# Guessed: multinomial with the same seed draws the same tokens, as randomNormal and dropout do on both backends. Found: it
# draws by another generator on each backend, so a sampled continuation cannot be repeated on the other one, though every
# other seeded draw can.
# Seen: randomNormal equal, multinomial cpu 2,0,1,2,1,1,2,2,3,2 and wasm 2,3,3,3,1,2,3,2,2,2.
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
  const tokens = {};
  const normals = {};
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    const logits = tf.tensor1d([0.1, 0.2, 0.3, 0.4].map(Math.log));
    tokens[backend] = [...(await tf.multinomial(logits, 10, 7).data())].join();
    normals[backend] = [...(await tf.randomNormal([3], 0, 1, "float32", 7).data())].join();
  }
  console.log(tokens, { normalsEqual: normals.cpu === normals.wasm });
  if (tokens.cpu === tokens.wasm || normals.cpu !== normals.wasm) process.exit(1);
})();
CHECK
node check.cjs || exit 1
