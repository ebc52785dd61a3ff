#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm), every backend.
# Guessed: the gradient of |x| at 0 is 0. Found: it is -1, so an L1 penalty pushes weights that are exactly 0 away from
# it, always upwards, and a clipped advantage of 0 is given a direction.
# Seen: [-1, -1, 1] at -2, 0 and 2.
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
  const gradient = [...(await tf.grad((x) => tf.sum(tf.abs(x)))(tf.tensor1d([-2, 0, 2])).data())];
  console.log(gradient);
  if (gradient.join() !== "-1,-1,1") process.exit(1);
})();
CHECK
node check.cjs || exit 1
