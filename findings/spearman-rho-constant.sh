#!/usr/bin/env bash
# spearman-rho 1.0.6 beside simple-statistics 7.12.1 (npm).
# Guessed: a rank correlation with a rater who gives everything the same score is undefined. Found: spearman-rho answers 0,
# which reads as "measured, and no relation"; simple-statistics answers NaN on the same input. A mean over raters that takes
# both libraries' figures differs by who filled the table.
# Seen: spearman-rho 0, simple-statistics NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund spearman-rho@1.0.6 simple-statistics@7.12.1 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const SpearmanRho = require("spearman-rho");
const { sampleRankCorrelation } = require("simple-statistics");
(async () => {
  const constant = [3, 3, 3, 3];
  const varied = [1, 2, 3, 4];
  const one = await new SpearmanRho(constant, varied).calc();
  const other = sampleRankCorrelation(constant, varied);
  console.log({ "spearman-rho": one, "simple-statistics": other });
  if (one !== 0 || !Number.isNaN(other)) process.exit(1);
})();
CHECK
node check.cjs || exit 1
