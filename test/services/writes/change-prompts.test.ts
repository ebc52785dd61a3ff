import {
  annotatePrompts,
  excludePrompts,
  type PromptAnnotations,
  restorePrompts,
} from "../../../src/services/writes/change-prompts.js";
import { absent, newDataset, newPrompts, numberOf, startWriting, type Writing } from "../../support/writing.js";

let writing: Writing;
let datasetId: string;
let ids: string[];

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  datasetId = await newDataset(writing);
  ids = await newPrompts(writing, datasetId, [
    { useCase: "CHAT", language: "en", traits: [{ trait: "AMBIGUOUS", value: true }], stages: ["RM"], author: "a" },
    {},
  ]);
});

const annotate = (given: Partial<PromptAnnotations>) =>
  annotatePrompts(writing.admin, { ids, withoutTraits: [], ...given });

const states = (asOf = 2_147_483_647) =>
  writing.database.select<Record<string, unknown>>(
    `select use_case, language, traits, stages, exclusion_reason, exclusion_from, excluded_by from prompt_state
     where prompt_id = any($1) and added_in <= $2 and (removed_in is null or removed_in > $2) order by prompt_id`,
    [ids.map(numberOf), asOf],
  );

describe("annotatePrompts", () => {
  test("sets what is given and leaves what is absent", async () => {
    const { ids: changed, revision } = await annotate({
      language: "fr",
      traits: [{ trait: "HIGH_STAKES", value: null }],
    });
    expect(changed).toEqual(ids.map(numberOf));
    expect(await states()).toMatchObject([
      { use_case: "CHAT", language: "fr", traits: { AMBIGUOUS: true, HIGH_STAKES: null }, stages: ["RM"] },
      { use_case: null, language: "fr", traits: { HIGH_STAKES: null }, stages: null },
    ]);
    expect(await states(revision - 1)).toMatchObject([
      { language: "en", traits: { AMBIGUOUS: true } },
      { language: null },
    ]);
  });

  test("takes back what is null, single traits by withoutTraits, and keeps an explicit [] of stages", async () => {
    await annotate({ useCase: null, language: null, traits: null, stages: [] });
    expect(await states()).toMatchObject([
      { use_case: null, language: null, traits: {}, stages: [] },
      { use_case: null, language: null, traits: {}, stages: [] },
    ]);
    await annotate({
      traits: [
        { trait: "AMBIGUOUS", value: true },
        { trait: "HIGH_STAKES", value: false },
      ],
      stages: null,
    });
    await annotate({
      withoutTraits: ["AMBIGUOUS"],
      traits: [{ trait: "SENSITIVE_CONTENT", value: true }],
      useCase: "OTHER",
    });
    expect((await states())[1]).toMatchObject({
      use_case: "OTHER",
      traits: { HIGH_STAKES: false, SENSITIVE_CONTENT: true },
      stages: null,
    });
  });

  test("keeps the order of the ids and counts one named twice once", async () => {
    const [first, second] = ids as [string, string];
    const { ids: changed } = await annotate({ ids: [second, first, second], language: "de" });
    expect(changed).toEqual([second, first].map(numberOf));
  });

  test("audits what was and what is", async () => {
    await annotate({ ids: [ids[0]!], useCase: "REWRITE" });
    const [entry] = await writing.database.select<Record<string, unknown>>(
      "select action, by, subject, before, after from audit_entry where dataset_id = $1 order by id desc limit 1",
      [numberOf(datasetId)],
    );
    const words = {
      id: ids[0],
      language: "en",
      traits: { AMBIGUOUS: true },
      stages: ["RM"],
      exclusionReason: null,
      exclusionFrom: null,
    };
    expect(entry).toEqual({
      action: "annotatePrompts",
      by: "test ADMIN",
      subject: datasetId,
      before: { prompts: [{ ...words, useCase: "CHAT" }] },
      after: { prompts: [{ ...words, useCase: "REWRITE" }] },
    });
  });

  test.each<[string, Partial<PromptAnnotations>, string, string]>([
    ["nothing to change", {}, "BAD_USER_INPUT", "input"],
    ["no ids", { ids: [], language: "x" }, "BAD_USER_INPUT", "input.ids"],
    ["an empty language", { language: "" }, "BAD_USER_INPUT", "input.language"],
    ["a trait twice", { traits: [{ trait: "AMBIGUOUS" }, { trait: "AMBIGUOUS" }] }, "BAD_USER_INPUT", "input.traits"],
    [
      "a trait set and taken back",
      { traits: [{ trait: "AMBIGUOUS" }], withoutTraits: ["AMBIGUOUS"] },
      "BAD_USER_INPUT",
      "input.traits",
    ],
    ["an unknown prompt", { ids: [absent("Prompt")], language: "x" }, "NOT_FOUND", "input.ids"],
    ["an id of another type", { ids: [absent("Ranking")], language: "x" }, "BAD_USER_INPUT", "input.ids.0"],
    [
      "1,001 ids",
      { ids: Array.from({ length: 1001 }, () => absent("Prompt")), language: "x" },
      "BAD_USER_INPUT",
      "input.ids",
    ],
  ])("refuses %s", async (_, given, code, field) => {
    await expect(annotate(given)).rejects.toMatchObject({ code, field });
  });

  test("refuses prompts of two datasets", async () => {
    const [other] = await newPrompts(writing, await newDataset(writing), [{}]);
    await expect(annotate({ ids: [...ids, other as string], language: "x" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: "input.ids names prompts of 2 datasets; they must be of one.",
    });
  });
});

describe("excludePrompts and restorePrompts", () => {
  test("excludes, replaces an exclusion, and restores; earlier revisions keep theirs", async () => {
    const first = await excludePrompts(writing.admin, { ids, reason: "spam", from: ["PPO", "SFT"] });
    await excludePrompts(writing.admin, { ids: [ids[0]!], reason: "worse", from: ["RM"] });
    expect(await states()).toMatchObject([
      { use_case: "CHAT", exclusion_reason: "worse", exclusion_from: ["RM"], excluded_by: "test ADMIN" },
      { exclusion_reason: "spam", exclusion_from: ["SFT", "PPO"] },
    ]);
    await restorePrompts(writing.admin, { ids });
    expect(await states()).toMatchObject([{ exclusion_reason: null, excluded_by: null }, { exclusion_reason: null }]);
    expect(await states(first.revision)).toMatchObject([{ exclusion_reason: "spam" }, { exclusion_reason: "spam" }]);
  });

  test("refuses no stage, one twice, no reason, and names the argument of restorePrompts", async () => {
    await expect(excludePrompts(writing.admin, { ids, reason: "x", from: [] })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.from",
    });
    await expect(excludePrompts(writing.admin, { ids, reason: "x", from: ["RM", "RM"] })).rejects.toMatchObject({
      field: "input.from",
    });
    await expect(excludePrompts(writing.admin, { ids, reason: "", from: ["RM"] })).rejects.toMatchObject({
      field: "input.reason",
    });
    await expect(restorePrompts(writing.admin, { ids: ["x"] })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "ids.0",
    });
    await expect(restorePrompts(writing.admin, { ids: [absent("Prompt")] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      field: "ids",
    });
  });
});
