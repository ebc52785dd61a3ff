import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DataDirectory } from "../../src/files/data-directory.js";
import { globalId } from "../../src/services/input/global-id.js";
import { assignSplits } from "../../src/services/writes/assign-splits.js";
import { createDataset } from "../../src/services/writes/create-dataset.js";
import { deleteDataset } from "../../src/services/writes/delete-dataset.js";
import { publishInstructions } from "../../src/services/writes/publish-instructions.js";
import { submitAssessments } from "../../src/services/writes/submit-assessments.js";
import { submitDemonstration } from "../../src/services/writes/submit-demonstration.js";
import { submitRanking } from "../../src/services/writes/submit-ranking.js";
import { updateDataset } from "../../src/services/writes/update-dataset.js";
import {
  absent,
  newCompletions,
  newDataset,
  newLabeler,
  newPrompts,
  numberOf,
  startWriting,
  type Writing,
} from "../support/writing.js";

let writing: Writing;
const scratch = mkdtempSync(path.join(os.tmpdir(), "accord-datasets-"));
/** An administrator who may remove files, too. */
const remover = () => ({ ...writing.admin, directory: new DataDirectory(scratch) });

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(async () => {
  await writing.close();
  rmSync(scratch, { recursive: true, force: true });
});

const create = (given: object) => createDataset(writing.admin, { slug: "s", name: "S", description: "", ...given });

describe("createDataset", () => {
  test("creates one, at revision 0, with GPT-2's tokenizer unless another is named", async () => {
    const ids = [
      await create({ slug: "a_1-b" }),
      await create({ slug: "0", tokenizer: "BYTES", description: "Deep." }),
    ];
    const rows = await writing.database.select(
      "select slug, name, description, tokenizer, revision from dataset where id = any($1) order by id",
      [ids],
    );
    expect(rows).toEqual([
      { slug: "a_1-b", name: "S", description: "", tokenizer: "GPT2", revision: 0 },
      { slug: "0", name: "S", description: "Deep.", tokenizer: "BYTES", revision: 0 },
    ]);
  });

  test("refuses a taken slug, for one of ten at once it is free", async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => create({ slug: "taken" })));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(create({ slug: "taken" })).rejects.toMatchObject({
      code: "CONFLICT",
      message: 'The slug "taken" is taken by another dataset.',
    });
  });

  test.each([
    [{ slug: "Big" }, "input.slug"],
    [{ slug: "" }, "input.slug"],
    [{ slug: "-a" }, "input.slug"],
    [{ slug: "a".repeat(101) }, "input.slug"],
    [{ name: "" }, "input.name"],
    [{ name: "x".repeat(201) }, "input.name"],
    [{ description: "x".repeat(10_001) }, "input.description"],
    [{ description: "\0" }, "input.description"],
    [{ tokenizer: "gpt2" }, "input.tokenizer"],
  ])("refuses %p", async (given, field) => {
    await expect(create({ slug: "refused", ...given })).rejects.toMatchObject({ code: "BAD_USER_INPUT", field });
  });
});

