import type { Writer } from "../../../src/services/writes/run-change.js";
import { type SubmittedCompletion, submitCompletions } from "../../../src/services/writes/submit-completions.js";
import {
  absent,
  newCompletions,
  newDataset,
  newPrompts,
  numberOf,
  startWriting,
  type Writing,
} from "../../support/writing.js";

let writing: Writing;
let datasetId: string;
let prompts: string[];

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  datasetId = await newDataset(writing);
  prompts = await newPrompts(writing, datasetId, [{}, {}]);
});

const submit = (
  completions: (Partial<SubmittedCompletion> & { prompt?: number })[],
  source = "sft-1",
  writer: Writer = writing.admin,
) =>
  submitCompletions(writer, {
    datasetId,
    source,
    completions: completions.map(({ prompt = 0, ...given }) => ({
      promptId: prompts[prompt]!,
      text: "t",
      ...given,
    })),
  });

const stored = (prompt = 0) =>
  writing.database.select<Record<string, unknown>>(
    `select position, key, text, source, sample_index as sample, version, added_in from completion
     where prompt_id = $1 order by position`,
    [numberOf(prompts[prompt]!)],
  );

describe("submitCompletions", () => {
  test("gives keys, samples and versions, and returns the completions in the order given", async () => {
    const { ids } = await submit([{ text: "a0" }, { prompt: 1, text: "b0" }, { text: "a1" }, { text: "" }]);
    expect(await stored()).toEqual([
      { position: 0, key: "A", text: "a0", source: "sft-1", sample: 0, version: 1, added_in: 2 },
      { position: 1, key: "B", text: "a1", source: "sft-1", sample: 1, version: 1, added_in: 2 },
      { position: 2, key: "C", text: "", source: "sft-1", sample: 2, version: 1, added_in: 2 },
    ]);
    const texts = await writing.database.select<{ text: string }>(
      "select text from unnest($1::bigint[]) with ordinality as given (id, place) join completion using (id) order by place",
      [ids],
    );
    expect(texts.map(({ text }) => text)).toEqual(["a0", "b0", "a1", ""]);
  });

  test("makes a sample that is there already a new completion: new key, next version", async () => {
    await submit([{ sampleIndex: 0, text: "old" }]);
    await submit([{ sampleIndex: 0, text: "new" }]);
    await submit([{ sampleIndex: 0, text: "other" }], "ppo-1");
    await submit([{ sampleIndex: 0, text: "newest" }, { text: "next" }]);
    expect(
      (await stored()).map(({ key, text, source, sample, version }) => [key, text, source, sample, version]),
    ).toEqual([
      ["A", "old", "sft-1", 0, 1],
      ["B", "new", "sft-1", 0, 2],
      ["C", "other", "ppo-1", 0, 1],
      ["D", "newest", "sft-1", 0, 3],
      // The ordinal within prompt and source: the fourth of sft-1.
      ["E", "next", "sft-1", 3, 1],
    ]);
  });

  test("keeps the versions apart when ten submit one sample at once", async () => {
    await Promise.all(Array.from({ length: 10 }, () => submit([{ sampleIndex: 4 }])));
    const versions = (await stored()).map(({ version }) => version);
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("keeps a prompt at 1,000 completions, all or none", async () => {
    await newCompletions(writing, datasetId, prompts[0]!, 999);
    await expect(submit([{ prompt: 1 }, {}, {}])).rejects.toMatchObject({
      code: "UNPROCESSABLE",
      message: expect.stringMatching(/has 999 completions; with 2 more/),
    });
    expect(await stored(1)).toEqual([]);
    await submit([{}]);
    expect(await stored()).toHaveLength(1000);
    await expect(submit([{}])).rejects.toMatchObject({ code: "UNPROCESSABLE" });
  });

  test("is for an administrator, and for a client in its datasets; others are told so, a foreign dataset is not there", async () => {
    await submit([{}], "mine", await writing.writer("CLIENT", [numberOf(datasetId)]));
    const other = numberOf(await newDataset(writing));
    await expect(submit([{}], "x", await writing.writer("CLIENT", [other]))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(submit([{}], "x", await writing.writer("ANALYST"))).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await stored()).toHaveLength(1);
  });

  test("refuses a prompt of another dataset like one that is not there", async () => {
    const [foreign] = await newPrompts(writing, await newDataset(writing), [{}]);
    for (const promptId of [foreign as string, absent("Prompt")])
      await expect(submit([{}, { promptId }])).rejects.toMatchObject({
        code: "NOT_FOUND",
        field: "input.completions.1.promptId",
        message: `The prompt "${promptId}" was not found.`,
      });
    expect(await stored()).toEqual([]);
  });

  test.each<[string, Partial<SubmittedCompletion>[], string, string]>([
    ["no completions", [], "sft", "input.completions"],
    ["1,001 completions", Array.from({ length: 1001 }, () => ({})), "sft", "input.completions"],
    ["an empty source", [{}], "", "input.source"],
    ["a source of 201 characters", [{}], "x".repeat(201), "input.source"],
    ["a negative sample", [{ sampleIndex: -1 }], "sft", "input.completions.0.sampleIndex"],
    ["one sample twice", [{ sampleIndex: 3 }, { sampleIndex: 3 }], "sft", "input.completions.1.sampleIndex"],
    ["one sample twice, once by its ordinal", [{}, { sampleIndex: 0 }], "sft", "input.completions.1.sampleIndex"],
    ["a text with U+0000", [{ text: "\0" }], "sft", "input.completions.0.text"],
  ])("refuses %s and stores nothing", async (_, completions, source, field) => {
    await expect(submit(completions, source)).rejects.toMatchObject({ code: "BAD_USER_INPUT", field });
    expect(await stored()).toEqual([]);
  });
});
