import { checkStorable } from "../../../src/datasets/text/storable.js";
import { AppError } from "../../../src/errors.js";

const refusal = (value: unknown, field = "input"): AppError => {
  try {
    checkStorable(value, field);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
};

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
};

describe("checkStorable", () => {
  test("accepts what PostgreSQL keeps: every plane of Unicode, dates, null, absent fields", () => {
    checkStorable({ a: "é 中 😀\u0001", b: [null, undefined, 1.5, true], c: new Date(), d: { e: "" } }, "input");
    checkStorable(nested(64), "input");
  });

  test.each([
    ["U+0000", { a: [{ b: "x\0" }] }, "input.a.0.b", /U\+0000/],
    ["a lone high surrogate", { text: "\ud83d" }, "input.text", /surrogate/],
    ["a lone low surrogate", { text: "\ude00x" }, "input.text", /surrogate/],
    ["U+0000 in a name", { metadata: { "a\0": 1 } }, "input.metadata", /The name .* holds the character U\+0000/],
    ["half a pair in a name", { metadata: { "\ud83d": 1 } }, "input.metadata", /surrogate/],
    ["an infinite number", { metadata: { x: Number.POSITIVE_INFINITY } }, "input.metadata.x", /too large/],
  ])("refuses %s and names its place", (_, value, field, message) => {
    const error = refusal(value);
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", field });
    expect(error.message).toMatch(message);
  });

  test("refuses objects nested deeper than 64 levels, however deep", () => {
    expect(refusal(nested(65)).message).toMatch(/deeper than 64 levels/);
    expect(refusal(nested(100_000)).field?.length).toBeLessThanOrEqual(500);
  });

  test("names a bare argument without a prefix", () => {
    expect(refusal({ slug: "\0" }, "").field).toBe("slug");
  });
});
