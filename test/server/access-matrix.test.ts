/**
 * Who sees what: every role against every field, through node, nodes, connections, aggregates, subscriptions, export and
 * HTTP. The tables are compared with the schema and the routes: a new field without an entry fails here.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type GraphQLSchema, isObjectType } from "graphql";
import { createSchema } from "../../src/server/graphql/graphql-schema.js";
import { globalId, NODE_TYPES, type NodeType, parseGlobalId } from "../../src/services/input/global-id.js";
import { RawWebSocket } from "../support/raw-websocket.js";
import { selectAll, selectAllByFragments } from "../support/select-all.js";
import { type Answer, startTestServer, type TestServer } from "../support/server.js";

/** CLIENT is granted the dataset `granted`, STRANGER is a CLIENT of another; LABELER is ann, who works in both. */
const KEYS = ["ADMIN", "ANALYST", "CLIENT", "STRANGER", "LABELER", "NONE", "REVOKED", "EXPIRED"] as const;
type KeyName = (typeof KEYS)[number];

/** Those who may do anything at all. */
const LIVE: readonly KeyName[] = ["ADMIN", "ANALYST", "CLIENT", "STRANGER", "LABELER"];
const DATASETS = ["granted", "hidden"] as const;
type DatasetName = (typeof DATASETS)[number];

type Cell = "value" | "null" | "empty" | "FORBIDDEN" | "NOT_FOUND" | "UNAUTHENTICATED";
/** What each key gets; NONE, REVOKED and EXPIRED are UNAUTHENTICATED everywhere. */
type Row = Readonly<Record<"ADMIN" | "ANALYST" | "CLIENT" | "STRANGER" | "LABELER", Cell>>;

const all = (cell: Cell): Row => ({ ADMIN: cell, ANALYST: cell, CLIENT: cell, STRANGER: cell, LABELER: cell });
/** A record of the dataset that CLIENT is granted, and of the other. */
const RECORD: Readonly<Record<DatasetName, Row>> = {
  granted: { ADMIN: "value", ANALYST: "value", CLIENT: "value", STRANGER: "null", LABELER: "null" },
  hidden: { ADMIN: "value", ANALYST: "value", CLIENT: "null", STRANGER: "null", LABELER: "null" },
};

/** Objects by node(id) and nodes(ids): each type, in each of the two datasets. */
const NODES: Readonly<Record<NodeType, Readonly<Record<DatasetName, Row>>>> = {
  Dataset: RECORD,
  Prompt: RECORD,
  Demonstration: RECORD,
  Completion: RECORD,
  Ranking: RECORD,
  Assessment: RECORD,
  InstructionVersion: {
    granted: { ...RECORD.granted, LABELER: "value" },
    hidden: { ...RECORD.hidden, LABELER: "value" },
  },
  // ann, who works in both datasets; bob, who works in the hidden one.
  Labeler: { granted: { ...RECORD.granted, LABELER: "value" }, hidden: RECORD.hidden },
  ApiKey: { granted: { ...all("null"), ADMIN: "value" }, hidden: { ...all("null"), ADMIN: "value" } },
  AuditEntry: {
    granted: { ...all("null"), ADMIN: "value", ANALYST: "value" },
    hidden: { ...all("null"), ADMIN: "value", ANALYST: "value" },
  },
  Job: RECORD,
  Checkpoint: RECORD,
  Model: RECORD,
  Evaluation: RECORD,
};

/** A list of what belongs to datasets, for all but labelers. */
const LIST: Readonly<Record<DatasetName, Row>> = {
  granted: { ...all("value"), STRANGER: "empty", LABELER: "FORBIDDEN" },
  hidden: { ...all("value"), STRANGER: "empty", LABELER: "FORBIDDEN" },
};

/** The fields of Query: an operation for each dataset, and what each key gets. */
const QUERIES: Readonly<
  Record<string, { query: (dataset: DatasetName) => string; rows: Readonly<Record<DatasetName, Row>> }>
