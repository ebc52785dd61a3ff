import { assignSplits, type SplitAssignment } from "../../../src/services/writes/assign-splits.js";
import type { NewPrompt } from "../../../src/services/writes/create-prompts.js";
import { absent, newDataset, newPrompts, numberOf, startWriting, type Writing } from "../../support/writing.js";

let writing: Writing;
let datasetId: string;

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  datasetId = await newDataset(writing);
});

const assign = (given: Partial<SplitAssignment> = {}) =>
  assignSplits(writing.admin, {
    datasetId,
    train: 0.8,
    validation: 0.1,
    test: 0.1,
    seed: 0,
    groupBy: "AUTHOR",
    onlyUnassigned: true,
    ...given,
  });

const add = (prompts: Partial<NewPrompt>[]) => newPrompts(writing, datasetId, prompts);

interface Row {
  readonly text: string;
  readonly author: string | null;
  readonly group: string;
  readonly split: string | null;
}
const rows = (asOf = 2_147_483_647, dataset = datasetId): Promise<Row[]> =>
  writing.database.select<Row>(
    `select p.text, p.author, s.split_group_id as "group", a.split from prompt p
       join prompt_state s on s.prompt_id = p.id and s.added_in <= $2 and (s.removed_in is null or s.removed_in > $2)
       left join split_assignment a on a.split_group_id = s.split_group_id and a.added_in <= $2
         and (a.removed_in is null or a.removed_in > $2)
     where p.dataset_id = $1 order by p.created_at, p.id`,
    [numberOf(dataset), asOf],
  );
const splits = async (): Promise<(string | null)[]> => (await rows()).map(({ split }) => split);
const revision = async () =>
  (
    await writing.database.select<{ revision: number }>("select revision from dataset where id = $1", [
      numberOf(datasetId),
    ])
  )[0]?.revision as number;

