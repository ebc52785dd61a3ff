/** What the README shows of the demonstration, as far as it can be told without a minute of training. */
import { readFileSync } from "node:fs";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const BLOCK = /```console\n\$ npm run demo\n([\s\S]*?)\n\$ npm test/.exec(read("README.md"))?.[1] ?? "";

test("the README has the demonstration's headings, word by word and in their order", () => {
  const headings = [...read("src/cli/commands/demo.ts").matchAll(/heading\("(\d\. .*)"\);/g)].map(([, text]) => text);
  expect(headings).toHaveLength(7);
  expect(BLOCK.split("\n").filter((line) => /^\d\. /.test(line))).toEqual(headings);
});
