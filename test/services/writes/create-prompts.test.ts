import { createPrompts, type NewPrompt } from "../../../src/services/writes/create-prompts.js";
import {
  absent,
  newDataset,
  newPrompts,
  numberOf,
  promptOf,
  startWriting,
  type Writing,
} from "../../support/writing.js";

let writing: Writing;
let datasetId: string;

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  datasetId = await newDataset(writing);
});

const create = (prompts: Partial<NewPrompt>[], dataset = datasetId) =>
  createPrompts(writing.admin, { datasetId: dataset, prompts: prompts.map(promptOf) });

const stored = () =>
  writing.database.select<Record<string, unknown>>(
    `select p.external_id, p.text, p.kind, p.few_shot, p.source, p.author, p.tags, p.metadata, p.created_at_given, p.added_in,
       s.use_case, s.language, s.traits, s.stages, s.split_group_id, a.split
     from prompt p join prompt_state s on s.prompt_id = p.id and s.removed_in is null
       left join split_assignment a on a.split_group_id = s.split_group_id and a.removed_in is null
     where p.dataset_id = $1 order by p.created_at, p.id`,
    [numberOf(datasetId)],
  );

describe("createPrompts", () => {
  test("keeps everything that is given, and the defaults of what is not", async () => {
    await create([
      {
        externalId: "p-1",
        text: "分類：「很好」\n😀",
        fewShot: [{ query: "bad", response: "negative" }],
        useCase: "CLASSIFICATION",
        source: "CUSTOMER",
        author: "user-9",
        language: "zh",
        traits: [{ trait: "CLOSED_DOMAIN", value: false }, { trait: "AMBIGUOUS" }],
        stages: ["PPO", "SFT"],
        split: "VALIDATION",
        tags: ["b", "a"],
        metadata: { deep: [{ ключ: 1e-7 }, null] },
      },
      { text: "x" },
    ]);
    expect(await stored()).toEqual([
      {
        external_id: "p-1",
        text: "分類：「很好」\n😀",
        kind: "FEW_SHOT",
        few_shot: [{ query: "bad", response: "negative" }],
        source: "CUSTOMER",
        author: "user-9",
        tags: ["b", "a"],
        metadata: { deep: [{ ключ: 1e-7 }, null] },
        created_at_given: true,
        added_in: 1,
        use_case: "CLASSIFICATION",
        language: "zh",
        traits: { CLOSED_DOMAIN: false, AMBIGUOUS: null },
        stages: ["SFT", "PPO"],
        split_group_id: expect.any(String),
        split: "VALIDATION",
      },
      {
        external_id: null,
        text: "x",
        kind: "PLAIN",
        few_shot: [],
        source: "LABELER",
        author: null,
        tags: [],
        metadata: {},
        created_at_given: true,
        added_in: 1,
        use_case: null,
        language: null,
        traits: {},
        stages: null,
        split_group_id: expect.any(String),
        split: null,
      },
    ]);
  });

  test("stores 1,000 prompts in their order", async () => {
    const texts = Array.from({ length: 1000 }, (_, index) => `text ${index}`);
    const { ids } = await create(texts.map((text) => ({ text, author: "a" })));
    expect((await stored()).map(({ text }) => text)).toEqual(texts);
    expect([...ids].sort((a, b) => Number(a) - Number(b))).toEqual(ids);
  });

  test("puts an author's prompts into one group, and each without an author into its own", async () => {
    await create([{ author: "a" }, { author: "b" }, { author: "a" }, {}, {}]);
    await create([{ author: "b" }]);
    const groups = (await stored()).map(({ split_group_id }) => split_group_id);
    expect(groups[0]).toBe(groups[2]);
    expect(groups[1]).toBe(groups[5]);
    expect(new Set(groups).size).toBe(4);
  });

  test("lets a prompt join its author's split, and a stated split hold for the author's other prompts", async () => {
    await create([{ author: "a" }]);
    await create([{ author: "a", split: "TEST" }]);
    await create([{ author: "a" }, { author: "a", split: "TEST" }]);
    expect((await stored()).map(({ split }) => split)).toEqual(["TEST", "TEST", "TEST", "TEST"]);
    await expect(create([{}, { author: "a", split: "TRAIN" }])).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/prompts\.1\.split is TRAIN, but the prompts of "a" are in TEST/),
    });
    await expect(
      create([
        { author: "n", split: "TRAIN" },
        { author: "n", split: "TEST" },
      ]),
    ).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await stored()).toHaveLength(4);
  });

  test("refuses the same prompt twice in a call, naming both, and one that is there, naming it", async () => {
    await expect(create([{ text: "x" }, {}, { text: "x" }])).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.prompts.2",
      message: expect.stringMatching(/same prompt as input\.prompts\.0/),
    });
    await create([{ externalId: "p" }, { text: "x" }]);
    await expect(create([{}, { externalId: "p", text: "another" }])).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/prompts\.1 \(externalId "p"\) is in the dataset already/),
    });
    await expect(create([{ text: "x" }])).rejects.toMatchObject({ code: "CONFLICT" });
    // Another author, source or few-shot pair makes another prompt.
    await create([
      { text: "x", author: "a" },
      { text: "x", source: "CUSTOMER" },
      { text: "x", fewShot: [{ query: "q", response: "" }] },
    ]);
    expect(await stored()).toHaveLength(5);
  });

  const field = "input.prompts.1";
  test.each<[string, Partial<NewPrompt>, string, RegExp]>([
    ["an empty text", { text: "" }, `${field}.text`, /is empty/],
    ["a text with U+0000", { text: "a\0b" }, `${field}.text`, /U\+0000/],
    ["half a surrogate pair in metadata", { metadata: { a: ["\udc00"] } }, `${field}.metadata.a.0`, /surrogate/],
    ["a name with U+0000 in metadata", { metadata: { "\0": 1 } }, `${field}.metadata`, /U\+0000/],
    ["an empty externalId", { externalId: "" }, `${field}.externalId`, /is empty/],
    [
      "an externalId of 501 characters",
      { externalId: "x".repeat(501) },
      `${field}.externalId`,
      /has 501 characters; it may have 500/,
    ],
    ["an empty author", { author: "" }, `${field}.author`, /is empty/],
    ["an empty language", { language: "" }, `${field}.language`, /is empty/],
    ["a trait twice", { traits: [{ trait: "AMBIGUOUS" }, { trait: "AMBIGUOUS" }] }, `${field}.traits`, /twice/],
    ["a stage twice", { stages: ["RM", "RM"] }, `${field}.stages`, /twice/],
    ["a tag twice", { tags: ["a", "a"] }, `${field}.tags`, /twice/],
    ["101 tags", { tags: Array.from({ length: 101 }, (_, i) => `t${i}`) }, `${field}.tags`, /it may have 100/],
    [
      "1,001 pairs",
      { fewShot: Array.from({ length: 1001 }, () => ({ query: "", response: "" })) },
      `${field}.fewShot`,
      /it may have 1000/,
    ],
  ])("refuses %s and stores nothing", async (_, given, place, message) => {
    await expect(create([{}, given])).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: place,
      message: expect.stringMatching(message),
    });
    expect(await stored()).toEqual([]);
  });

  test("refuses no prompts, 1,001 prompts, an unknown dataset and an id of another type", async () => {
    await expect(create([])).rejects.toMatchObject({ code: "BAD_USER_INPUT", field: "input.prompts" });
    await expect(create(Array.from({ length: 1001 }, () => ({})))).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.prompts",
    });
    await expect(create([{}], absent("Dataset"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(create([{}], absent("Prompt"))).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.datasetId",
    });
  });

  test("counts characters as Unicode does: 500 emoji are 500", async () => {
    await newPrompts(writing, datasetId, [{ externalId: "😀".repeat(500) }]);
    await expect(create([{ externalId: "😀".repeat(501) }])).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
