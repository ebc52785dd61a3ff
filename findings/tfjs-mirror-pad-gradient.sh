#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm), every backend.
# Guessed: a value that mirrorPad copies collects the gradient of its copies. Found: the gradient is only cut out of the
# middle, as if the copies were constants: of [3, 4], reflected to [4, 3, 4, 3], each value stands twice and is given 1.
# Finite differences say 2.
# Seen: gradient [1, 1], by finite differences [2, 2].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @tensorflow/tfjs@4.22.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const tf = require("@tensorflow/tfjs");
(async () => {
  await tf.setBackend("cpu");
  const padded = (x) => tf.sum(tf.mirrorPad(x, [[1, 1]], "reflect"));
  const at = (values) => padded(tf.tensor1d(values)).dataSync()[0];
  const gradient = [...(await tf.grad(padded)(tf.tensor1d([3, 4])).data())];
  const differences = [at([4, 4]) - at([3, 4]), at([3, 5]) - at([3, 4])];
  console.log({ gradient, differences });
  if (gradient.join() !== "1,1" || differences.join() !== "2,2") process.exit(1);
})();
CHECK
node check.cjs || exit 1
