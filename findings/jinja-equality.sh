#!/usr/bin/env bash
# @huggingface/jinja 0.5.11, which renders the chat templates of models in JavaScript.
# Guessed: == compares as Python's Jinja does: a string is never equal to a number, and lists and mappings are equal when
# their contents are. Found: it is JavaScript's loose ==: '1' == 1 holds, and no list or mapping equals another one, so
# {% if message.content == [] %} is never true.
# Seen: "true false false" where Python gives "False True True".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @huggingface/jinja@0.5.11 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
const { Template } = require("@huggingface/jinja");
const seen = new Template("{{ '1' == 1 }} {{ [1] == [1] }} {{ {'a': 1} == {'a': 1} }}").render({});
console.log(seen);
if (seen !== "true false false") process.exit(1);
CHECK
node check.cjs || exit 1
