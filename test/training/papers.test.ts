import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** docs/papers.md says where each method is, by name, file and line; each is held against the code. UPDATE_GOLDEN=1 writes lines that have moved. */
const PAGE = new URL("../../docs/papers.md", import.meta.url);
const at = (file: string) => new URL(`../../${file}`, import.meta.url);
const PLACE = /`(\w+)` \(`(src\/[\w/.-]+):(\d+)`\)/g;

/** The lines of a text, from 1 on, on which something of this name is defined. */
function definitionsOf(name: string, text: string): number[] {
  const declared = new RegExp(
    String.raw`^\s*(@inline )?(export )?(async )?(function\*?|const|class|interface) ${name}\b`,
  );
  const method = new RegExp(String.raw`^  (private )?(async )?\*?${name}\([^;]*$`);
  return text.split("\n").flatMap((line, index) => (declared.test(line) || method.test(line) ? [index + 1] : []));
}

/** What is wrong with the place of a name, or null. */
function problemOf(name: string, file: string, line: number, text: string | null): string | null {
  if (text === null) return `docs/papers.md says that ${name} is in ${file}, which is not there.`;
  const lines = definitionsOf(name, text);
  if (lines.includes(line)) return null;
  const right = lines.length === 0 ? "nothing of that name is defined there" : `it is at line ${lines.join(" or ")}`;
  return `docs/papers.md says that ${name} is at ${file}:${line}; ${right}.`;
}

const textOf = (file: string): string | null => (existsSync(at(file)) ? readFileSync(at(file), "utf8") : null);

/** The page with the lines that are right, where a name is defined once. */
const corrected = (page: string): string =>
  page.replace(PLACE, (place, name: string, file: string, line: string) => {
    const lines = definitionsOf(name, textOf(file) ?? "");
    return lines.length === 1 && !lines.includes(Number(line)) ? `\`${name}\` (\`${file}:${lines[0]}\`)` : place;
  });

const pageOf = (): string => {
  const page = readFileSync(PAGE, "utf8");
  if (process.env.UPDATE_GOLDEN !== "1") return page;
  writeFileSync(PAGE, corrected(page));
  return corrected(page);
};

test("every place that docs/papers.md names is the line on which that name is defined", () => {
  const places = [...pageOf().matchAll(PLACE)];
  const problems = places.flatMap(
    ([, name = "", file = "", line]) => problemOf(name, file, Number(line), textOf(file)) ?? [],
  );
  expect(problems).toEqual([]);
});

test("every method has a place, and every file of src/ in a table stands there with a name and a line", () => {
  const rows = pageOf()
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  const methods = rows.slice(
    1,
    rows.findIndex((row) => row.startsWith("| demand ")),
  );
  expect(methods.length).toBeGreaterThan(30);
  expect(methods.filter((row) => [...row.matchAll(PLACE)].length === 0)).toEqual([]);
  expect(rows.filter((row) => row.replace(PLACE, "").includes("`src/"))).toEqual([]);
});

test("a line that has moved, a name that is gone and a file that is gone are told, with the right line", () => {
  const text =
    "/** whiten */\nexport function whiten(\n  x,\n) {}\n\nclass A {\n  async *whitened(x) {\n    whiten(x);\n";
  expect(problemOf("whiten", "src/a.ts", 2, text)).toBeNull();
  expect(problemOf("whitened", "src/a.ts", 7, text)).toBeNull();
  expect(problemOf("whiten", "src/a.ts", 1, text)).toBe(
    "docs/papers.md says that whiten is at src/a.ts:1; it is at line 2.",
  );
  expect(problemOf("white", "src/a.ts", 2, text)).toBe(
    "docs/papers.md says that white is at src/a.ts:2; nothing of that name is defined there.",
  );
  expect(problemOf("whiten", "src/b.ts", 2, null)).toBe(
    "docs/papers.md says that whiten is in src/b.ts, which is not there.",
  );
});
