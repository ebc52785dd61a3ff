import { omitDefaultSamples, resolveSamples, type StatedSample } from "../../../src/datasets/records/samples.js";
import { Random, SEED } from "../random.js";

const of = (source: string | null, sampleIndex: number | null = null, version: number | null = null): StatedSample => ({
  source,
  sampleIndex,
  version,
});
const short = (samples: readonly StatedSample[]): string =>
  samples
    .map(({ source, sampleIndex, version }) => `${source ?? "?"}${sampleIndex ?? "_"}.${version ?? "_"}`)
    .join(" ");

test.each([
  [
    "ordinals count within prompt and source",
    [of("a"), of("b"), of("a"), of(null), of(null)],
    "a0.1 b0.1 a1.1 ?0.1 ?1.1",
  ],
  ["what is stated stands", [of("a", 5, 3), of("a")], "a5.3 a1.1"],
  [
    "a sample submitted again is the next version",
    [of("a", 0), of("a", 0), of("a", 0, 7), of("a", 0)],
    "a0.1 a0.2 a0.7 a0.8",
  ],
  ["an ordinal that is taken moves on", [of("a", 1), of("a"), of("a")], "a1.1 a2.1 a3.1"],
])("%s", (_, completions, expected) => {
  expect(short(resolveSamples(completions))).toBe(expected);
});

test("the prompt's earlier completions count", () => {
  const before = resolveSamples([of("a"), of("a", 1)]);
  expect(short(resolveSamples([of("a"), of("a", 1), of("b")], before))).toBe("a2.1 a1.2 b0.1");
});

test("the same version of the same sample twice is refused", () => {
  expect(() => resolveSamples([of("a", 0, 1), of("a", 0, 1)])).toThrow(
    'completions.1 is sample 0 of "a" in version 1, which this prompt has already.',
  );
  expect(() => resolveSamples([of(null, 2, 1)], resolveSamples([of(null, 2)]))).toThrow(
    "completions.0 is sample 2 in version 1,",
  );
});

test("an export omits only a first version: an absent one is read as 1", () => {
  const versions = (...stated: StatedSample[]) => short(omitDefaultSamples(resolveSamples(stated)));
  expect(versions(of("a"), of("a", 0), of("a", 0))).toBe("a_._ a0.2 a0.3");
  expect(versions(of("a", 0, 2), of("a", 0, 1), of("a", 1, 5))).toBe("a_.2 a0.1 a1.5");
});

test(`what an export omits, the import gives again (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 1000; run++) {
    const stated = random.list(0, 8, () =>
      of(
        random.pick(["a", "b", null]),
        random.chance(0.5) ? random.int(0, 3) : null,
        random.chance(0.2) ? random.int(10, 99) : null,
      ),
    );
    let resolved: ReturnType<typeof resolveSamples>;
    try {
      resolved = resolveSamples(stated);
    } catch {
      continue; // two random versions met
    }
    const omitted = omitDefaultSamples(resolved);
    expect(resolveSamples(omitted)).toEqual(resolved);
    expect(omitDefaultSamples(resolveSamples(omitted))).toEqual(omitted);
  }
});