describe("updateDataset", () => {
  test("changes what is given in a new revision, and audits both", async () => {
    const id = await newDataset(writing);
    await updateDataset(writing.admin, { id, name: "New" });
    await updateDataset(writing.admin, { id, description: "Words." });
    const [row] = await writing.database.select("select name, description, revision from dataset where id = $1", [
      numberOf(id),
    ]);
    expect(row).toEqual({ name: "New", description: "Words.", revision: 2 });
    const [entry] = await writing.database.select(
      "select before, after from audit_entry where subject = $1 order by id desc limit 1",
      [id],
    );
    expect(entry).toEqual({ before: { name: "New", description: "" }, after: { name: "New", description: "Words." } });
  });

  test("refuses nothing, null, an empty name and what is not there", async () => {
    const id = await newDataset(writing);
    await expect(updateDataset(writing.admin, { id })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input",
    });
    await expect(updateDataset(writing.admin, { id, name: null })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.name",
    });
    await expect(updateDataset(writing.admin, { id, description: null })).rejects.toMatchObject({
      field: "input.description",
    });
    await expect(updateDataset(writing.admin, { id, name: "" })).rejects.toMatchObject({ field: "input.name" });
    await expect(updateDataset(writing.admin, { id: absent("Dataset"), name: "x" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("publishInstructions", () => {
  test("counts versions 1, 2, 3 …, also when ten come at once, and keeps the order of the criteria", async () => {
    const datasetId = await newDataset(writing);
    const publish = (given: object = {}) =>
      publishInstructions(writing.admin, {
        datasetId,
        purpose: "SCREENING",
        text: "t",
        criteriaOrder: ["HARMLESS", "HELPFUL"],
        ...given,
      });
    await Promise.all(Array.from({ length: 10 }, () => publish()));
    const rows = await writing.database.select<Record<string, unknown>>(
      "select version, criteria_order from instruction_version where dataset_id = $1 order by version",
      [numberOf(datasetId)],
    );
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(rows[0]?.criteria_order).toEqual(["HARMLESS", "HELPFUL"]);
    await expect(publish({ text: "" })).rejects.toMatchObject({ code: "BAD_USER_INPUT", field: "input.text" });
    await expect(publish({ criteriaOrder: ["HELPFUL", "HELPFUL"] })).rejects.toMatchObject({
      field: "input.criteriaOrder",
    });
    await expect(publish({ datasetId: absent("Dataset") })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("deleteDataset", () => {
  const TABLES = [
    "prompt",
    "completion",
    "demonstration",
    "ranking",
    "assessment",
    "prompt_state",
    "split_group",
    "author_group",
    "split_policy",
    "dataset_labeler",
    "instruction_version",
    "api_key_dataset",
  ];
  const counts = async (datasetId: string) =>
    Promise.all(
      TABLES.map(async (table) => {
        const [row] = await writing.database.select<{ n: number }>(
          `select count(*)::integer as n from ${table} where dataset_id = $1`,
          [numberOf(datasetId)],
        );
        return row?.n ?? 0;
      }),
    );

  const full = async (): Promise<string> => {
    const datasetId = await newDataset(writing);
    await publishInstructions(writing.admin, { datasetId, purpose: "TRAINING_DATA", text: "t", criteriaOrder: [] });
    const [promptId] = (await newPrompts(writing, datasetId, [{ author: "a" }, { author: "a" }, {}])) as [string];
    const completions = await newCompletions(writing, datasetId, promptId, 3);
    const labelerId = await newLabeler(writing);
    const one = { completionId: completions[0]!, overall: 1, labels: [] };
    await submitDemonstration(writing.admin, { promptId, labelerId, text: "d" });
    await submitAssessments(writing.admin, { labelerId, assessments: [one] });
    const tiers = completions.map((id) => [id]);
    const { ids } = await submitRanking(writing.admin, { promptId, labelerId, tiers, assessments: [one] });
    const supersedesId = globalId("Ranking", ids[0]!);
    await submitRanking(writing.admin, {
      promptId,
      labelerId,
      tiers: [...tiers].reverse(),
      assessments: [],
      supersedesId,
    });
    await assignSplits(writing.admin, {
      datasetId,
      train: 0.5,
      validation: 0.5,
      test: 0,
      seed: 0,
      groupBy: "AUTHOR",
      onlyUnassigned: true,
    });
    await writing.writer("CLIENT", [numberOf(datasetId)]);
    return datasetId;
  };

  test("leaves nothing of it, and everything of others; the audit log keeps its entries", async () => {
    const [kept, gone] = [await full(), await full()];
    const before = await counts(kept);
    expect(before.every((n) => n > 0)).toBe(true);
    const [{ slug }] = (await writing.database.select<{ slug: string }>("select slug from dataset where id = $1", [
      numberOf(gone),
    ])) as [{ slug: string }];
    expect(await deleteDataset(remover(), { id: gone, slug })).toBe(gone);
    expect(await counts(gone)).toEqual(TABLES.map(() => 0));
    expect(await counts(kept)).toEqual(before);
    const entries = await writing.database.select<Record<string, unknown>>(
      "select action, before from audit_entry where dataset_id = $1 order by id desc",
      [numberOf(gone)],
    );
    expect(entries[0]).toEqual({
      action: "deleteDataset",
      before: { slug, name: expect.any(String), description: "" },
    });
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["createDataset", "createPrompts", "submitRanking", "assignSplits"]),
    );
    await expect(deleteDataset(remover(), { id: gone, slug })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("refuses another slug, an unknown dataset, and an id of another type", async () => {
    const id = await newDataset(writing);
    await expect(deleteDataset(remover(), { id, slug: "other" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "slug",
      message: expect.stringMatching(/^slug is "other"; to delete this dataset it must be "set-/),
    });
    await expect(deleteDataset(remover(), { id: absent("Dataset"), slug: "x" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(deleteDataset(remover(), { id: absent("Prompt"), slug: "x" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "id",
    });
    await expect(deleteDataset(remover(), { id, slug: "\0" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "slug",
    });
    const [row] = await writing.database.select("select revision from dataset where id = $1", [numberOf(id)]);
    expect(row).toEqual({ revision: 0 });
  });
});
