/**
 * Pairs of dialogues in the format of hh-rlhf as prompts in the native one, a line each:
 *
 *   zcat test.jsonl.gz | node examples/hh-rlhf-to-native.mjs > pairs.ndjson
 *   accord import SLUG pairs.ndjson
 *
 * A line has two whole dialogues, {"chosen": "…", "rejected": "…"}: turns behind "\n\nHuman:" and "\n\nAssistant:". What both
 * have in common up to the last "\n\nAssistant:" becomes the prompt's text, and the two last answers become completions A
 * (chosen) and B (rejected) with one ranking, A before B. Pairs without such a context, or with twice the same answer, are
 * left out and counted on standard error.
 */
import { text } from "node:stream/consumers";

const ASSISTANT = "\n\nAssistant:";

/** A dialogue up to its last "Assistant:", and the answer behind it. */
function cut(dialogue) {
  const end = dialogue.lastIndexOf(ASSISTANT) + ASSISTANT.length;
  return { context: dialogue.slice(0, end), answer: dialogue.slice(end).trim() };
}

/** A prompt with both answers and what was preferred; null where they do not answer the same. */
function promptOf({ chosen, rejected }, number) {
  const [a, b] = [cut(chosen), cut(rejected)];
  if (a.context !== b.context || a.answer === b.answer) return null;
  return {
    id: `hh-${number}`,
    text: a.context.trimStart(),
    completions: [
      { key: "A", source: "hh-rlhf", text: a.answer },
      { key: "B", source: "hh-rlhf", text: b.answer },
    ],
    rankings: [{ labeler: "hh-rlhf", tiers: [["A"], ["B"]] }],
  };
}

const pairs = (await text(process.stdin)).split("\n").filter((line) => line.trim() !== "");
let left = 0;
for (const [index, line] of pairs.entries()) {
  const prompt = promptOf(JSON.parse(line), index + 1);
  if (prompt === null) left++;
  else process.stdout.write(`${JSON.stringify(prompt)}\n`);
}
process.stderr.write(`${pairs.length} pairs; ${left} left out: the answers have no context in common, or are the same text.\n`);
