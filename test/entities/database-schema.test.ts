import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { createDataSource } from "../../src/entities/database/data-source.js";
import { JOB_ERROR_CODES } from "../../src/errors.js";
import * as vocabulary from "../../src/vocabulary.js";
import { dumpSchema } from "../support/schema-dump.js";
import { createTestDatabase, type TestDatabase } from "../support/template-database.js";

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const GOLDEN = fileURLToPath(new URL("../golden/schema.sql", import.meta.url));

test("the schema is that of test/golden/schema.sql; UPDATE_GOLDEN=1 writes it anew", async () => {
  const { rows } = await client.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  const dump = await dumpSchema(client);
  if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, dump);
  // How a server writes its own expressions differs from one version to the next.
  if (rows[0]?.major === 17) expect(dump).toBe(readFileSync(GOLDEN, "utf8"));
});

/** Each column whose values are words of a closed set, and the list of the vocabulary that it must be. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "api_key.role": vocabulary.ROLES,
  "assessment.labels": vocabulary.OUTPUT_LABELS,
  "dataset.tokenizer": vocabulary.LENGTH_TOKENIZERS,
  "dataset_labeler.pool": vocabulary.LABELER_POOLS,
  "dataset_labeler.status": vocabulary.LABELER_STATUSES,
  "instruction_version.criteria_order": vocabulary.CRITERIA,
  "instruction_version.purpose": vocabulary.INSTRUCTION_PURPOSES,
  "job.error_code": Object.keys(JOB_ERROR_CODES),
  "job.kind": vocabulary.JOB_KINDS,
  "job.status": vocabulary.JOB_STATUSES,
  "labeler.pool": vocabulary.LABELER_POOLS,
  "labeler.status": vocabulary.LABELER_STATUSES,
  "model.stage": vocabulary.MODEL_STAGES,
  "model.tokenizer": vocabulary.TOKENIZER_KINDS,
  "prompt.kind": vocabulary.PROMPT_KINDS,
  "prompt.source": vocabulary.PROMPT_SOURCES,
  "prompt_state.exclusion_from": vocabulary.STAGES,
  "prompt_state.stages": vocabulary.STAGES,
  "prompt_state.traits": vocabulary.PROMPT_TRAITS,
  "prompt_state.use_case": vocabulary.USE_CASES,
  "split_assignment.split": vocabulary.SPLITS,
  "split_policy.group_by": vocabulary.SPLIT_GROUPINGS,
};

test("every check on words allows exactly the words of the vocabulary", async () => {
  const { rows } = await client.query<{ column: string; definition: string }>(
    `select format('%s.%s', c.relname, a.attname) as column, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'c' and cardinality(k.conkey) = 1 and k.connamespace = 'public'::regnamespace`,
  );
  const found = new Map<string, string[]>();
  for (const { column, definition } of rows) {
    const words = [...definition.matchAll(/'([A-Z][A-Z_0-9]+)'::text/g)].map(([, word]) => word ?? "");
    if (words.length > 0) found.set(column, words);
  }
  expect(Object.fromEntries([...found].map(([column, words]) => [column, [...words].sort()]))).toEqual(
    Object.fromEntries(Object.entries(WORDS).map(([column, words]) => [column, [...words].sort()])),
  );
});

test("the entities have the tables' columns, with their types and nulls, and no others", async () => {
  const { rows } = await client.query<{ table: string; column: string; type: string; nullable: boolean }>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and c.relname <> 'migration'`,
  );
  const source = await createDataSource(database.url, 1).initialize();
  try {
    const spelled: Record<string, string> = { timestamptz: "timestamp with time zone" };
    const ours = source.entityMetadatas.flatMap((entity) =>
      entity.columns.map((column) => ({
        table: entity.tableName,
        column: column.databaseName,
        type: `${spelled[String(column.type)] ?? String(column.type)}${column.isArray ? "[]" : ""}`,
        nullable: column.isNullable,
      })),
    );
    const inOrder = (columns: readonly { table: string; column: string }[]) =>
      [...columns].sort((a, b) => (`${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1));
    expect(inOrder(ours)).toEqual(inOrder(rows));
  } finally {
    await source.destroy();
  }
});
