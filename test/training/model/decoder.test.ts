import type { Backend } from "../../../src/training/backend.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import type { Decoder } from "../../../src/training/model/decoder.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { Random, SEED } from "../../datasets/random.js";
import { newValues, open, sameBits, TINY } from "../support.js";

/** Heads of 7 numbers, an odd vocabulary, and parts of k: nothing is a multiple of a vector; and an unembedding of its own. */
const ODD: Architecture = {
  ...TINY,
  layers: 3,
  heads: 3,
  width: 21,
  contextLength: 70,
  vocabularySize: 61,
  untied: true,
};
/** Products along 388 and more are summed in parts. */
const WIDE: Architecture = { ...TINY, layers: 1, heads: 4, width: 388, contextLength: 24 };

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => {
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});
afterAll(() => backend.close());

interface Sequence {
  readonly ids: readonly number[];
  /** How many of them are read at once. */
  readonly beginning: number;
}

function sequencesOf(random: Random, { contextLength, vocabularySize }: Architecture, count: number): Sequence[] {
  return Array.from({ length: count }, () => {
    const ids = random.list(2, contextLength, () => random.int(0, vocabularySize - 1));
    return { ids, beginning: random.int(1, ids.length - 1) };
  });
}

/** The logits that a decoder has after each token of some sequences, from the last of its beginning on. */
function decode(model: LoadedModel, sequences: readonly Sequence[]): Float32Array[][] {
  const decoder = model.decoder({
    capacities: sequences.map(({ ids }) => ids.length),
    longestBeginning: Math.max(...sequences.map(({ beginning }) => beginning)),
  }) as Decoder;
  const logits = sequences.map(({ ids, beginning }, index) => [decoder.begin(index, ids.slice(0, beginning)).slice()]);
  for (let step = 0; ; step++) {
    const next = sequences.flatMap(({ ids, beginning }, sequence) => {
      const position = beginning + step;
      return position < ids.length ? [{ sequence, id: ids[position]!, position }] : [];
    });
    if (next.length === 0) break;
    const all = decoder.step(next);
    const size = all.length / next.length;
    for (const [row, { sequence }] of next.entries()) logits[sequence]?.push(all.slice(row * size, (row + 1) * size));
  }
  decoder.dispose();
  return logits;
}

function withModel(architecture: Architecture, work: (model: LoadedModel) => void): void {
  const model = new LoadedModel(backend, architecture);
  model.load(newValues(architecture).map((value) => value * 4));
  work(model);
  model.dispose();
}

describe.each([
  ["tiny", TINY],
  ["odd", ODD],
  ["wide", WIDE],
] as const)("a decoder of a model that is %s", (_, architecture) => {
  test(`has the logits of the model that reads all anew, within 1e-4 (seed ${SEED})`, () => {
    const random = new Random(SEED);
    withModel(architecture, (model) => {
      const sequences = sequencesOf(random, architecture, 5);
      for (const [index, rows] of decode(model, sequences).entries()) {
        const { ids, beginning } = sequences[index] as Sequence;
        for (const [step, row] of rows.entries()) {
          const read = Int32Array.from(ids.slice(0, beginning + step));
          const anew = model.nextTokenLogits({ ids: read, lengths: [read.length] });
          const worst = anew.reduce((most, value, i) => Math.max(most, Math.abs(value - row[i]!)), 0);
          const largest = anew.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
          expect(worst / largest).toBeLessThan(1e-4);
        }
      }
    });
  });

  test(`says of a sequence what it says of it alone, to the bit (seed ${SEED})`, () => {
    const random = new Random(SEED);
    withModel(architecture, (model) => {
      const sequences = sequencesOf(random, architecture, 13);
      const together = decode(model, sequences);
      for (const [index, sequence] of sequences.entries()) {
        const [alone] = decode(model, [sequence]) as [Float32Array[]];
        for (const [step, row] of alone.entries())
          expect(sameBits(row, together[index]?.[step] as Float32Array)).toBe(true);
      }
    });
  });
});

test("a sequence that begins as another goes on from there by itself", () => {
  withModel(TINY, (model) => {
    const decoder = model.decoder({ capacities: [6, 6], longestBeginning: 3 }) as Decoder;
    decoder.begin(0, [1, 2, 3]);
    decoder.beginAs(1, 0);
    const logits = decoder.step([
      { sequence: 0, id: 4, position: 3 },
      { sequence: 1, id: 5, position: 3 },
    ]);
    const [first, second] = [logits.slice(0, 257), logits.slice(257)];
    decoder.begin(1, [1, 2, 3]);
    expect(sameBits(decoder.step([{ sequence: 1, id: 5, position: 3 }]), second)).toBe(true);
    expect(sameBits(first, second)).toBe(false);
    decoder.dispose();
  });
});

test("ids outside of the vocabulary and positions outside of the window are refused", () => {
  withModel(TINY, (model) => {
    const decoder = model.decoder({ capacities: [40], longestBeginning: 40 }) as Decoder;
    expect(() => decoder.begin(0, [257])).toThrow("An id is 257; it must be one of 0 … 256.");
    expect(() => decoder.begin(0, Array(33).fill(0))).toThrow(
      "A sequence has more than 32 positions; the window is of 32.",
    );
    decoder.dispose();
  });
});

test("a cache that does not fit the budget is refused, and nothing is left of it", async () => {
  const own = await open("wasm", 2 ** 20);
  const model = new LoadedModel(own, TINY);
  model.load(newValues(TINY));
  const before = own.budget.bytesInUse;
  expect(() => model.decoder({ capacities: Array(300).fill(32), longestBeginning: 32 })).toThrow(
    expect.objectContaining({ code: "OUT_OF_MEMORY" }),
  );
  expect(own.budget.bytesInUse).toBe(before);
  model.dispose();
  backend = await open();
});
