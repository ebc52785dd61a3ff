import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Database } from "../../src/entities/database/database.js";
import { partialName } from "../../src/files/atomic-write.js";
import { DataDirectory } from "../../src/files/data-directory.js";
import { sweepFiles } from "../../src/jobs/sweep.js";
import { createTestDatabase, type TestDatabase } from "../support/template-database.js";

const DAY_MS = 24 * 3_600_000;

let empty: TestDatabase;
let database: Database;
const root = mkdtempSync(path.join(os.tmpdir(), "accord-sweep-"));
const directory = new DataDirectory(root);

beforeAll(async () => {
  empty = await createTestDatabase();
  database = await Database.connect(empty.url, 4);
});
afterAll(async () => {
  await database.close();
  await empty.drop();
  rmSync(root, { recursive: true, force: true });
});

test("what nobody refers to goes when it is a day old; models, checkpoints and other files stay", async () => {
  expect(await sweepFiles(database, directory, Date.now())).toBe(0);
  const [kept, deleted, orphan] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
  for (const [name, sha256, gone] of [
    ["kept", kept, null],
    ["deleted", deleted, new Date()],
  ]) {
    await database.select(
      `insert into model (name, stage, architecture, tokenizer, parameter_count, sha256, bytes, deleted_at)
        values ($1, 'IMPORTED', '{}', 'BYTES', 1, $2, 1, $3)`,
      [name, sha256, gone],
    );
  }
  const [job] = await database.select<{ id: string }>(
    "insert into job (kind, config, created_by) values ('SFT', '{}', 'k') returning id",
    [],
  );
  const id = job?.id as string;
  for (const job of [id, "999"]) directory.prepare(job);
  const inJob = (name: string, job = id) => path.join(directory.job(job), name);
  await database.select(
    "insert into checkpoint (job_id, step, points, bytes, sha256, file) values ($1, 1, 1, 1, $2, $3)",
    [id, kept, directory.placeOf(inJob("1-1.safetensors"))],
  );
  const files = {
    kept: directory.model(kept),
    deleted: directory.model(deleted),
    orphan: directory.model(orphan),
    partial: path.join(root, "models", ".0123.partial"),
    checkpoint: inJob("1-1.safetensors"),
    pruned: inJob("1-0.safetensors"),
    input: inJob("input-1.ndjson"),
    ofNoJob: inJob("2-5.safetensors", "999"),
  };
  for (const file of Object.values(files)) writeFileSync(file, "x");
  const there = () => Object.entries(files).flatMap(([name, file]) => (existsSync(file) ? [name] : []));

  expect(await sweepFiles(database, directory, Date.now())).toBe(0);
  expect(there()).toEqual(Object.keys(files));
  expect(await sweepFiles(database, directory, Date.now() + DAY_MS + 60_000)).toBe(6);
  expect(there()).toEqual(["kept", "checkpoint"]);
  expect(existsSync(directory.job("999"))).toBe(false);
});

test("at once: inputs and checkpoints, whole or not, of runs that are over, and what a deletion has noted; never of a run that may go on", async () => {
  const [job] = await database.select<{ id: string }>(
    `insert into job (kind, status, config, created_by, lease, lease_until)
      values ('SFT', 'RUNNING', '{}', 'k', 3, now() + interval '1 hour') returning id`,
    [],
  );
  const id = job?.id as string;
  directory.prepare(id);
  const [sha, other] = ["d".repeat(64), "e".repeat(64)];
  const inJob = (name: string) => path.join(directory.job(id), name);
  const checkpoint = `2-7-${sha}.safetensors`;
  await database.select(
    "insert into checkpoint (job_id, step, points, bytes, sha256, file) values ($1, 7, 1, 1, $2, $3)",
    [id, sha, directory.placeOf(inJob(checkpoint))],
  );
  const partial = partialName("3");
  const names = [
    "input-2.ndjson",
    "input-3.ndjson",
    checkpoint,
    `2-9-${other}.safetensors`,
    `3-9-${other}.safetensors`,
    partialName("2"),
    partial,
  ];
  for (const name of [...names, ".0123.partial"]) writeFileSync(inJob(name), "x");
  const orphan = directory.model("f".repeat(64));
  writeFileSync(orphan, "x");
  const there = () => readdirSync(directory.job(id)).sort();
  await sweepFiles(database, directory, Date.now());
  expect(there()).toEqual([".0123.partial", partial, checkpoint, `3-9-${other}.safetensors`, "input-3.ndjson"].sort());
  await database.select(
    "update job set status = 'CANCELLED', lease = 4, lease_until = null, finished_at = now() where id = $1",
    [id],
  );
  await sweepFiles(database, directory, Date.now());
  expect(there()).toEqual([".0123.partial", checkpoint].sort());
  // Not noted, and young: it may be a model that is just being stored.
  expect(existsSync(orphan)).toBe(true);
  await database.select("insert into file_removal (place) values ($1), ($2), ('jobs/none')", [
    directory.placeOf(directory.job(id)),
    directory.placeOf(orphan),
  ]);
  await sweepFiles(database, directory, Date.now());
  expect(existsSync(directory.job(id))).toBe(false);
  expect(existsSync(orphan)).toBe(false);
  expect(await database.select("select * from file_removal", [])).toEqual([]);
});

test("what cannot be removed is told, and does not keep the rest on the disk", async () => {
  writeFileSync(path.join(root, "blocker"), "x");
  await database.select("insert into file_removal (place) values ('blocker/within')", []);
  const [job] = await database.select<{ id: string }>(
    "insert into job (kind, config, created_by, status, lease, finished_at) values ('SFT', '{}', 'k', 'FAILED', 2, now()) returning id",
    [],
  );
  directory.prepare(job?.id as string);
  const input = path.join(directory.job(job?.id as string), "input-1.ndjson");
  writeFileSync(input, "clear text");
  await expect(sweepFiles(database, directory, Date.now())).rejects.toThrow(
    "could not be removed from DATA_DIR (ENOTDIR)",
  );
  expect(existsSync(input)).toBe(false);
  await database.select("delete from file_removal", []);
});
