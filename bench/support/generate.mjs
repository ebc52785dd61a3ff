/** Made-up prompts in the native form, the same for the same seed. */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createRandom } from "../../dist/random.js";
import { SPLITS, USE_CASES } from "../../dist/vocabulary.js";

const WORDS =
  "the a model answer prompt river winter explain why children learn bridge over small garden of and to with under light seldom question table water northern letter quick stone measure bread music early carry window".split(
    " ",
  );
const KEYS = "ABCDEFGHI";
const FIRST_DAY = Date.UTC(2026, 0, 1);

/**
 * Writes prompts to a file, each with completions and rankings with ties; the first ranking of a prompt judges each
 * completion on its own too. options: { prompts, completions: [least, most], rankings, labelers, seed }.
 * Returns how many { prompts, completions, rankings, strictPairs, assessments } there are, to check what was stored.
 */
export async function writePrompts(file, options) {
  const counts = { prompts: 0, completions: 0, rankings: 0, strictPairs: 0, assessments: 0 };
  await pipeline(Readable.from(chunks(options, counts)), createWriteStream(file));
  return counts;
}

function* chunks({ prompts, completions, rankings, labelers = 60, seed = 1 }, counts) {
  const random = createRandom(seed);
  const sentences = Array.from({ length: 500 }, () => sentence(random));
  let chunk = "";
  for (let number = 0; number < prompts; number++) {
    const made = completions[0] + random.nextBelow(completions[1] - completions[0] + 1);
    chunk += `${JSON.stringify(prompt({ random, sentences, number, made, rankings, labelers, counts }))}\n`;
    if (chunk.length < 1 << 18) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

function prompt({ random, sentences, number, made, rankings, labelers, counts }) {
  const writer = random.nextBelow(5000);
  const at = FIRST_DAY + number * 60_000;
  const keys = [...KEYS.slice(0, made)];
  counts.prompts++;
  counts.completions += made;
  counts.rankings += rankings;
  return {
    id: `p-${number}`,
    text: some(random, sentences, 2),
    kind: "PLAIN",
    useCase: USE_CASES[random.nextBelow(USE_CASES.length)],
    source: writer % 3 === 0 ? "LABELER" : "CUSTOMER",
    author: `user-${writer}`,
    language: "en",
    split: SPLITS[Math.max(0, (writer % 10) - 7)],
    createdAt: new Date(at).toISOString(),
    completions: keys.map((key, i) => ({
      key,
      source: `sft-${1 + (i % 3)}`,
      sampleIndex: i,
      text: some(random, sentences, 3),
      createdAt: new Date(at + 1000 * (i + 1)).toISOString(),
    })),
    rankings: Array.from({ length: rankings }, (_, i) => {
      const shown = shuffled(random, keys);
      const tiers = tiersOf(random, shuffled(random, keys));
      counts.strictPairs += strictPairs(tiers);
      const assessments = i > 0 ? [] : keys.map((completion) => ({ completion, overall: 1 + random.nextBelow(7) }));
      counts.assessments += assessments.length;
      return {
        labeler: `w${(number + 7 * i) % labelers}`,
        tiers,
        displayOrder: shown,
        durationMs: 20_000 + random.nextBelow(60_000),
        createdAt: new Date(at + 60_000 * (i + 1)).toISOString(),
        ...(assessments.length > 0 && { assessments }),
      };
    }),
  };
}

const sentence = (random) => {
  const words = Array.from({ length: 12 + random.nextBelow(10) }, () => WORDS[random.nextBelow(WORDS.length)]);
  return `${words.join(" ")}.`;
};

const some = (random, sentences, count) =>
  Array.from({ length: count }, () => sentences[random.nextBelow(sentences.length)]).join(" ");

/** Fisher and Yates. */
function shuffled(random, items) {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** Cuts a list into tiers: one in five stands beside the one before it. */
function tiersOf(random, keys) {
  const tiers = [];
  for (const key of keys) {
    if (tiers.length > 0 && random.nextBelow(5) === 0) tiers.at(-1).push(key);
    else tiers.push([key]);
  }
  return tiers;
}

function strictPairs(tiers) {
  let [pairs, before] = [0, 0];
  for (const tier of tiers) {
    pairs += before * tier.length;
    before += tier.length;
  }
  return pairs;
}
