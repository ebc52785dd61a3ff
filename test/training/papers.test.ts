import { existsSync, readFileSync } from "node:fs";

/** docs/papers.md says where each method is, by name and file; each is held against the code. */
const at = (file: string) => new URL(`../../${file}`, import.meta.url);
const PAGE = readFileSync(at("docs/papers.md"), "utf8");
const PLACE = /`(\w+)` \(`(src\/[\w/.-]+\.ts)`\)/g;

/** Whether a text defines something of this name. */
function defines(text: string, name: string): boolean {
  const declared = String.raw`^\s*(@inline )?(export )?(async )?(function\*?|const|class|interface) ${name}\b`;
  const method = String.raw`^  (private )?(async )?\*?${name}\([^;]*$`;
  return new RegExp(`${declared}|${method}`, "m").test(text);
}

/** What is wrong with the place of a name, or none. */
function problemsOf(name: string, file: string): string[] {
  if (!existsSync(at(file))) return [`docs/papers.md says that ${name} is in ${file}, which is not there.`];
  if (defines(readFileSync(at(file), "utf8"), name)) return [];
  return [`docs/papers.md says that ${name} is in ${file}; nothing of that name is defined there.`];
}

test("every file that docs/papers.md names defines what it says", () => {
  expect([...PAGE.matchAll(PLACE)].flatMap(([, name = "", file = ""]) => problemsOf(name, file))).toEqual([]);
});

test("every method has a place, and every file of src/ in a table stands there with a name", () => {
  const rows = PAGE.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  const methods = rows.slice(
    1,
    rows.findIndex((row) => row.startsWith("| demand ")),
  );
  expect(methods.length).toBeGreaterThan(30);
  expect(methods.filter((row) => [...row.matchAll(PLACE)].length === 0)).toEqual([]);
  expect(rows.filter((row) => row.replace(PLACE, "").includes("`src/"))).toEqual([]);
});

test("what defines a name, and what only uses it", () => {
  const text =
    "/** whiten */\nexport function whiten(\n  x,\n) {}\n\nclass A {\n  async *whitened(x) {\n    white(x);\n";
  expect(["whiten", "whitened", "A", "white"].filter((name) => defines(text, name))).toEqual([
    "whiten",
    "whitened",
    "A",
  ]);
  expect(problemsOf("whiten", "src/b.ts")).toEqual([
    "docs/papers.md says that whiten is in src/b.ts, which is not there.",
  ]);
  expect(problemsOf("whiten", "src/training/ppo/rewards.ts")).toEqual([
    "docs/papers.md says that whiten is in src/training/ppo/rewards.ts; nothing of that name is defined there.",
  ]);
});
