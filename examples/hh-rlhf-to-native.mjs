/**
 * Pairs of preferences, as hh-rlhf and TRL write them, as prompts in the native format, a line each:
 *
 *   zcat test.jsonl.gz | node examples/hh-rlhf-to-native.mjs > pairs.ndjson
 *   npm run accord -- import pairs.ndjson --dataset pairs
 *
 * A line is {"chosen": …, "rejected": …} and may have a "prompt". chosen and rejected are
 * - whole dialogues in one text: turns behind "\n\nHuman:" and "\n\nAssistant:", as in hh-rlhf;
 * - whole dialogues as lists of messages: [{"role": "user", "content": "…"}, …, {"role": "assistant", "content": "…"}];
 * - the last answers alone, a text or a list of one message, where "prompt" (a text or a list of messages) has what is before.
 *
 * What both have in common before the last answer becomes the prompt's text (messages are written as hh-rlhf writes turns),
 * and the two answers become completions A (chosen) and B (rejected) with one ranking, A before B. Pairs without such a
 * context, or with twice the same answer, are left out and counted on standard error. An argument names the source and the
 * labeler, which are "hh-rlhf" without one.
 */
import { createInterface } from "node:readline";

const ASSISTANT = "\n\nAssistant:";
const LABELS = { user: "Human", human: "Human", assistant: "Assistant", system: "System" };

const name = process.argv[2] ?? "hh-rlhf";
const idOf = (number) => `${name === "hh-rlhf" ? "hh" : name}-${number}`;

/** Messages as one text, the turn that is to come left open. */
function render(messages) {
  const turns = messages.map(({ role, content }) => `\n\n${LABELS[role] ?? role}: ${content.trim()}`);
  return turns.join("") + ASSISTANT;
}

const isText = (value) => typeof value === "string";
const areMessages = (value) => Array.isArray(value) && value.every(({ role, content }) => isText(role) && isText(content));

/** What stands before the last answer, and that answer; null where there is none. */
function cut(side, prompt) {
  if (areMessages(side)) {
    const [last, before] = [side.at(-1), side.slice(0, -1)];
    if (last?.role !== "assistant") return null;
    const answer = last.content.trim();
    if (before.length > 0) return { context: render(before), answer };
    return prompt === null ? null : { context: areMessages(prompt) ? render(prompt) : prompt, answer };
  }
  if (!isText(side)) return null;
  if (prompt !== null && !side.includes(ASSISTANT)) {
    return { context: areMessages(prompt) ? render(prompt) : prompt, answer: side.trim() };
  }
  const end = side.lastIndexOf(ASSISTANT);
  if (end < 0) return null;
  return { context: side.slice(0, end + ASSISTANT.length), answer: side.slice(end + ASSISTANT.length).trim() };
}

/** A prompt with both answers and what was preferred; null where they do not answer the same. */
function promptOf({ chosen, rejected, prompt }, number) {
  const given = isText(prompt) || areMessages(prompt) ? prompt : null;
  const [a, b] = [cut(chosen, given), cut(rejected, given)];
  if (a === null || b === null || a.context.trim() === "" || a.context !== b.context || a.answer === b.answer) return null;
  return {
    id: idOf(number),
    text: a.context.trimStart(),
    completions: [
      { key: "A", source: name, text: a.answer },
      { key: "B", source: name, text: b.answer },
    ],
    rankings: [{ labeler: name, tiers: [["A"], ["B"]] }],
  };
}

/** The object of a line; ends the program with a sentence where there is none. */
function read(line, number) {
  let pair;
  try {
    pair = JSON.parse(line);
  } catch {
    pair = null;
  }
  if (pair?.chosen !== undefined && pair.rejected !== undefined) return pair;
  process.stderr.write(`Line ${number} is no JSON object with chosen and rejected: ${line.slice(0, 80)}\n`);
  process.exit(1);
}

let [number, pairs, left] = [0, 0, 0];
for await (const line of createInterface({ input: process.stdin })) {
  number++;
  if (line.trim() === "") continue;
  pairs++;
  const prompt = promptOf(read(line, number), pairs);
  if (prompt === null) left++;
  else process.stdout.write(`${JSON.stringify(prompt)}\n`);
}
process.stderr.write(`${pairs} pairs; ${left} left out: the answers have no context in common, or are the same text.\n`);
