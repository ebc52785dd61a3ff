import { globalId } from "../../../src/services/input/global-id.js";
import { registerLabeler, updateLabeler } from "../../../src/services/writes/labelers.js";
import { submitDemonstration } from "../../../src/services/writes/submit-demonstration.js";
import {
  absent,
  newDataset,
  newLabeler,
  newPrompts,
  numberOf,
  startWriting,
  type Writing,
} from "../../support/writing.js";

let writing: Writing;

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());

const register = (handle: string, given: object = {}) =>
  registerLabeler(writing.admin, { handle, pool: "TRAINING", status: "ACTIVE", ...given });

describe("registerLabeler", () => {
  test("registers, and refuses a known handle and one against the rule", async () => {
    const id = await register("王芳 😀", { pool: "CANDIDATE", status: "SUSPENDED" });
    expect(await writing.database.select("select handle, pool, status from labeler where id = $1", [id])).toEqual([
      { handle: "王芳 😀", pool: "CANDIDATE", status: "SUSPENDED" },
    ]);
    await expect(register("王芳 😀")).rejects.toMatchObject({ code: "CONFLICT" });
    for (const handle of ["", "a\nb", "x".repeat(201), "\0", "\ud83d"])
      await expect(register(handle)).rejects.toMatchObject({ code: "BAD_USER_INPUT", field: "input.handle" });
  });

  test("lets one of ten at once win", async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => register("once")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "CONFLICT" });
  });
});

describe("updateLabeler", () => {
  const memberships = (labelerId: string) =>
    writing.database.select<Record<string, unknown>>(
      `select dataset_id as dataset, pool, added_in, removed_in from dataset_labeler where labeler_id = $1
       order by dataset_id, added_in`,
      [numberOf(labelerId)],
    );
  const revision = async (datasetId: string) =>
    (
      await writing.database.select<{ revision: number }>("select revision from dataset where id = $1", [
        numberOf(datasetId),
      ])
    )[0]?.revision as number;
  const work = async (datasetId: string, labelerId: string) => {
    const [promptId] = (await newPrompts(writing, datasetId, [{}])) as [string];
    return () => submitDemonstration(writing.admin, { promptId, labelerId, text: "x" });
  };

  test("moves the pool in every dataset of membership, each in a new revision of its own", async () => {
    const labelerId = await newLabeler(writing);
    const datasets = [await newDataset(writing), await newDataset(writing), await newDataset(writing)];
    for (const datasetId of datasets.slice(0, 2)) await (await work(datasetId, labelerId))();
    const before = await Promise.all(datasets.map(revision));
    await updateLabeler(writing.admin, { id: labelerId, pool: "HELD_OUT" });
    const after = await Promise.all(datasets.map(revision));
    expect(after).toEqual([before[0]! + 1, before[1]! + 1, before[2]]);
    expect(await memberships(labelerId)).toEqual(
      datasets.slice(0, 2).flatMap((datasetId, index) => [
        { dataset: numberOf(datasetId), pool: "TRAINING", added_in: before[index], removed_in: after[index] },
        { dataset: numberOf(datasetId), pool: "HELD_OUT", added_in: after[index], removed_in: null },
      ]),
    );
    // The same pool again changes no dataset; another status does, as of a revision of its own.
    await updateLabeler(writing.admin, { id: labelerId, pool: "HELD_OUT" });
    expect(await Promise.all(datasets.map(revision))).toEqual(after);
    await updateLabeler(writing.admin, { id: labelerId, status: "RETIRED" });
    const statuses = await writing.database.select(
      "select status, added_in, removed_in from dataset_labeler where labeler_id = $1 and dataset_id = $2 order by added_in",
      [numberOf(labelerId), numberOf(datasets[0]!)],
    );
    const moved = after[0]!;
    expect(statuses).toEqual([
      { status: "ACTIVE", added_in: before[0], removed_in: moved },
      { status: "ACTIVE", added_in: moved, removed_in: moved + 1 },
      { status: "RETIRED", added_in: moved + 1, removed_in: null },
    ]);
  });

  test("leaves no membership in another pool, whoever comes first: work and changes at once", async () => {
    const labelerId = await newLabeler(writing);
    const works = [];
    for (let index = 0; index < 6; index++) works.push(await work(await newDataset(writing), labelerId));
    const pools = ["HELD_OUT", "TRAINING", "CANDIDATE", "HELD_OUT"] as const;
    const results = await Promise.allSettled([
      ...works.map((one) => one()),
      ...pools.map((pool) => updateLabeler(writing.admin, { id: labelerId, pool })),
      ...works.map((one) => one()),
    ]);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "CONFLICT" });
    const [labeler] = await writing.database.select<{ pool: string }>("select pool from labeler where id = $1", [
      numberOf(labelerId),
    ]);
    const present = (await memberships(labelerId)).filter(({ removed_in }) => removed_in === null);
    expect(present).toHaveLength(6);
    for (const { pool } of present) expect(pool).toBe(labeler?.pool);
  });

  test("audits what was and is", async () => {
    const labelerId = await newLabeler(writing);
    await updateLabeler(writing.admin, { id: labelerId, status: "SUSPENDED" });
    const [entry] = await writing.database.select(
      "select action, before, after from audit_entry where subject = $1 order by id desc limit 1",
      [labelerId],
    );
    expect(entry).toEqual({
      action: "updateLabeler",
      before: { pool: "TRAINING", status: "ACTIVE" },
      after: { pool: "TRAINING", status: "SUSPENDED" },
    });
  });

  test("refuses nothing to change, null, an unknown labeler and an id of another type", async () => {
    const id = await newLabeler(writing);
    await expect(updateLabeler(writing.admin, { id })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input",
    });
    await expect(updateLabeler(writing.admin, { id, pool: null })).rejects.toMatchObject({ field: "input.pool" });
    await expect(updateLabeler(writing.admin, { id, pool: "TRAINING", status: null })).rejects.toMatchObject({
      field: "input.status",
    });
    await expect(updateLabeler(writing.admin, { id: absent("Labeler"), pool: "HELD_OUT" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      field: "input.id",
    });
    await expect(updateLabeler(writing.admin, { id: globalId("Prompt", "1"), pool: "HELD_OUT" })).rejects.toMatchObject(
      { code: "BAD_USER_INPUT", field: "input.id" },
    );
  });
});
