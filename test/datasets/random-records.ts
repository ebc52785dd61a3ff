/** Random native records, as a file may give them and in the parsed form. */
import type { Json, JsonObject } from "../../src/datasets/records/records.js";
import {
  CRITERIA,
  INSTRUCTION_PURPOSES,
  LABELER_POOLS,
  LABELER_STATUSES,
  OUTPUT_LABELS,
  PROMPT_KINDS,
  PROMPT_SOURCES,
  PROMPT_TRAITS,
  SPLIT_GROUPINGS,
  SPLITS,
  STAGES,
  USE_CASES,
} from "../../src/vocabulary.js";
import type { Random } from "./random.js";

type Raw = Record<string, unknown>;

/** A valid record as an author of files may write it: fields in any order, absent, null or empty. */
export function randomRecord(random: Random): Raw {
  const form = random.next();
  if (form < 0.05) return { splitPolicy: randomSplitPolicy(random) };
  if (form < 0.1) return { labeler: randomLabeler(random) };
  if (form < 0.15) return { instructions: randomInstructions(random) };
  return randomPrompt(random);
}

function randomPrompt(random: Random): Raw {
  const keys = random.shuffle(["A", "B", "AA", "é", "😀", "key-9", "x_1"]).slice(0, random.int(0, 7));
  const stored = ["S1", "S2", "S3"];
  const named = [...keys, ...stored];
  return anyOrder(
    random,
    {
      id: random.text(1, 4),
      text: random.text(1),
      kind: random.pick(PROMPT_KINDS),
      fewShot: random.list(0, 2, () => ({ query: random.text(), response: random.text() })),
      useCase: random.pick(USE_CASES),
      source: random.pick(PROMPT_SOURCES),
      author: random.text(1, 4),
      language: random.pick(["en", "zh-Hans"]),
      traits: judgments(random, PROMPT_TRAITS),
      stages: subset(random, STAGES),
      split: random.pick(SPLITS),
      tags: random.list(0, 2, () => random.text()),
      metadata: randomObject(random, 3),
      createdAt: timestamp(random),
      demonstrations: random.list(0, 2, () =>
        anyOrder(
          random,
          { createdAt: timestamp(random), instructions: random.int(1, 9) },
          { labeler: handle(random), text: random.text() },
        ),
      ),
      completions: keys.map((key) =>
        anyOrder(
          random,
          {
            key,
            source: random.text(1, 3),
            sampleIndex: random.int(0, 9),
            version: random.int(1, 9),
            ended: random.chance(0.5),
            createdAt: timestamp(random),
          },
          { text: random.text() },
        ),
      ),
      rankings: random.list(0, 3, () => randomRanking(random, named)),
      assessments: random.list(0, 2, () => ({ ...randomAssessment(random, named), labeler: handle(random) })),
      skips: random.list(0, 1, () =>
        anyOrder(random, { reason: random.text(), createdAt: timestamp(random) }, { labeler: handle(random) }),
      ),
      exclusion: anyOrder(
        random,
        { from: nonEmpty(random, STAGES), by: random.text(1), at: timestamp(random) },
        { reason: random.text(1) },
      ),
    },
    { text: random.text(1) },
  );
}

function randomRanking(random: Random, keys: readonly string[]): Raw {
  const ranked = random.shuffle(keys).slice(0, random.int(2, keys.length));
  const tiers: string[][] = [];
  for (const key of ranked) {
    if (tiers.length === 0 || random.chance(0.6)) tiers.push([key]);
    else tiers.at(-1)?.push(key);
  }
  return anyOrder(
    random,
    {
      displayOrder: random.shuffle(random.chance(0.5) ? ranked : keys),
      durationMs: random.int(0, 2 ** 31 - 1),
      note: random.text(),
      createdAt: timestamp(random),
      instructions: random.int(1, 9),
      assessments: random.list(0, 2, () => randomAssessment(random, keys)),
    },
    { labeler: handle(random), tiers },
  );
}

const randomAssessment = (random: Random, keys: readonly string[]): Raw =>
  anyOrder(
    random,
    {
      overall: random.int(1, 7),
      labels: judgments(random, OUTPUT_LABELS),
      toxicity: anyOrder(random, {
        input: random.int(0, 2),
        output: random.int(0, 2),
        relative: random.int(-1, 1),
        continuity: random.int(1, 7),
      }),
      createdAt: timestamp(random),
      instructions: random.int(1, 9),
    },
    { completion: random.pick(keys) },
  );

function randomSplitPolicy(random: Random): Raw {
  const [train, validation] = [random.int(0, 50) / 100, random.int(0, 50) / 100];
  return anyOrder(
    random,
    { seed: random.int(-9, 9), groupBy: random.pick(SPLIT_GROUPINGS), assignedAt: timestamp(random) },
    { train, validation, test: 1 - train - validation },
  );
}

const randomLabeler = (random: Random): Raw =>
  anyOrder(
    random,
    { pool: random.pick(LABELER_POOLS), status: random.pick(LABELER_STATUSES) },
    { handle: handle(random) },
  );

const randomInstructions = (random: Random): Raw =>
  anyOrder(
    random,
    { criteriaOrder: subset(random, CRITERIA), validFrom: timestamp(random) },
    { version: random.int(1, 99), purpose: random.pick(INSTRUCTION_PURPOSES), text: random.text(1) },
  );

/** Fields in any order; of the optional ones some are absent, some null. */
function anyOrder(random: Random, optional: Raw, required: Raw = {}): Raw {
  const kept = Object.entries(optional)
    .filter(() => random.chance(0.6))
    .map(([name, value]): [string, unknown] => [name, random.chance(0.1) ? null : value]);
  return Object.fromEntries(
    random.shuffle([...kept.filter(([name]) => !(name in required)), ...Object.entries(required)]),
  );
}

const handle = (random: Random): string => random.pick(["w1", "w2", "研究员", "Ann É.", "😀", "a@b.example"]);

const judgments = (random: Random, words: readonly string[]): Raw =>
  Object.fromEntries(subset(random, words).map((word) => [word, random.pick([true, false, null])]));

const subset = <T>(random: Random, words: readonly T[]): T[] =>
  random.shuffle(words).slice(0, random.int(0, words.length));

const nonEmpty = <T>(random: Random, words: readonly T[]): T[] =>
  random.shuffle(words).slice(0, random.int(1, words.length));

function timestamp(random: Random): string {
  const date = new Date(random.int(-62135510400000, 253402214400000));
  const iso = date.toISOString();
  return random.pick([
    iso,
    iso.replace(/\.\d+Z/, "Z"),
    iso.replace("Z", "+00:00"),
    iso.replace("Z", "-09:30"),
    iso.replace("Z", "123Z"),
  ]);
}

function randomObject(random: Random, depth: number): JsonObject {
  const object: JsonObject = {};
  for (const name of random.list(0, 3, () =>
    random.pick(["b", "a", "10", "9", "__proto__", "constructor", random.text()]),
  )) {
    Object.defineProperty(object, name, {
      value: randomJson(random, depth - 1),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

function randomJson(random: Random, depth: number): Json {
  const form = random.int(0, depth > 0 ? 6 : 4);
  if (form === 0) return null;
  if (form === 1) return random.chance(0.5);
  if (form === 2) return random.pick([0, -0, 1, -1.5, 1e300, 5e-324, 2 ** 60, 0.1]);
  if (form < 5) return random.text();
  return form === 5 ? random.list(0, 3, () => randomJson(random, depth - 1)) : randomObject(random, depth);
}