describe("assignSplits", () => {
  test("divides by author near the shares asked for, and records how", async () => {
    await add(Array.from({ length: 200 }, (_, index) => ({ author: `a${index % 100}` })));
    await assign({ train: 0.5, validation: 0.25, test: 0.25, seed: 7 });
    const all = await rows();
    const counts = new Map<string | null, number>();
    const ofAuthor = new Map<string | null, string | null>();
    for (const { author, split } of all) {
      counts.set(split, (counts.get(split) ?? 0) + 1);
      expect(ofAuthor.get(author) ?? split).toBe(split);
      ofAuthor.set(author, split);
    }
    // Groups of two prompts: no split is further than one group from its share.
    expect(counts.get("TRAIN")).toBeGreaterThanOrEqual(98);
    expect(counts.get("TRAIN")).toBeLessThanOrEqual(102);
    expect(counts.get("VALIDATION")).toBeGreaterThanOrEqual(48);
    expect(counts.get("TEST")).toBeGreaterThanOrEqual(48);
    const [policy] = await writing.database.select<Record<string, unknown>>(
      "select train, validation, test, seed, group_by, added_in, removed_in from split_policy where dataset_id = $1",
      [numberOf(datasetId)],
    );
    expect(policy).toEqual({
      train: 0.5,
      validation: 0.25,
      test: 0.25,
      seed: 7,
      group_by: "AUTHOR",
      added_in: 2,
      removed_in: null,
    });
  });

  test("gives the same splits in another database's order with the same seed, others with another", async () => {
    const prompts = Array.from({ length: 60 }, (_, index) => ({ text: `Question ${index}`, author: `u${index % 25}` }));
    await add(prompts);
    await assign({ seed: 3 });
    const first = new Map((await rows()).map(({ text, split }) => [text, split]));
    datasetId = await newDataset(writing);
    await add([...prompts].reverse().slice(0, 30));
    await add([...prompts].reverse().slice(30));
    await assign({ seed: 3 });
    for (const { text, split } of await rows()) expect(split).toBe(first.get(text));
    await assign({ seed: 4, onlyUnassigned: false });
    expect((await rows()).some(({ text, split }) => split !== first.get(text))).toBe(true);
  });

  test("joins authors whose prompts have equal texts but for Unicode form, case and white space", async () => {
    await add([
      { author: "a", text: "Ｗhat is  ﬁre?" },
      { author: "b", text: "what is fire? " },
      { author: "b", text: "B's own." },
      { author: "c", text: "Something else." },
      { text: "WHAT IS FIRE?" },
    ]);
    await assign();
    const groups = (await rows()).map(({ group }) => group);
    expect(groups).toEqual([groups[0], groups[0], groups[0], groups[3], groups[0]]);
    expect(groups[3]).not.toBe(groups[0]);
    // New prompts of both authors come into the joined group, and so into its split.
    await add([{ author: "a" }, { author: "b" }]);
    expect((await rows()).slice(5).map(({ group }) => group)).toEqual([groups[0], groups[0]]);
  });

  test("keeps what is assigned, gives the rest theirs, and reads earlier revisions as they were", async () => {
    await add([{ author: "a", split: "TEST" }, { author: "b" }, { author: "c", text: "same" }]);
    const before = await revision();
    await assign({ train: 1, validation: 0, test: 0 });
    expect(await splits()).toEqual(["TEST", "TRAIN", "TRAIN"]);
    expect((await rows(before)).map(({ split }) => split)).toEqual(["TEST", null, null]);
    await add([{ author: "d", text: "SAME" }]);
    await assign({ train: 0, validation: 0, test: 1 });
    expect(await splits()).toEqual(["TEST", "TRAIN", "TRAIN", "TRAIN"]);
    await assign({ train: 0, validation: 1, test: 0, onlyUnassigned: false });
    expect(await splits()).toEqual(["VALIDATION", "VALIDATION", "VALIDATION", "VALIDATION"]);
  });

  test("under PROMPT takes authors apart but not equal texts, and new prompts stand alone; AUTHOR joins again", async () => {
    await add([{ author: "a" }, { author: "a" }, { author: "a", text: "x" }, { author: "b", text: "X" }]);
    await assign({ groupBy: "PROMPT" });
    let groups = (await rows()).map(({ group }) => group);
    expect(groups[2]).toBe(groups[3]);
    expect(new Set(groups).size).toBe(3);
    await add([{ author: "a" }]);
    groups = (await rows()).map(({ group }) => group);
    expect(new Set(groups).size).toBe(4);
    await assign({ groupBy: "AUTHOR", onlyUnassigned: false });
    groups = (await rows()).map(({ group }) => group);
    expect(new Set(groups).size).toBe(1);
    await add([{ author: "b" }]);
    expect((await rows())[5]?.group).toBe(groups[0]);
  });

  test("refuses prompts that belong to two splits at once, naming one of each, and then changes nothing", async () => {
    const [first, second] = await add([
      { text: "x", author: "a", split: "TRAIN" },
      { text: "X", author: "b", split: "TEST" },
    ]);
    await assign();
    expect(await splits()).toEqual(["TRAIN", "TEST"]);
    await add([{ text: " x " }]);
    const before = await revision();
    await expect(assign()).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining(
        `different splits already: ${first} (TRAIN), ${second} (TEST). 1 more without a split`,
      ),
    });
    expect(await revision()).toBe(before);
    await assign({ onlyUnassigned: false });
    expect(new Set(await splits()).size).toBe(1);
  });

  test("never lets an author or a text cross, over random data and repeated assignments", async () => {
    const seed = Math.floor(Math.random() * 1e6);
    let state = seed;
    const random = (n: number) => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state % n;
    };
    for (let round = 0; round < 4; round++) {
      const fresh = Array.from({ length: 60 }, (_, index) => ({
        externalId: `${round}-${index}`,
        text: `text ${random(150)}`.toUpperCase(),
        author: random(4) === 0 ? null : `author ${random(60)}`,
      }));
      await add(fresh);
      await assign({ seed: round, onlyUnassigned: false });
      const splitsOf = new Map<string, Set<string | null>>();
      for (const { text, author, split } of await rows()) {
        for (const key of [`t${text.toLowerCase()}`, ...(author === null ? [] : [`a${author}`])])
          splitsOf.set(key, (splitsOf.get(key) ?? new Set()).add(split));
      }
      for (const [key, found] of splitsOf)
        if (found.size > 1 || found.has(null)) throw new Error(`seed ${seed}: ${key}`);
    }
  });

  test("takes an empty dataset", async () => {
    await assign();
    expect(await rows()).toEqual([]);
  });

  test.each([
    [{ train: 0.7, validation: 0.1, test: 0.1 }, "input", /add up to 0\.9; they must add up to 1/],
    [{ train: Number.NaN }, "input.train", /./],
    [{ train: 1.1, validation: -0.1, test: 0 }, "input.train", /is 1\.1/],
    [{ train: 1, validation: -0.1, test: 0.1 }, "input.validation", /is -0\.1/],
    [{ test: Number.POSITIVE_INFINITY }, "input.test", /./],
  ])("refuses %p", async (given, field, message) => {
    await expect(assign(given)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field,
      message: expect.stringMatching(message),
    });
  });

  test("refuses an unknown dataset", async () => {
    await expect(assign({ datasetId: absent("Dataset") })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
