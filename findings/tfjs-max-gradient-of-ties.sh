#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm), every backend.
# Guessed: the gradient of a maximum adds up to 1, shared or given to one where several are greatest. Found: each of them is
# given the whole, so that a maximum over n equal values has a gradient n times too large. (The gradient of a maximum of
# two tensors, tf.maximum, goes to the first alone.)
# Seen: [1, 1, 0] for max of [2, 2, 1].
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
  const gradient = [...(await tf.grad((x) => tf.max(x))(tf.tensor1d([2, 2, 1])).data())];
  console.log(gradient);
  if (gradient.join() !== "1,1,0") process.exit(1);
})();
CHECK
node check.cjs || exit 1
