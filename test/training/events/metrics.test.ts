import { existsSync, readFileSync } from "node:fs";
import { MODEL_METRICS } from "../../../src/training/config/evaluation.js";
import { METRICS } from "../../../src/training/events/metrics.js";

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
/** The part of a page under a heading, or before the first one. */
const section = (text: string, heading: string | null): string => {
  const parts = text.split(/^## /m);
  return (heading === null ? parts[0] : parts.find((part) => part.startsWith(heading))) ?? "";
};
const filesOf = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test)\/[^`:]+)(?::\d+)?`/g)].map(([, file = ""]) => file);
const isThere = (file: string): boolean => existsSync(new URL(`../../../${file}`, import.meta.url));
const rows = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .slice(1);

test("docs/metrics.md has every metric with its unit, its formula and a file that is there", () => {
  const table = rows(section(page("metrics.md"), null));
  expect(table.map(([name, unit]) => [name, unit])).toEqual(
    Object.entries(METRICS).map(([name, { unit }]) => [`\`${name}\``, unit]),
  );
  for (const [, , formula = "", file = ""] of table) {
    expect(formula).not.toBe("");
    expect(isThere(file.replaceAll("`", ""))).toBe(true);
  }
});

test("docs/metrics.md has every metric that models are evaluated by", () => {
  const table = rows(section(page("metrics.md"), "Evaluations"));
  expect(table.map(([name]) => name)).toEqual(MODEL_METRICS.map((name) => `\`${name}\``));
  for (const [, , , file = ""] of table) expect(filesOf(file).every(isThere)).toBe(true);
});

test("docs/papers.md names only files that are there", () => {
  const files = filesOf(page("papers.md"));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !isThere(file))).toEqual([]);
});