> = {
  dataset: { query: (slug) => `{ dataset(slug: "${slug}") { id } }`, rows: RECORD },
  datasets: {
    query: () => "{ datasets { nodes { id } totalCount } }",
    rows: { granted: { ...all("value"), LABELER: "empty" }, hidden: { ...all("value"), LABELER: "empty" } },
  },
  viewer: { query: () => "{ viewer { name role } }", rows: { granted: all("value"), hidden: all("value") } },
  node: { query: (dataset) => `{ node(id: "${ids.Prompt?.[dataset]}") { id } }`, rows: RECORD },
  nodes: { query: (dataset) => `{ nodes(ids: ["${ids.Prompt?.[dataset]}"]) { id } }`, rows: RECORD },
  labelers: {
    query: () => "{ labelers { nodes { id } totalCount } }",
    rows: {
      granted: { ...all("FORBIDDEN"), ADMIN: "value", ANALYST: "value" },
      hidden: { ...all("FORBIDDEN"), ADMIN: "value", ANALYST: "value" },
    },
  },
  auditLog: {
    query: () => "{ auditLog { nodes { id } totalCount } }",
    rows: {
      granted: { ...all("FORBIDDEN"), ADMIN: "value", ANALYST: "value" },
      hidden: { ...all("FORBIDDEN"), ADMIN: "value", ANALYST: "value" },
    },
  },
  apiKeys: {
    query: () => "{ apiKeys { nodes { id } totalCount } }",
    rows: { granted: { ...all("FORBIDDEN"), ADMIN: "value" }, hidden: { ...all("FORBIDDEN"), ADMIN: "value" } },
  },
  jobs: { query: () => "{ jobs { nodes { id config samples { text } } totalCount } }", rows: LIST },
  evaluations: { query: () => "{ evaluations { nodes { id input results { reason } } totalCount } }", rows: LIST },
  models: { query: () => "{ models { nodes { id name parents { name } } totalCount } }", rows: LIST },
};

/** The fields of Subscription. */
const SUBSCRIPTIONS: Readonly<
  Record<string, { query: (dataset: DatasetName) => string; rows: Readonly<Record<DatasetName, Row>> }>
> = {
  datasetChanged: {
    query: (dataset) => `subscription { datasetChanged(datasetId: "${ids.Dataset?.[dataset]}") { slug } }`,
    rows: {
      granted: { ...all("NOT_FOUND"), ADMIN: "value", ANALYST: "value", CLIENT: "value" },
      hidden: { ...all("NOT_FOUND"), ADMIN: "value", ANALYST: "value" },
    },
  },
  jobMetrics: {
    query: (dataset) => `subscription { jobMetrics(jobId: "${ids.Job?.[dataset]}") { sequence name value reason } }`,
    rows: {
      granted: { ...all("NOT_FOUND"), ADMIN: "value", ANALYST: "value", CLIENT: "value" },
      hidden: { ...all("NOT_FOUND"), ADMIN: "value", ANALYST: "value" },
    },
  },
  jobUpdated: {
    query: (dataset) => `subscription { jobUpdated(jobId: "${ids.Job?.[dataset]}") { id status config warnings } }`,
    rows: {
      granted: { ...all("NOT_FOUND"), ADMIN: "value", ANALYST: "value", CLIENT: "value" },
      hidden: { ...all("NOT_FOUND"), ADMIN: "value", ANALYST: "value" },
    },
  },
};

