import { describe, expect, it as test } from "@jest/globals";
import { bytes, fraction, table } from "../../../src/cli/terminal/output.js";
import { ProgressLine } from "../../../src/cli/terminal/progress.js";
import { count } from "../../../src/datasets/text/counted.js";

describe("table", () => {
  test("sets numbers to the right, shows null as a dash, and counts wide characters as two columns", () => {
    const lines = table(
      ["name", "n"],
      [
        ["a", 5],
        ["数据", 1234],
        ["b", null],
      ],
    ).split("\n");
    expect(lines).toEqual(["name     n", "────  ────", "a        5", "数据  1234", "b        –"]);
  });

  test("prints headings alone when there are no rows", () => {
    expect(table(["a", "b"], [])).toBe("a  b\n─  ─\n(none)");
  });
});

describe("figures", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_234_567, "1.2 MB"],
    [5e15, "5000.0 TB"],
  ])("%d bytes are %s", (n, text) => expect(bytes(n)).toBe(text));

  test("rounds fractions to three decimals and groups counts", () => {
    expect(fraction(2 / 3)).toBe("0.667");
    expect(fraction(null)).toBeNull();
    expect(count(84445)).toBe("84,445");
  });
});

describe("Progress", () => {
  const run = (isTTY: boolean, total: number | null) => {
    const written: string[] = [];
    let time = 0;
    const progress = new ProgressLine("Importing", total, { isTTY, write: (text) => written.push(text) }, () => time);
    for (let second = 1; second <= 10; second++) {
      time = second * 1000;
      progress.add(100);
    }
    progress.finish();
    return written;
  };

  test("redraws one line on a terminal", () => {
    const written = run(true, 1000);
    expect(written).toHaveLength(11);
    expect(written[4]).toBe(`\rImporting  ${"█".repeat(14)}${"░".repeat(14)}   50 %  500 B of 1.0 kB  100 B/s\u001b[K`);
    expect(written.at(-1)).toContain("100 %");
    expect(written.at(-1)).toMatch(/\n$/);
  });

  test("writes a plain line every five seconds elsewhere, without control characters", () => {
    const written = run(false, null);
    expect(written).toEqual([
      "Importing  500 B  100 B/s\n",
      "Importing  1.0 kB  100 B/s\n",
      "Importing  1.0 kB  100 B/s\n",
    ]);
  });

  test("is full for an empty file", () => {
    const written: string[] = [];
    new ProgressLine("x", 0, { write: (text) => written.push(text) }, () => 0).finish();
    expect(written[0]).toContain("100 %");
  });
});
