#!/usr/bin/env bash
# krippendorff 0.1.0 (npm), alpha(ratings by rater).
# Guessed: Krippendorff's alpha does not depend on the order of the raters, and a list that is shorter than the others
# only lacks judgments. Found: the units are counted by the FIRST rater's list, so what the others judged beyond it is
# left out silently, and naming the raters in another order gives another alpha.
# Seen: 0.375 with the short list first, 0.06666666666666665 with it last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund krippendorff@0.1.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const { alpha } = require("krippendorff");
const short = [1, 2];
const others = [
  [1, 1, 1],
  [1, 2, 2],
];
const first = alpha([short, ...others]);
const last = alpha([...others, short]);
console.log({ first, last });
if (Math.abs(first - 0.375) > 1e-12 || Math.abs(last - 1 / 15) > 1e-12) process.exit(1);
CHECK
node check.cjs || exit 1
