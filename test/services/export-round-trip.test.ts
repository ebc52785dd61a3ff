import { Random, SEED } from "../datasets/random.js";
import { randomRecord } from "../datasets/random-records.js";
import { receiveFile, sendFile, sendRecords } from "../support/files.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Every key that a random record may name. */
const KEYS = ["A", "B", "AA", "é", "😀", "key-9", "x_1", "S1", "S2", "S3"];

/** A random record as a file may give it, made to stand by itself: what it refers to is there. */
function standing(random: Random, i: number): Record<string, unknown> {
  const record = randomRecord(random);
  if (!("text" in record)) return record;
  const own = (Array.isArray(record.completions) ? record.completions : []) as Record<string, unknown>[];
  const given = new Set(own.map(({ key }) => key));
  const others = KEYS.filter((key) => !given.has(key)).map((key) => ({ key, text: random.text() }));
  // Samples given at random would meet each other; the rule for that has its own tests.
  const completions = [...own.map(({ sampleIndex: _, version: _v, ...rest }) => rest), ...others];
  return { ...record, completions, author: record.author && `${record.author} ${i}` };
}

test(`export, import, export: the same bytes, for 300 random records (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const instructions = Array.from({ length: 9 }, (_, i) => ({
    instructions: { version: i + 1, purpose: "TRAINING_DATA", text: random.text(1) },
  }));
  const records = [...instructions, ...Array.from({ length: 300 }, (_, i) => standing(random, i))];
  const first = await sendRecords(server, "random-1", records);
  // Declarations contradict each other, and a few prompts have the same id; nothing else is wrong with them.
  const strange = first.errors.filter(
    ({ message }) => !/^(labeler|instructions|splitPolicy)\.|the prompt is known|of this prompt is known/.test(message),
  );
  expect(strange).toEqual([]);
  expect(first.accepted).toBeGreaterThan(200);

  const { text } = await receiveFile(server, "random-1");
  const second = await sendFile(server, "random-2", text);
  expect(second).toMatchObject({ status: 200, accepted: first.accepted, rejected: 0, duplicates: 0 });
  expect((await receiveFile(server, "random-2")).text).toBe(text);
  expect(await sendFile(server, "random-1", text)).toMatchObject({
    accepted: 0,
    rejected: 0,
    duplicates: first.accepted,
  });
}, 60_000);
