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

/** What the script makes of lines, its status, and what it says. */
function convert(lines: readonly unknown[], ...args: string[]) {
  const input = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const { stdout, stderr, status } = spawnSync(process.execPath, [SCRIPT, ...args], { input, encoding: "utf8" });
  return { status, stderr, prompts: stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)])) };
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

test("lists of messages, and TRL's pairs with a prompt of their own, become the same prompts", () => {
  const said = [user("Say red."), assistant("Red."), user("Again.")];
  const text = "Human: Say red.\n\nAssistant: Red.\n\nHuman: Again.\n\nAssistant:";
  const { status, prompts, stderr } = convert(
    [
      { chosen: [...said, assistant("Red!")], rejected: [...said, assistant("No.")] },
      { prompt: said, chosen: [assistant("Red!")], rejected: [assistant("No.")] },
      { prompt: said, chosen: "Red!", rejected: "No." },
      // Some sets repeat the first question as a prompt of their own: the lists say it in full.
      { prompt: "Say red.", chosen: [...said, assistant("Red!")], rejected: [...said, assistant("No.")] },
      { prompt: "hello", chosen: "a", rejected: "b" },
      { prompt: "hello", chosen: [assistant("a")], rejected: [assistant("b")] },
      { chosen: [{ role: "system", content: "Be brief." }, ...said, assistant("Red!")], rejected: said },
      { chosen: [assistant("a")], rejected: [assistant("b")] },
      { chosen: "a", rejected: "b" },
    ],
    "trl",
  );
  expect([status, stderr]).toEqual([
    0,
    "9 pairs; 3 left out: the answers have no context in common, or are the same text.\n",
  ]);
  const rankings = [{ labeler: "trl", tiers: [["A"], ["B"]] }];
  const made = (n: number, given: string, a: string, b: string) => ({
    id: `trl-${n}`,
    text: given,
    completions: [
      { key: "A", source: "trl", text: a },
      { key: "B", source: "trl", text: b },
    ],
    rankings,
  });
  expect(prompts).toEqual([
    ...[1, 2, 3, 4].map((n) => made(n, text, "Red!", "No.")),
    ...[5, 6].map((n) => made(n, "hello", "a", "b")),
  ]);
});

test.each(["nonsense", "7", '{"chosen":"a"}', "null"])("a line that is no pair ends it in a sentence: %s", (line) => {
  expect(convert([line])).toEqual({
    status: 1,
    prompts: [],
    stderr: `Line 1 is no JSON object with chosen and rejected: ${line}\n`,
  });
});
