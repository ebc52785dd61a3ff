import { Random, SEED } from "../datasets/random.js";
import { receiveFile, sendRecords } from "../support/files.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Lines that meet each other: few prompts, authors, keys, people and versions, and many contradictions among them. */
function meetingLine(random: Random, round: number): object {
  const handle = () => `twin ${round} ${random.int(1, 4)}`;
  const form = random.next();
  if (form < 0.04)
    return { splitPolicy: { train: 0.5, validation: 0, test: 0.5, groupBy: random.pick(["AUTHOR", "PROMPT"]) } };
  if (form < 0.1) return { labeler: { handle: handle(), pool: random.pick(["TRAINING", "HELD_OUT"]) } };
  if (form < 0.18) {
    return {
      instructions: {
        version: random.int(1, 3),
        purpose: "TRAINING_DATA",
        text: random.pick(["Be kind.", "Be true."]),
      },
    };
  }
  const keys = ["A", "B", "C", "D"];
  const ranked = random.shuffle(keys).slice(0, random.int(2, 3));
  return without(random, {
    text: random.pick(["one", "two"]),
    id: random.pick(["p", "q", null]),
    author: random.pick(["x", "y", null]),
    split: random.pick(["TRAIN", "TEST", null, null]),
    useCase: random.pick(["CHAT", null, null, null]),
    demonstrations: random.list(0, 2, () => ({
      labeler: handle(),
      text: random.pick(["d", "e"]),
      instructions: random.pick([1, null, null]),
    })),
    completions: random.list(0, 4, (i) => ({
      key: random.chance(0.7) ? keys[i] : null,
      text: random.pick(["a", "b"]),
      source: random.pick(["m", null]),
    })),
    rankings: random.list(0, 2, () => ({
      labeler: handle(),
      tiers: random.chance(0.5) ? ranked.map((key) => [key]) : [ranked],
      instructions: random.pick([2, null, null, null]),
      assessments: random.chance(0.3) ? [{ completion: ranked[0], overall: random.int(1, 7) }] : [],
    })),
    assessments: random.list(0, 1, () => ({
      labeler: handle(),
      completion: random.pick(keys),
      overall: random.int(1, 7),
    })),
    skips: random.list(0, 1, () => ({ labeler: handle(), reason: random.pick(["r", "s"]) })),
  });
}

/** Only the text is always there. */
const without = (random: Random, fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name === "text" || random.chance(0.6)));

/** The export with the import's own times told apart from given ones. */
const exported = async (slug: string): Promise<string> =>
  (await receiveFile(server, slug)).text.replace(/"(validFrom|assignedAt)":"[^"]+"/g, '"$1":"…"');

test(`lines in one batch become what they become one after the other (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const fates = new Map<string, number>();
  for (let round = 0; round < 4; round++) {
    const lines = Array.from({ length: 50 }, () => meetingLine(random, round));
    lines.push(...random.shuffle(lines).slice(0, 8));
    const together = await sendRecords(server, `together-${round}`, lines);

    // The other database: people are known to all datasets of one.
    const alone = await startTestServer();
    try {
      const sum = { accepted: 0, rejected: 0, duplicates: 0 };
      const errors: { line: number; message: string }[] = [];
      for (const [i, line] of lines.entries()) {
        const answer = await sendRecords(alone, `together-${round}`, [line]);
        for (const fate of ["accepted", "rejected", "duplicates"] as const) {
          sum[fate] += answer[fate];
          fates.set(fate, (fates.get(fate) ?? 0) + answer[fate]);
        }
        errors.push(...answer.errors.map(({ message }) => ({ line: i + 1, message })));
      }
      expect(together).toMatchObject({ status: 200, ...sum });
      expect(together.errors).toEqual(errors);
      const text = (await receiveFile(alone, `together-${round}`)).text.replace(
        /"(validFrom|assignedAt)":"[^"]+"/g,
        '"$1":"…"',
      );
      expect(await exported(`together-${round}`)).toBe(text);
    } finally {
      await alone.close();
    }
  }
  // The lines do meet: each fate is met.
  for (const fate of ["accepted", "rejected", "duplicates"]) expect(fates.get(fate) ?? 0).toBeGreaterThan(0);
}, 120_000);