/** The routes beside GraphQL: the status each key gets, for the granted dataset and the hidden one. */
type Statuses = Readonly<Record<keyof Row, number>>;
const ROUTES: readonly {
  method: string;
  path: (dataset: DatasetName) => string;
  rows: Readonly<Record<DatasetName, Statuses>>;
}[] = [
  {
    method: "GET",
    path: (slug) => `/export/${slug}`,
    rows: {
      granted: { ADMIN: 200, ANALYST: 200, CLIENT: 200, STRANGER: 404, LABELER: 404 },
      hidden: { ADMIN: 200, ANALYST: 200, CLIENT: 404, STRANGER: 404, LABELER: 404 },
    },
  },
  {
    method: "GET",
    path: (slug) => `/export/${slug}/report`,
    rows: {
      granted: { ADMIN: 200, ANALYST: 200, CLIENT: 200, STRANGER: 404, LABELER: 404 },
      hidden: { ADMIN: 200, ANALYST: 200, CLIENT: 404, STRANGER: 404, LABELER: 404 },
    },
  },
  ...["html", "csv", "json"].map((ending) => ({
    method: "GET",
    path: (slug: DatasetName) => `/datasets/${slug}/agreement.${ending}?resamples=200`,
    rows: {
      granted: { ADMIN: 200, ANALYST: 200, CLIENT: 200, STRANGER: 404, LABELER: 404 },
      hidden: { ADMIN: 200, ANALYST: 200, CLIENT: 404, STRANGER: 404, LABELER: 404 },
    },
  })),
  {
    method: "GET",
    path: (dataset) => `/models/${ids.Model?.[dataset]}/download`,
    rows: {
      granted: { ADMIN: 200, ANALYST: 200, CLIENT: 200, STRANGER: 404, LABELER: 404 },
      hidden: { ADMIN: 200, ANALYST: 200, CLIENT: 404, STRANGER: 404, LABELER: 404 },
    },
  },
  {
    // What is sent is no tar: who may import a model hears so.
    method: "POST",
    path: () => "/models?name=from-elsewhere",
    rows: {
      granted: { ADMIN: 400, ANALYST: 403, CLIENT: 403, STRANGER: 403, LABELER: 403 },
      hidden: { ADMIN: 400, ANALYST: 403, CLIENT: 403, STRANGER: 403, LABELER: 403 },
    },
  },
  {
    method: "POST",
    path: (slug) => `/import/${slug}`,
    rows: {
      granted: { ADMIN: 200, ANALYST: 403, CLIENT: 403, STRANGER: 403, LABELER: 403 },
      hidden: { ADMIN: 200, ANALYST: 403, CLIENT: 403, STRANGER: 403, LABELER: 403 },
    },
  },
  {
    method: "GET",
    path: () => "/metrics",
    rows: {
      granted: { ADMIN: 200, ANALYST: 200, CLIENT: 403, STRANGER: 403, LABELER: 403 },
      hidden: { ADMIN: 200, ANALYST: 200, CLIENT: 403, STRANGER: 403, LABELER: 403 },
    },
  },
];

/** Every field of the types that belong to a dataset or a person. A field that is not here makes a test fail. */
const FIELDS: Readonly<Record<NodeType | "Viewer", string>> = {
  Dataset: `id slug name description createdAt revision tokenizer prompts promptByExternalId promptsByExternalId rankings demonstrations sources
    instructionVersions splitPolicy splitSizes useCases lengths agreement leaderboard labelerQuality`,
  Prompt: `id dataset externalId text kind fewShot useCase source author language traits exclusion stages split tags metadata
    createdAt demonstrations completions rankings`,
  Demonstration: "id prompt labeler text createdAt instructionVersion",
  Completion: "id prompt key text source sampleIndex version createdAt ended assessments model score",
  Ranking: `id prompt labeler createdAt durationMs note tiers notation comparisons displayOrder assessments
    instructionVersion supersedes guidelineViolations`,
  Assessment: "id completion labeler ranking overall labels toxicity createdAt instructionVersion",
  Labeler: "id handle pool status createdAt counts agreement",
  InstructionVersion: "id version purpose text criteriaOrder validFrom",
  ApiKey: "id name role labeler datasets createdAt expiresAt lastUsedAt revokedAt",
  AuditEntry: "id at by action subject before after",
  Job: `id kind lane status queuePosition estimatedStart queueReason cancelledWith config dataset datasetRevision inputSha256 dependsOn model evaluation progress attempts error warnings environment
    samples checkpoints metrics createdBy createdAt startedAt finishedAt`,
  Checkpoint: "id step bytes sha256 createdAt",
  Model: `id name stage parents job parameterCount architecture tokenizer sha256 bytes importNotes createdAt deletedAt
    evaluations`,
  Evaluation: "id job input results warnings createdAt",
  Viewer: "name role labeler datasets instructions",
};

