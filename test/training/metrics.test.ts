import { existsSync, readFileSync } from "node:fs";
import { METRICS } from "../../src/training/metrics.js";

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const rows = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .slice(1);

test("docs/metrics.md has every metric with its unit, its formula and a file that is there", () => {
  const table = rows(page("metrics.md"));
  expect(table.map(([name, unit]) => [name, unit])).toEqual(
    Object.entries(METRICS).map(([name, { unit }]) => [`\`${name}\``, unit]),
  );
  for (const [, , formula = "", file = ""] of table) {
    expect(formula).not.toBe("");
    expect(existsSync(new URL(`../../${file.replaceAll("`", "")}`, import.meta.url))).toBe(true);
  }
});

test("docs/papers.md names only files that are there", () => {
  const files = [...page("papers.md").matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url)))).toEqual([]);
});
