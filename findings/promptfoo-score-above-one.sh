#!/usr/bin/env bash
# promptfoo 0.123.1 (npm), assertions in JavaScript and their sum.
# Guessed: scores lie between 0 and 1, as those of every built-in assertion do, and so does a test's. Found: any number is
# taken as it is: beside one that fails with 0, a length of 3 gives the test 1.5, and with a threshold of 1 it passes.
# Seen: { pass: true, score: 1.5 }.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --omit=optional --omit=peer --no-audit --no-fund promptfoo@0.123.1 > npm.log 2>&1 || { cat npm.log; exit 1; }
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_CONFIG_DIR="$folder/config"
cat > check.mjs <<'CHECK'
import promptfoo from "promptfoo";

const judge = async (assertion, output) => {
  const { pass, score } = await promptfoo.assertions.runAssertion({ assertion, test: { vars: {} }, providerResponse: { output } });
  return { pass, score };
};
const { pass, score } = await promptfoo.assertions.runAssertions({
  test: {
    vars: {},
    threshold: 1,
    assert: [
      { type: "javascript", value: "output.length" },
      { type: "equals", value: "other" },
    ],
  },
  providerResponse: { output: "abc" },
});
console.log({ pass, score });
process.exit(pass === true && score === 1.5 ? 0 : 1);
CHECK
node check.mjs || exit 1