/** Arguments of the fields that need some, and pages that hold all there is. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  "Dataset.lengths": "(by: STAGE_SPLIT)",
  "Dataset.promptByExternalId": '(externalId: "HIDDEN-1")',
  "Dataset.promptsByExternalId": '(externalIds: ["HIDDEN-1", "GRANTED-1", "none"])',
  "Completion.score": `(modelId: "${globalId("Model", "1")}")`,
  "Dataset.agreement": "(input: { measure: RANKING, resamples: 200 })",
  "AgreementReport.table": "(coefficient: COHEN_KAPPA)",
  "Dataset.leaderboard": "(resamples: 200)",
  "Dataset.labelerQuality": "(input: { measure: RANKING, resamples: 200 })",
  "Labeler.agreement": `(datasetId: "${globalId("Dataset", "2")}", input: { measure: RANKING, resamples: 200 })`,
};

let server: TestServer;
let schema: GraphQLSchema;
const keys = {} as Record<KeyName, string | null>;
/** Global ids: one object of each type in each dataset. */
const ids: Partial<Record<NodeType, Record<DatasetName, string>>> = {};

/** The same records in both datasets, but each text names its own: `GRANTED` or `HIDDEN` must not be seen by who may not. */
function recordsOf(mark: string): string {
  const second = mark === "HIDDEN" ? "hidden-bob" : "granted-cyd";
  const prompt = (n: number) => ({
    id: `${mark}-${n}`,
    text: `${mark} prompt ${n}`,
    useCase: "OPEN_QA",
    source: n === 1 ? "CUSTOMER" : "LABELER",
    kind: n === 1 ? "PLAIN" : "FEW_SHOT",
    ...(n === 1 ? {} : { fewShot: [{ query: `${mark} query`, response: `${mark} response` }] }),
    author: `${mark}-author-${n}`,
    language: "en",
    traits: { AMBIGUOUS: true },
    split: "TRAIN",
    tags: [`${mark}-tag`],
    metadata: { note: `${mark}-metadata` },
    demonstrations: [{ labeler: second, text: `${mark} demonstration`, instructions: 1 }],
    completions: ["A", "B", "C"].map((key) => ({ key, source: `${mark}-policy`, text: `${mark} completion ${key}` })),
    rankings: ["ann", second].map((labeler) => ({
      labeler,
      tiers: [["A"], ["B", "C"]],
      displayOrder: ["C", "A", "B"],
      note: `${mark} note`,
      instructions: 1,
      // B is ranked below A with a better score: a violation of the guideline.
      assessments: [
        { completion: "A", overall: 5, labels: { HALLUCINATION: false } },
        { completion: "B", overall: 6 },
      ],
    })),
    assessments: [{ labeler: second, completion: "B", overall: 4, toxicity: { output: 0 } }],
    skips: [{ labeler: second, reason: `${mark} unclear` }],
    ...(n === 2 ? { exclusion: { reason: `${mark} spam`, from: ["PPO"] } } : {}),
  });
  const lines = [
    {
      instructions: {
        version: 1,
        purpose: "TRAINING_DATA",
        text: `Rules of ${mark.toLowerCase()}`,
        criteriaOrder: ["HELPFUL"],
        validFrom: "2026-01-01T00:00:00.000Z",
      },
    },
    prompt(1),
    prompt(2),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function importInto(slug: string, body: string, key: string | null): Promise<Response> {
  return fetch(`${server.url}/import/${slug}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
    body,
  });
}

beforeAll(async () => {
  schema = await createSchema();
  server = await startTestServer({ MAX_COST: "1000000000", MAX_DEPTH: "100" });
  for (const slug of DATASETS) {
    const report = await (await importInto(slug, recordsOf(slug.toUpperCase()), server.adminKey)).json();
    expect(report).toMatchObject({ accepted: 2, rejected: 0 });
  }
  await importInto("elsewhere", '{"text":"x"}\n', server.adminKey);

  const numbers = async (sql: string) => {
    const rows = await server.database.select<{ slug: string; id: string }>(sql, []);
    return Object.fromEntries(rows.map(({ slug, id }) => [slug, id]));
  };
  const first = (table: string) =>
    numbers(
      `select d.slug, min(t.id)::text as id from ${table} t join dataset d on d.id = t.dataset_id group by d.slug`,
    );
  const datasets = await numbers("select slug, id from dataset");
  // The hidden dataset is the second there is: Labeler.agreement asks for it.
  expect(datasets.hidden).toBe("2");
  const rows: Record<NodeType, Record<string, string>> = {
    Dataset: datasets,
    Prompt: await first("prompt"),
    Demonstration: await first("demonstration"),
    Completion: await first("completion"),
    Ranking: await first("ranking"),
    Assessment: await first("assessment"),
    InstructionVersion: await first("instruction_version"),
    Labeler: await numbers(
      "select case handle when 'ann' then 'granted' else 'hidden' end as slug, id from labeler where handle in ('ann', 'hidden-bob')",
    ),
    ApiKey: {},
    AuditEntry: {},
    ...(await trainedOn(datasets)),
  };

  keys.ADMIN = server.adminKey;
  keys.ANALYST = await server.key("ANALYST");
  keys.CLIENT = await server.key("CLIENT", { datasetIds: [datasets.granted as string] });
  keys.STRANGER = await server.key("CLIENT", { datasetIds: [datasets.elsewhere as string] });
  keys.LABELER = await server.key("LABELER", { labelerId: rows.Labeler.granted as string });
  keys.NONE = null;
  keys.EXPIRED = await server.key("ADMIN", { expiresAt: new Date(Date.now() - 1000) });
  keys.REVOKED = await server.key("ADMIN");
  await server.database.select("update api_key set revoked_at = now() where secret_hash = sha256($1)", [
    Buffer.from(keys.REVOKED),
  ]);
  for (const type of ["ApiKey", "AuditEntry"] as const) {
    const table = type === "ApiKey" ? "api_key" : "audit_entry";
    const [row] = await server.database.select<{ id: string }>(`select min(id)::text as id from ${table}`, []);
    rows[type] = { granted: row?.id as string, hidden: row?.id as string };
  }
  for (const type of NODE_TYPES) {
    ids[type] = {
      granted: globalId(type, rows[type].granted as string),
      hidden: globalId(type, rows[type].hidden as string),
    };
  }
});
afterAll(() => server.close());

type Trained = "Job" | "Checkpoint" | "Model" | "Evaluation";

/** A job of each dataset with all that hangs on it, and its model, straight in the database: numbers by dataset. */
async function trainedOn(datasets: Readonly<Record<string, string>>): Promise<Record<Trained, Record<string, string>>> {
  const made: Record<Trained, Record<string, string>> = { Job: {}, Checkpoint: {}, Model: {}, Evaluation: {} };
  server.directory.prepare("0");
  const one = async (sql: string, values: unknown[]): Promise<string> => {
    const [row] = await server.database.select<{ id: string }>(sql, values);
    return row?.id ?? "";
  };
  for (const slug of DATASETS) {
    const [mark, dataset] = [slug.toUpperCase(), datasets[slug]];
    const sha256 = createHash("sha256").update(`${mark} weights`).digest("hex");
    const job = await one(
      `insert into job (kind, status, model_name, config, dataset_id, dataset_revision, created_by, finished_at, warnings, last_sequence)
        values ('SFT', 'SUCCEEDED', $1, $2, $3, 1, 'k', now(), array[$1 || ' warning'], 1) returning id`,
      [`${mark} model`, { note: `${mark} config` }, dataset],
    );
    await one(
      `insert into metric_point (job_id, sequence, name, step, value, reason) values ($1, 1, 'train/loss', 1, null, $2)`,
      [job, `${mark} reason`],
    );
    await one(
      `insert into job_sample (job_id, step, position, prompt_id, text)
        select $1, 0, 0, min(id), $2 from prompt where dataset_id = $3`,
      [job, `${mark} sample`, dataset],
    );
    made.Job[slug] = job;
    made.Checkpoint[slug] = await one(
      "insert into checkpoint (job_id, step, points, bytes, sha256, file) values ($1, 1, 1, 1, $2, 'x') returning id",
      [job, sha256],
    );
    made.Model[slug] = await one(
      `insert into model (name, stage, job_id, dataset_id, architecture, tokenizer, parameter_count, sha256, bytes)
        values ($1, 'SFT', $2, $3, '{}', 'BYTES', 1, $4, 1) returning id`,
      [`${mark} model`, job, dataset, sha256],
    );
    made.Evaluation[slug] = await one(
      `insert into evaluation (job_id, dataset_id, model_id, input, results, warnings)
        values ($1, $2, $3, $4, $5::jsonb, array[$6]) returning id`,
      [
        job,
        dataset,
        made.Model[slug],
        { note: `${mark} input` },
        JSON.stringify([
          { metric: "LOSS", line: null, reason: `${mark} reason`, n: 0, proxy: false, lengthControlled: false },
        ]),
        `${mark} warning`,
      ],
    );
    await one("update completion set model_id = $1 where dataset_id = $2", [made.Model[slug], dataset]);
    writeFileSync(server.directory.model(sha256), `${mark} weights`);
  }
  // The granted model is the first there is: Completion.score asks for it.
  expect(made.Model.granted).toBe("1");
  await one(
    "insert into completion_score (completion_id, model_id, score, job_id) select id, 1, id, $1 from completion",
    [made.Job.granted],
  );
  // The granted model descends from the hidden one.
  await one("insert into model_parent (model_id, position, parent_id) values ($1, 1, $2)", [
    made.Model.granted,
    made.Model.hidden,
  ]);
  await one("insert into job_dependency (job_id, depends_on_id, role) values ($1, $2, 'base')", [
    made.Job.hidden,
    made.Job.granted,
  ]);
  return made;
}

const ask = <Data = Record<string, unknown>>(key: KeyName, query: string, variables = {}): Promise<Answer<Data>> =>
  server.graphql<Data>(query, variables, keys[key]);

/** What an answer to a single root field amounts to. */
function cellOf(answer: Answer): Cell {
  const code = answer.errors?.[0]?.extensions.code;
  if (code !== undefined) return code as Cell;
  const [value] = Object.values(answer.data ?? {});
  const only = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (only === null) return "null";
  return (only as { totalCount?: number }).totalCount === 0 ? "empty" : "value";
}

const expected = (key: KeyName, row: Row): Cell => (LIVE.includes(key) ? row[key as keyof Row] : "UNAUTHENTICATED");
const table = (rows: (key: KeyName) => Cell) => Object.fromEntries(KEYS.map((key) => [key, rows(key)]));

describe("the tables are complete", () => {
  test("every field of Query and Subscription has a row", () => {
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort()).toEqual(Object.keys(QUERIES).sort());
    expect(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).sort()).toEqual(
      Object.keys(SUBSCRIPTIONS).sort(),
    );
  });

  test("every type with an id has a row, and every field of those is listed", () => {
    const types = Object.values(schema.getTypeMap()).filter(isObjectType);
    const nodes = types.filter((type) => type.getInterfaces().some(({ name }) => name === "Node"));
    expect(nodes.map(({ name }) => name).sort()).toEqual(Object.keys(NODES).sort());
    const listed = Object.fromEntries(Object.entries(FIELDS).map(([type, names]) => [type, names.split(/\s+/).sort()]));
    const fields = types
      .filter(({ name }) => name in FIELDS)
      .map((type) => [type.name, Object.keys(type.getFields()).sort()]);
    expect(Object.fromEntries(fields)).toEqual(listed);
  });
});

describe.each(DATASETS)("the dataset that is %s", (dataset) => {
  test.each(Object.keys(QUERIES))("Query.%s", async (field) => {
    const { query, rows } = QUERIES[field] as (typeof QUERIES)[string];
    const cells = {} as Record<KeyName, Cell>;
    for (const key of KEYS) cells[key] = cellOf(await ask(key, query(dataset)));
    expect(cells).toEqual(table((key) => expected(key, rows[dataset])));
  });

  test.each(NODE_TYPES)("%s by node and nodes, with every field down to what it leads to", async (type) => {
    const selection = selectAll(schema, type, 3, ARGUMENTS);
    const query = `query ($id: ID!, $ids: [ID!]!) {
      node(id: $id) { ... on ${type} ${selection} } nodes(ids: $ids) { ... on ${type} ${selection} } }`;
    const id = ids[type]![dataset]!;
    const cells = {} as Record<KeyName, Cell>;
    for (const key of KEYS) {
      const answer = await ask<{ node: unknown; nodes: [unknown] }>(key, query, { id, ids: [id] });
      const [error] = answer.errors ?? [];
      cells[key] = error ? (error.extensions.code as Cell) : answer.data?.node === null ? "null" : "value";
      if (answer.data) expect(answer.data.nodes).toEqual([answer.data.node]);
      expect(leaks(key, answer)).toEqual([]);
    }
    expect(cells).toEqual(table((key) => expected(key, NODES[type][dataset])));
  });

  test.each(Object.keys(SUBSCRIPTIONS))("Subscription.%s", async (field) => {
    const { query, rows } = SUBSCRIPTIONS[field] as (typeof SUBSCRIPTIONS)[string];
    const cells = {} as Record<KeyName, Cell>;
    for (const key of KEYS) cells[key] = await cellOfSubscription(key, query(dataset), dataset);
    expect(cells).toEqual(table((key) => expected(key, rows[dataset])));
  });

  test.each(ROUTES.map((route) => [`${route.method} ${route.path(dataset)}`, route] as const))(
    "%s",
    async (_name, route) => {
      const statuses = {} as Record<KeyName, number>;
      for (const key of KEYS) {
        const response = await fetch(server.url + route.path(dataset), {
          method: route.method,
          headers: { ...headersOf(key), "content-type": "application/x-ndjson" },
          ...(route.method === "POST" ? { body: recordsOf(dataset.toUpperCase()) } : {}),
        });
        statuses[key] = response.status;
        const text = await response.text();
        if (route.method === "GET") expect(leaks(key, text)).toEqual([]);
      }
      const row = route.rows[dataset];
      expect(statuses).toEqual(
        Object.fromEntries(KEYS.map((key) => [key, LIVE.includes(key) ? row[key as keyof Row] : 401])),
      );
    },
  );
});

describe("Labeler.agreement", () => {
  test.each(DATASETS)("in the dataset that is %s is for whoever sees the dataset and the labeler", async (dataset) => {
    // ann judged in both datasets, and is the labeler of the key with role LABELER, who sees no dataset.
    const query = `query ($id: ID!, $datasetId: ID!) { node(id: $id) { ... on Labeler {
      agreement(datasetId: $datasetId, input: { measure: RANKING, resamples: 200 }) { labeler { handle } value n ci95 { low } } } } }`;
    const variables = { id: ids.Labeler?.granted, datasetId: ids.Dataset?.[dataset] };
    const cells = {} as Record<KeyName, unknown>;
    for (const key of KEYS) {
      const answer = await ask<{ node: { agreement: unknown } | null }>(key, query, variables);
      cells[key] = answer.errors?.[0]?.extensions.code ?? answer.data?.node?.agreement ?? null;
      expect(leaks(key, answer)).toEqual([]);
    }
    // Both labelers rank both prompts A>B=C: each of 6 pairs of completions is agreed on, in two clusters that say the same.
    const line = { labeler: { handle: "ann" }, value: 1, n: 6, ci95: { low: 1 } };
    const refused = Object.fromEntries(
      KEYS.filter((key) => !LIVE.includes(key)).map((key) => [key, "UNAUTHENTICATED"]),
    );
    expect(cells).toEqual({
      ...refused,
      ADMIN: line,
      ANALYST: line,
      CLIENT: dataset === "granted" ? line : null,
      STRANGER: null,
      LABELER: null,
    });
  });
});

describe("everything that can be reached", () => {
  test.each(LIVE)(
    "%s, from viewer and from the list of datasets, four steps deep: nothing hidden is in it",
    async (key) => {
      const viewer = selectAll(schema, "Viewer", 4, ARGUMENTS);
      const answer = await ask(
        key,
        `{ viewer ${viewer} datasets { totalCount nodes ${selectAll(schema, "Dataset", 3, ARGUMENTS)} } }`,
      );
      expect(answer.errors).toBeUndefined();
      expect(leaks(key, answer)).toEqual([]);
      const seen = JSON.stringify(answer);
      expect(seen.includes("GRANTED prompt 1")).toBe(["ADMIN", "ANALYST", "CLIENT"].includes(key));
      expect(seen.includes("HIDDEN prompt 1")).toBe(["ADMIN", "ANALYST"].includes(key));
    },
  );

  test("CLIENT sees of the granted dataset what ADMIN sees, but for counts over other datasets and models of those", async () => {
    const { selection, fragments } = selectAllByFragments(schema, "Dataset", 5, ARGUMENTS);
    const query = `query ($id: ID!) { node(id: $id) { ... on Dataset ${selection} } } ${fragments}`;
    const id = ids.Dataset?.granted;
    const [admin, client] = [await ask("ADMIN", query, { id }), await ask("CLIENT", query, { id })];
    const ofThisDataset = (answer: Answer) =>
      JSON.parse(
        JSON.stringify(answer.data, function (this: { __typename?: string }, name, value) {
          // Labeler.agreement asks for the hidden dataset, wherever the labeler was reached.
          const ofTheOther = name === "agreement" && this.__typename === "Labeler";
          return ofTheOther || /^(counts|parents)$/.test(name) ? undefined : value;
        }),
      );
    expect(ofThisDataset(client)).toEqual(ofThisDataset(admin));
    const parents = (answer: Answer) => [.../"parents":(\[[^\]]*)/g[Symbol.matchAll](JSON.stringify(answer.data))];
    expect(new Set(parents(client).map(([, names]) => names))).toEqual(new Set(["["]));
    expect(parents(admin).some(([, names]) => names?.includes("HIDDEN model"))).toBe(true);
    const rankings = (answer: Answer) => /"handle":"ann".*?"rankings":(\d+)/.exec(JSON.stringify(answer.data))?.[1];
    // ann ranked two prompts in each of the two datasets.
    expect([rankings(admin), rankings(client)]).toEqual(["4", "2"]);
  });

  test("health answers everyone, and tells nobody anything", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      for (const key of KEYS) {
        expect(await (await fetch(server.url + path, { headers: headersOf(key) })).json()).toEqual({
          status: path === "/healthz" ? "up" : "ready",
        });
      }
    }
  });
});

/** What an answer holds of what its key may not see. */
function leaks(key: KeyName, answer: unknown): string[] {
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  if (key === "ADMIN" || key === "ANALYST") return [];
  const ofHidden = ["HIDDEN", "hidden-bob", ids.Dataset?.hidden, ids.Prompt?.hidden, ids.Labeler?.hidden];
  const ofGranted = ["GRANTED", "granted-cyd", ids.Dataset?.granted, ids.Prompt?.granted];
  const forbidden = key === "CLIENT" ? ofHidden : [...ofHidden, ...ofGranted];
  return forbidden.filter((mark) => mark !== undefined && text.includes(mark)) as string[];
}

const headersOf = (key: KeyName): Record<string, string> =>
  keys[key] === null ? {} : { authorization: `Bearer ${keys[key]}` };

let renames = 0;
const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), ms));

/** What a subscription amounts to: an event after a change, or the code of its end. */
async function cellOfSubscription(key: KeyName, query: string, dataset: DatasetName): Promise<Cell> {
  const socket = await RawWebSocket.open(server.url);
  try {
    socket.send({ type: "connection_init", payload: { authorization: `Bearer ${keys[key] ?? ""}` } });
    if (!(await socket.next(({ type }) => type === "connection_ack"))) {
      expect((await socket.closed).code).toBe(4401);
      return "UNAUTHENTICATED";
    }
    socket.subscribe("1", query);
    socket.subscribe("2", "{ viewer { role } }");
    await socket.next(({ id }) => id === "2");
    const answered = socket.next(({ id }) => id === "1");
    // Changed until the subscription, which may begin later than the query was answered, has heard of it.
    for (
      let isAnswered = false;
      !isAnswered;
      isAnswered = await Promise.race([answered.then(() => true), pause(100)])
    ) {
      renames += 1;
      await server.data("mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
        input: { id: ids.Dataset?.[dataset], description: `change ${renames}` },
      });
      await server.database.select(
        "update job set warnings = warnings || array['again'] where dataset_id = $1 returning pg_notify('accord_job', id::text)",
        [parseGlobalId(ids.Dataset?.[dataset] ?? "")?.id],
      );
    }
    const first = await answered;
    const payload = first?.payload as { data?: unknown; errors?: Answer["errors"] } | Answer["errors"];
    const errors = Array.isArray(payload) ? payload : (payload as { errors?: Answer["errors"] }).errors;
    expect(leaks(key, first)).toEqual([]);
    return (errors?.[0]?.extensions.code as Cell | undefined) ?? "value";
  } finally {
    socket.socket.terminate();
  }
}
