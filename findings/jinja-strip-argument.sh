#!/usr/bin/env bash
# @huggingface/jinja 0.5.11, which renders the chat templates of models in JavaScript.
# Guessed: as in Python's Jinja, rstrip('\n') takes line ends off and nothing else; templates of reasoning models cut
# their thoughts by it. Found: the argument is ignored and white space is stripped: spaces before the line end are lost,
# and rstrip('b') takes nothing off "ab". So a prompt can differ from the one that the model was trained on.
# Seen: "[kept]" where Python gives "[kept  ]", and "ab" where Python gives "a".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @huggingface/jinja@0.5.11 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const { Template } = require("@huggingface/jinja");
const render = (text, values) => new Template(text).render(values);
const spaces = render("[{{ x.rstrip('\\n') }}]", { x: "kept  \n" });
const letter = render("{{ 'ab'.rstrip('b') }}", {});
console.log({ spaces, letter });
if (spaces !== "[kept]" || letter !== "ab") process.exit(1);
CHECK
node check.cjs || exit 1
