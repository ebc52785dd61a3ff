import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { ExportMarks, MARK_LIMITS } from "../../../src/server/routes/export-marks.js";

const LIMITS = { exports: 3, marks: 8, apart: 100 };
const at = (bytes: number) => ({ bytes, promptId: `p${bytes}`, hash: null });

describe("the marks of an export", () => {
  test("the last that is not behind an offset is found", () => {
    const marks = new ExportMarks(LIMITS).of("a");
    expect(marks.before(1e9)).toBeNull();
    for (const bytes of [100, 250, 400]) marks.add(at(bytes));
    const found = [0, 99, 100, 249, 250, 399, 400, 1e9].map((offset) => marks.before(offset)?.bytes ?? null);
    expect(found).toEqual([null, null, 100, 100, 250, 250, 400, 400]);
  });

  test("they stand apart, in order, each once, whoever makes them", () => {
    const marks = new ExportMarks(LIMITS).of("a");
    for (const bytes of [0, 40, 99, 100, 150, 199, 100, 100, 200, 50]) marks.add(at(bytes));
    expect([marks.size, marks.before(199)?.bytes, marks.before(200)?.bytes]).toEqual([2, 100, 200]);
  });

  test("a hash is that of the bytes before it, whatever is added afterwards, and however often it is taken", () => {
    const marks = new ExportMarks(LIMITS).of("a");
    const hash = createHash("sha256").update("before");
    marks.add({ bytes: 100, promptId: "1", hash });
    hash.update("after");
    for (let round = 0; round < 2; round++) {
      const digest = marks.before(100)?.hash?.copy().update("!").digest("hex");
      expect(digest).toBe(createHash("sha256").update("before!").digest("hex"));
    }
  });
});

describe("what is kept is bounded", () => {
  test("in marks of an export, which then stand further apart", () => {
    const marks = new ExportMarks(LIMITS).of("a");
    for (let bytes = 0; bytes <= 100_000; bytes += 10) {
      marks.add(at(bytes));
      expect(marks.size).toBeLessThanOrEqual(LIMITS.marks);
    }
    // 8 marks of 100,000 bytes stand 12,500 apart; the distance is doubled from 100 on, and may be twice as far.
    expect(marks.size).toBeGreaterThanOrEqual(LIMITS.marks / 2 - 1);
    expect(marks.before(100_000)?.bytes).toBeGreaterThan(70_000);
  });

  test("in exports, of which the latest asked for stay; one without a mark takes no place", () => {
    const marks = new ExportMarks(LIMITS);
    for (const key of ["a", "b", "c"]) marks.of(key).add(at(100));
    for (let i = 0; i < 100; i++) marks.of(`short ${i}`);
    expect(marks.size).toBe(3);
    expect(marks.of("a").size).toBe(1);
    marks.of("d").add(at(100));
    expect(["a", "b", "c", "d"].map((key) => marks.of(key).size)).toEqual([1, 0, 1, 1]);
    expect(marks.size).toBe(3);
  });

  test("and filled to its bound it is small", () => {
    expect(MARK_LIMITS.exports * MARK_LIMITS.marks).toBeLessThanOrEqual(5000);
  });
});
