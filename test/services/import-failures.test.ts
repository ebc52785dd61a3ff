import { setTimeout as pause } from "node:timers/promises";
import { startChildServer } from "../support/child-server.js";
import { receiveRecords, sendFile } from "../support/files.js";
import { startTestServer, type TestServer } from "../support/server.js";
import { onServer } from "../support/template-database.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Prompts with children in several tables, so that half of one would show. */
const LINES = Array.from({ length: 3000 }, (_, i) => ({
  id: `p${i}`,
  text: `Prompt ${i}. ${"x".repeat(200)}`,
  author: `a${i % 97}`,
  demonstrations: [{ labeler: `failing ${i % 13}`, text: "d" }],
  completions: [{ text: "a" }, { text: "b" }, { text: "c" }],
  rankings: [
    { labeler: `failing ${i % 7}`, tiers: [["A"], ["B", "C"]], assessments: [{ completion: "B", overall: 4 }] },
  ],
}));
const FILE = LINES.map((record) => `${JSON.stringify(record)}\n`).join("");

/** The prompts that are stored, each of which must be whole. */
async function wholePrompts(slug: string): Promise<number> {
  const prompts = (await receiveRecords(server, slug)).filter((record) => "id" in record);
  for (const prompt of prompts) {
    expect(prompt).toMatchObject({
      demonstrations: [{}],
      completions: [{}, {}, {}],
      rankings: [{ tiers: [["A"], ["B", "C"]], assessments: [{ overall: 4 }] }],
    });
  }
  return prompts.length;
}

/** The file again: what is missing is accepted, what is there is a duplicate. */
async function expectCompletion(slug: string, stored: number): Promise<void> {
  const again = await sendFile(server, slug, FILE);
  expect(again).toMatchObject({ status: 200, accepted: 3000 - stored, duplicates: stored, rejected: 0 });
  expect(await wholePrompts(slug)).toBe(3000);
}

/** Waits until an import has stored something. */
async function untilStored(slug: string): Promise<void> {
  for (;;) {
    const [row] = await server.database.select<{ prompts: number }>(
      "select count(*)::integer as prompts from prompt p join dataset d on d.id = p.dataset_id where d.slug = $1",
      [slug],
    );
    if (row && row.prompts > 0) return;
    await pause(5);
  }
}

test("a disk that is full is said in a sentence; what was stored stays, and the next import completes it", async () => {
  const slug = "full";
  // PostgreSQL itself raises its error for a full disk, after 1,000 prompts.
  await server.database.select(
    `create function no_space() returns trigger language plpgsql as $$ begin
      if (select count(*) from prompt) > 1000 then
        raise exception 'could not extend file "base/1/2": No space left on device' using errcode = 'disk_full';
      end if;
      return null;
    end $$`,
    [],
  );
  await server.database.select(
    "create trigger no_space after insert on ranking for each statement execute function no_space()",
    [],
  );
  const answer = await sendFile(server, slug, FILE);
  await server.database.select("drop function no_space() cascade", []);
  expect(answer).toEqual({
    status: 503,
    accepted: 1000,
    rejected: 0,
    duplicates: 0,
    errors: [],
    losses: [],
    error: {
      code: "UNAVAILABLE",
      message:
        "The disk of the database is full. What the counts say is stored; send the same file again to complete it.",
    },
  });
  expect(await wholePrompts(slug)).toBe(1000);
  const { auditLog } = await server.data<{ auditLog: { nodes: { after: object }[] } }>(
    '{ auditLog(filter: {action: "importRecords"}, first: 1) { nodes { after } } }',
  );
  expect(auditLog.nodes[0]?.after).toMatchObject({ slug, accepted: 1000, error: expect.stringContaining("full") });
  await expectCompletion(slug, 1000);
}, 120_000);

test("a database that goes away is said in a sentence; what was stored stays, and the next import completes it", async () => {
  const slug = "lost";
  const sending = sendFile(server, slug, FILE);
  await untilStored(slug);
  // Every connection of this database but our own.
  await onServer(server.databaseUrl, (client) =>
    client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    ),
  );
  const answer = await sending;
  expect(answer).toMatchObject({
    status: 503,
    rejected: 0,
    error: {
      code: "UNAVAILABLE",
      message:
        "The database cannot be reached at the moment. What the counts say is stored; send the same file again to complete it.",
    },
  });
  const stored = await wholePrompts(slug);
  expect(stored).toBe(answer.accepted);
  expect(stored).toBeLessThan(3000);
  await expectCompletion(slug, stored);
}, 120_000);

test("kill -9 in an import leaves whole prompts, and the next import completes them", async () => {
  const slug = "killed";
  const child = await startChildServer(server.databaseUrl);
  const sending = fetch(`${child.url}/import/${slug}`, {
    method: "POST",
    headers: { authorization: `Bearer ${child.adminKey}` },
    body: FILE,
  }).then(
    () => "answered",
    () => "cut off",
  );
  await untilStored(slug);
  await child.kill("SIGKILL");
  expect(await sending).toBe("cut off");
  // The killed server's transaction ends when PostgreSQL notices.
  for (;;) {
    const [row] = await server.database.select<{ busy: number }>(
      `select count(*)::integer as busy from pg_stat_activity
       where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`,
      [],
    );
    if (row?.busy === 0) break;
    await pause(20);
  }
  const stored = await wholePrompts(slug);
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(3000);
  await expectCompletion(slug, stored);
}, 120_000);

test("a dataset that is deleted while an import runs is not made anew with the rest of the file", async () => {
  const slug = "deleted";
  const sending = sendFile(server, slug, FILE);
  await untilStored(slug);
  const { dataset } = await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`);
  await server.data("mutation ($id: ID!, $slug: String!) { deleteDataset(id: $id, slug: $slug) }", {
    id: dataset.id,
    slug,
  });
  const answer = await sending;
  expect(answer).toMatchObject({
    status: 409,
    error: { code: "CONFLICT", message: "The dataset deleted was deleted while the import ran." },
  });
  expect(await server.data(`{ dataset(slug: "${slug}") { id } }`)).toEqual({ dataset: null });
}, 120_000);

test("a line that only the database refuses is rejected alone, and the others are stored", async () => {
  // A rule that the server does not know, on top of the schema's own.
  await server.database.select("alter table completion add constraint no_shouting check (text <> 'SHOUT')", []);
  const lines = Array.from({ length: 50 }, (_, i) => ({
    id: `s${i}`,
    text: "a",
    completions: [{ text: i % 20 === 7 ? "SHOUT" : "whisper" }],
  }));
  const answer = await sendFile(server, "halved", lines.map((line) => JSON.stringify(line)).join("\n"));
  await server.database.select("alter table completion drop constraint no_shouting", []);
  const message = "The database refuses the line: it breaks the rule no_shouting of completion.";
  expect(answer).toMatchObject({ status: 200, accepted: 47, rejected: 3 });
  expect(answer.errors).toEqual([8, 28, 48].map((line) => ({ line, message })));
});
