import { withScalarHead } from "../../../src/training/config/model-shape.js";
import { resolveScoring } from "../../../src/training/config/scoring.js";
import { TINY } from "../support.js";

const FACTS = { architecture: withScalarHead(TINY), completions: 10, memoryBytes: 2 ** 30 };

test("completions are computed 32 at a time, fewer where the memory is short", () => {
  expect(resolveScoring(FACTS).completionsAtOnce).toBe(32);
  const narrow = resolveScoring({ ...FACTS, memoryBytes: 1.5e6 });
  expect(narrow.completionsAtOnce).toBeLessThan(32);
  expect(narrow.reasons.completionsAtOnce).toBe("The most up to 32 that fit 2 MB of memory.");
});

test("refused: a language model, nothing to score, and a model that does not fit", () => {
  expect(() => resolveScoring({ ...FACTS, architecture: TINY })).toThrow(
    expect.objectContaining({
      field: "input.modelId",
      message: "Scoring needs a reward model; this model has no scalar head to score with.",
    }),
  );
  expect(() => resolveScoring({ ...FACTS, completions: 0 })).toThrow(
    expect.objectContaining({ code: "UNPROCESSABLE" }),
  );
  expect(() => resolveScoring({ ...FACTS, memoryBytes: 1e6 })).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^To score with this model takes \d+ MB of memory/) }),
  );
});
