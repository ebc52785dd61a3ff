import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { importText } from "../support/import-over-http.js";
import { startTestServer } from "../support/server.js";

const SCRIPT = fileURLToPath(new URL("../../examples/hh-rlhf-to-native.mjs", import.meta.url));

/** Turns of both sides, then what each side says last. */
const pair = (turns: string, chosen: string, rejected: string): string =>
  JSON.stringify({ chosen: `${turns}\n\nAssistant:${chosen}`, rejected: `${turns}\n\nAssistant:${rejected}` });

const PAIRS = [
  pair("\n\nHuman: Say red.", " Red.", " No."),
  pair('\n\nHuman: Say it.\n\nAssistant: It.\n\nHuman: "Human:" it.', ' "Human:"', ""),
  pair("\n\nHuman: Same.", " Yes.", " Yes. "),
  JSON.stringify({
    chosen: "\n\nHuman: Twice.\n\nAssistant: One.\n\nAssistant: Two.",
    rejected: "\n\nHuman: Twice.\n\nAssistant: One.",
  }),
].join("\n");

test("pairs of dialogues become prompts that an import takes, and what has no place there is counted", async () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [SCRIPT], { input: `${PAIRS}\n`, encoding: "utf8" });
  expect([status, stderr]).toEqual([
    0,
    "4 pairs; 2 left out: the answers have no context in common, or are the same text.\n",
  ]);
  const rankings = [{ labeler: "hh-rlhf", tiers: [["A"], ["B"]] }];
  const answers = (a: string, b: string) => [
    { key: "A", source: "hh-rlhf", text: a },
    { key: "B", source: "hh-rlhf", text: b },
  ];
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { id: "hh-1", text: "Human: Say red.\n\nAssistant:", completions: answers("Red.", "No."), rankings },
    {
      id: "hh-2",
      text: 'Human: Say it.\n\nAssistant: It.\n\nHuman: "Human:" it.\n\nAssistant:',
      completions: answers('"Human:"', ""),
      rankings,
    },
  ]);
  const server = await startTestServer();
  try {
    expect(await importText(server, "hh", stdout)).toMatchObject({
      accepted: 2,
      rejected: 0,
      duplicates: 0,
      errors: [],
    });
  } finally {
    await server.close();
  }
});
