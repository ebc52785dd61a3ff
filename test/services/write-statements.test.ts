/** A write of many rows asks the database as few questions as a write of one. */
import pg from "pg";
import { assignSplits } from "../../src/services/writes/assign-splits.js";
import { annotatePrompts, excludePrompts } from "../../src/services/writes/change-prompts.js";
import { createPrompts } from "../../src/services/writes/create-prompts.js";
import { createApiKey } from "../../src/services/writes/manage-keys.js";
import { submitAssessments } from "../../src/services/writes/submit-assessments.js";
import { submitCompletions } from "../../src/services/writes/submit-completions.js";
import { submitRanking } from "../../src/services/writes/submit-ranking.js";
import {
  newCompletions,
  newDataset,
  newLabeler,
  newPrompts,
  promptOf,
  startWriting,
  type Writing,
} from "../support/writing.js";

let writing: Writing;
let counted = 0;
const original = pg.Client.prototype.query;

beforeAll(async () => {
  writing = await startWriting();
  pg.Client.prototype.query = function counting(this: pg.Client, ...args: unknown[]) {
    counted += 1;
    return (original as (...given: unknown[]) => unknown).apply(this, args);
  } as typeof original;
});
afterAll(async () => {
  pg.Client.prototype.query = original;
  await writing.close();
});

const statements = async (work: () => Promise<unknown>): Promise<number> => {
  const before = counted;
  await work();
  return counted - before;
};

/** The statements for few and for many rows. */
const both = async (work: (rows: number) => Promise<unknown>, few = 2, many = 200) => ({
  few: await statements(() => work(few)),
  many: await statements(() => work(many)),
});

const of = <T>(rows: number, make: (index: number) => T): T[] =>
  Array.from({ length: rows }, (_, index) => make(index));

describe("statements of a write", () => {
  test("createPrompts, annotatePrompts and excludePrompts", async () => {
    const datasetId = await newDataset(writing);
    const created = await both((rows) =>
      createPrompts(writing.admin, {
        datasetId,
        prompts: of(rows, (index) => promptOf({ author: `${rows}/${index}` })),
      }),
    );
    expect(created.many).toBe(created.few);
    const [few, many] = [
      await newPrompts(
        writing,
        datasetId,
        of(2, () => ({})),
      ),
      await newPrompts(
        writing,
        datasetId,
        of(200, () => ({})),
      ),
    ];
    const ids = (rows: number) => (rows === 2 ? few : many);
    const annotated = await both((rows) =>
      annotatePrompts(writing.admin, { ids: ids(rows), withoutTraits: [], language: "en" }),
    );
    expect(annotated.many).toBe(annotated.few);
    const excluded = await both((rows) => excludePrompts(writing.admin, { ids: ids(rows), reason: "x", from: ["RM"] }));
    expect(excluded.many).toBe(excluded.few);
  });

  test("submitCompletions, submitAssessments and submitRanking", async () => {
    const datasetId = await newDataset(writing);
    const prompts = await newPrompts(
      writing,
      datasetId,
      of(200, () => ({})),
    );
    const submitted = await both((rows) =>
      submitCompletions(writing.admin, {
        datasetId,
        source: `policy ${rows}`,
        completions: prompts.slice(0, rows).map((promptId) => ({ promptId, text: "t" })),
      }),
    );
    expect(submitted.many).toBe(submitted.few);

    const [promptId] = prompts as [string];
    const labelerId = await newLabeler(writing);
    const completions = await newCompletions(writing, datasetId, promptId, 200);
    const assessments = (rows: number) =>
      completions.slice(0, rows).map((completionId) => ({ completionId, overall: 5, labels: [] }));
    await submitAssessments(writing.admin, { labelerId, assessments: assessments(1) });
    const assessed = await both((rows) =>
      submitAssessments(writing.admin, { labelerId, assessments: assessments(rows) }),
    );
    expect(assessed.many).toBe(assessed.few);
    const ranked = await both((rows) =>
      submitRanking(writing.admin, {
        promptId,
        labelerId,
        tiers: completions.slice(0, rows).map((id) => [id]),
        assessments: assessments(rows),
      }),
    );
    expect(ranked.many).toBe(ranked.few);
  });

  test("assignSplits and createApiKey", async () => {
    const assigned = { few: 0, many: 0 };
    for (const [size, rows] of [
      ["few", 20],
      ["many", 900],
    ] as const) {
      const datasetId = await newDataset(writing);
      await newPrompts(
        writing,
        datasetId,
        of(rows, (index) => ({ author: `a${index % 300}` })),
      );
      assigned[size] = await statements(() =>
        assignSplits(writing.admin, {
          datasetId,
          train: 0.8,
          validation: 0.1,
          test: 0.1,
          seed: 0,
          groupBy: "AUTHOR",
          onlyUnassigned: true,
        }),
      );
    }
    expect(assigned.many).toBe(assigned.few);
    const datasets: string[] = [];
    for (let index = 0; index < 20; index++) datasets.push(await newDataset(writing));
    const keys = await both(
      (rows) => createApiKey(writing.admin, { name: "k", role: "CLIENT", datasetIds: datasets.slice(0, rows) }),
      1,
      20,
    );
    expect(keys.many).toBe(keys.few);
  });
});
