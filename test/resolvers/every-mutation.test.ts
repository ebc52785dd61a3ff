import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { byteTokenizer } from "../../src/datasets/tokenizers/byte-tokenizer.js";
import { createSchema } from "../../src/server/graphql/graphql-schema.js";
import { globalId } from "../../src/services/input/global-id.js";
import { writeSafetensors } from "../../src/training/files/safetensors.js";
import { exportTexts } from "../../src/training/hugging-face/export-texts.js";
import { parametersOf, toTensors } from "../../src/training/model/parameters.js";
import type { Role } from "../../src/vocabulary.js";
import { startTestServer, type TestServer } from "../support/server.js";
import { storeModel } from "../support/stored-model.js";
import { absent, numberOf } from "../support/writing.js";
import { newValues, TINY } from "../training/support.js";

let server: TestServer;
/** What the mutations speak of: ids of one dataset with a prompt, completions, a labeler and a key. */
let world: World;

interface World {
  readonly datasetId: string;
  readonly promptId: string;
  readonly completions: readonly string[];
  readonly labelerId: string;
  readonly keyId: string;
}

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  world = await makeWorld();
  prepared = null;
});

let made = 0;
/** What the sample of this test needed besides the world. */
let prepared: Promise<void> | null = null;

async function makeWorld(): Promise<World> {
  made += 1;
  const { createDataset, registerLabeler } = await server.data<Record<string, { id: string }>>(
    `mutation ($d: CreateDatasetInput!, $l: RegisterLabelerInput!) {
      createDataset(input: $d) { id }
      registerLabeler(input: $l) { id }
    }`,
    { d: { slug: `world-${made}`, name: "World" }, l: { handle: `labeler ${made}` } },
  );
  const datasetId = (createDataset as { id: string }).id;
  const { createPrompts } = await server.data<{ createPrompts: [{ id: string }] }>(
    "mutation ($input: CreatePromptsInput!) { createPrompts(input: $input) { id } }",
    { input: { datasetId, prompts: [{ text: "What is fire?", author: "a" }] } },
  );
  const promptId = createPrompts[0].id;
  const { submitCompletions } = await server.data<{ submitCompletions: { id: string }[] }>(
    "mutation ($input: SubmitCompletionsInput!) { submitCompletions(input: $input) { id } }",
    { input: { datasetId, source: "sft", completions: ["A", "B", "C"].map((text) => ({ promptId, text })) } },
  );
  const { createApiKey } = await server.data<{ createApiKey: { apiKey: { id: string } } }>(
    'mutation { createApiKey(input: {name: "k", role: ANALYST}) { apiKey { id } } }',
  );
  return {
    datasetId,
    promptId,
    completions: submitCompletions.map(({ id }) => id),
    labelerId: (registerLabeler as { id: string }).id,
    keyId: createApiKey.apiKey.id,
  };
}

interface Sample {
  readonly mutation: string;
  /** What must be there besides the world, made once. */
  readonly prepare?: () => Promise<void>;
  /** The type of its input, and the input; or, without one, its arguments as they stand in the document. */
  readonly type?: string;
  readonly input?: () => Record<string, unknown>;
  readonly args?: () => string;
  /** What is selected of the result; "" of a scalar. */
  readonly select: string;
  /** For what creates something: another input, and the table that gets one row of it (for the dataset: by its column). */
  readonly creates?: { readonly other: Record<string, unknown>; readonly count: () => [string, unknown[]] };
}

const countOf =
  (table: string, column = "dataset_id", id: () => string = () => world.datasetId): (() => [string, unknown[]]) =>
  () => [`select count(*)::integer as n from ${table} where ${column} = $1`, [numberOf(id())]];

/** A demonstration in the split TRAIN. */
async function makeTrainable(): Promise<void> {
  const { datasetId, promptId, labelerId } = world;
  await server.data(
    `mutation ($d: SubmitDemonstrationInput!, $s: AssignSplitsInput!) {
      submitDemonstration(input: $d) { id } assignSplits(input: $s) { id }
    }`,
    {
      d: { promptId, labelerId, text: "Rapid oxidation." },
      s: { datasetId, train: 1, validation: 0, test: 0 },
    },
  );
}

/** A job of the world in a state, and a model of it, straight in the database. */
async function makeJob(status: "QUEUED" | "FAILED"): Promise<void> {
  const [job] = await server.database.select<{ id: string }>(
    `insert into job (kind, status, config, dataset_id, dataset_revision, created_by, finished_at)
      values ('SFT', $1, '{}', $2, 1, 'k', case when $1 = 'FAILED' then now() end) returning id`,
    [status, numberOf(world.datasetId)],
  );
  jobId = globalId("Job", job?.id ?? "");
}

async function makeModel(stage: "SFT" | "REWARD" = "SFT"): Promise<void> {
  const sha256 = createHash("sha256").update("a model").digest("hex");
  server.directory.prepare("0");
  writeFileSync(server.directory.model(sha256), "a model");
  const sizes = { layers: 1, heads: 1, width: 8, contextLength: 16, vocabularySize: 257, tokenizer: "BYTES" };
  const architecture = stage === "REWARD" ? { ...sizes, head: "SCORE" } : sizes;
  const [model] = await server.database.select<{ id: string }>(
    `insert into model (name, stage, dataset_id, architecture, tokenizer, parameter_count, sha256, bytes)
      values ($1, $5, $2, $3, 'BYTES', 1, $4, 1) returning id`,
    [`${stage} model ${made}`, numberOf(world.datasetId), architecture, sha256, stage],
  );
  modelId = globalId("Model", model?.id ?? "");
}

/** All prompts in the split TRAIN. */
async function makeEvaluable(): Promise<void> {
  const input = { datasetId: world.datasetId, train: 1, validation: 0, test: 0 };
  await server.data("mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { id } }", { input });
}

async function makeRewardModel(): Promise<void> {
  const model = await storeModel(server, { name: `judge ${made}`, stage: "REWARD", datasetId: world.datasetId });
  modelId = model.id;
}

/** A GPT-2 in a folder of the server. */
async function makeFolder(): Promise<void> {
  const folder = server.directory.incoming("gpt2");
  mkdirSync(folder, { recursive: true });
  const architecture = { ...TINY, layers: 1 };
  for (const { name, text } of await exportTexts({ stage: "SFT", architecture, tokenizer: byteTokenizer })) {
    writeFileSync(path.join(folder, name), text.replace('"vocab_size": 258', '"vocab_size": 257'));
  }
  const tensors = toTensors(newValues(architecture), parametersOf(architecture));
  writeFileSync(path.join(folder, "model.safetensors"), writeSafetensors({ metadata: {}, tensors }));
}

/** A ranking of the world's completions. */
async function makeRanking(): Promise<void> {
  const { promptId, labelerId, completions } = world;
  const input = { promptId, labelerId, tiers: completions.map((id) => [id]) };
  await server.data("mutation ($input: SubmitRankingInput!) { submitRanking(input: $input) { id } }", { input });
}

let jobId = "";
let modelId = "";
let rewardModelId = "";

const SAMPLES: readonly Sample[] = [
  {
    mutation: "createDataset",
    type: "CreateDatasetInput",
    input: () => ({ slug: `new-${made}`, name: "New" }),
    select: "{ id slug name description revision createdAt }",
    creates: {
      other: { name: "Other" },
      count: () => ["select count(*)::integer as n from dataset where slug = $1", [`new-${made}`]],
    },
  },
  {
    mutation: "updateDataset",
    type: "UpdateDatasetInput",
    input: () => ({ id: world.datasetId, name: "Changed" }),
    select: "{ id name revision }",
  },
  {
    mutation: "removeDataset",
    args: () => `id: "${world.datasetId}", slug: "world-${made}"`,
    select: "{ deletedId }",
  },
  { mutation: "deleteDataset", args: () => `id: "${world.datasetId}", slug: "world-${made}"`, select: "" },
  {
    mutation: "createPrompts",
    type: "CreatePromptsInput",
    input: () => ({ datasetId: world.datasetId, prompts: [{ text: "New." }] }),
    select: "{ id text kind source fewShot { query } traits { trait value } stages split tags metadata }",
    creates: { other: { prompts: [{ text: "Other." }] }, count: countOf("prompt") },
  },
  {
    mutation: "annotatePrompts",
    type: "AnnotatePromptsInput",
    input: () => ({ ids: [world.promptId], useCase: "CHAT" }),
    select: "{ id useCase }",
  },
  {
    mutation: "excludePrompts",
    type: "ExcludePromptsInput",
    input: () => ({ ids: [world.promptId], reason: "spam" }),
    select: "{ id exclusion { reason from by at } }",
  },
  { mutation: "restorePrompts", args: () => `ids: ["${world.promptId}"]`, select: "{ id exclusion { reason } }" },
  {
    mutation: "submitCompletions",
    type: "SubmitCompletionsInput",
    input: () => ({
      datasetId: world.datasetId,
      source: "ppo",
      completions: [{ promptId: world.promptId, text: "D" }],
    }),
    select: "{ id key text source sampleIndex version prompt { id } }",
    creates: { other: { source: "other" }, count: countOf("completion") },
  },
  {
    mutation: "assignSplits",
    type: "AssignSplitsInput",
    input: () => ({ datasetId: world.datasetId }),
    select: "{ id splitPolicy { train validation test seed groupBy assignedAt } }",
    creates: { other: { seed: 1 }, count: countOf("split_policy") },
  },
  {
    mutation: "publishInstructions",
    type: "PublishInstructionsInput",
    input: () => ({ datasetId: world.datasetId, text: "Be kind." }),
    select: "{ id version purpose text criteriaOrder validFrom }",
    creates: { other: { text: "Other." }, count: countOf("instruction_version") },
  },
  {
    mutation: "registerLabeler",
    type: "RegisterLabelerInput",
    input: () => ({ handle: `new ${made}` }),
    select: "{ id handle pool status createdAt }",
    creates: {
      other: { pool: "HELD_OUT" },
      count: () => ["select count(*)::integer as n from labeler where handle = $1", [`new ${made}`]],
    },
  },
  {
    mutation: "updateLabeler",
    type: "UpdateLabelerInput",
    input: () => ({ id: world.labelerId, pool: "HELD_OUT" }),
    select: "{ id pool }",
  },
  {
    mutation: "submitDemonstration",
    type: "SubmitDemonstrationInput",
    input: () => ({ promptId: world.promptId, labelerId: world.labelerId, text: "So." }),
    select: "{ id text prompt { id } labeler { id } instructionVersion { id } }",
    creates: { other: { text: "Other." }, count: countOf("demonstration") },
  },
  {
    mutation: "submitAssessments",
    type: "SubmitAssessmentsInput",
    input: () => ({ labelerId: world.labelerId, assessments: [{ completionId: world.completions[0], overall: 5 }] }),
    select: "{ id overall completion { id } labeler { id } ranking { id } labels { label value } toxicity { input } }",
    creates: {
      other: { assessments: [{ completionId: globalId("Completion", "1"), overall: 6 }] },
      count: countOf("assessment"),
    },
  },
  {
    mutation: "submitRanking",
    type: "SubmitRankingInput",
    input: () => ({ promptId: world.promptId, labelerId: world.labelerId, tiers: world.completions.map((id) => [id]) }),
    select:
      "{ id notation tiers { id } comparisons { winner { key } loser { key } } displayOrder { id } supersedes { id } }",
    creates: { other: { note: "other" }, count: countOf("ranking") },
  },
  {
    mutation: "createApiKey",
    type: "CreateApiKeyInput",
    input: () => ({ name: `new ${made}`, role: "ANALYST" }),
    select: "{ secret apiKey { id name role expiresAt revokedAt } }",
  },
  {
    mutation: "startSft",
    prepare: makeTrainable,
    type: "SftInput",
    input: () => ({ datasetId: world.datasetId, name: `sft ${made}`, architecture: { layers: 1 } }),
    select:
      "{ id kind status config dataset { id } datasetRevision attempts progress { phase totalSteps } dependsOn { id } }",
    creates: { other: { seed: 1 }, count: countOf("job") },
  },
  {
    mutation: "startPretraining",
    prepare: makeTrainable,
    type: "PretrainingInput",
    input: () => ({ datasetId: world.datasetId, name: `pretrained ${made}`, architecture: { layers: 1 } }),
    select: "{ id kind status config datasetRevision progress { totalSteps } }",
    creates: { other: { seed: 1 }, count: countOf("job") },
  },
  {
    mutation: "startRewardModel",
    prepare: async () => {
      await makeTrainable();
      await makeModel();
      await makeRanking();
    },
    type: "RewardModelInput",
    input: () => ({ datasetId: world.datasetId, name: `reward ${made}`, sftModelId: modelId }),
    select: "{ id kind status config datasetRevision progress { totalSteps } }",
    creates: { other: { seed: 1 }, count: countOf("job") },
  },
  {
    mutation: "startPpo",
    prepare: async () => {
      await makeTrainable();
      await makeModel("REWARD");
      rewardModelId = modelId;
      await makeModel();
    },
    type: "PpoInput",
    input: () => ({
      datasetId: world.datasetId,
      name: `ppo ${made}`,
      sftModelId: modelId,
      rewardModelId,
      promptFilter: {},
    }),
    select: "{ id kind status config datasetRevision progress { totalSteps } }",
    creates: { other: { seed: 1 }, count: countOf("job") },
  },
  {
    mutation: "generate",
    prepare: makeModel,
    type: "GenerateInput",
    input: () => ({ datasetId: world.datasetId, modelId }),
    select: "{ id kind status config progress { totalSteps } }",
    creates: { other: { seed: 1 }, count: countOf("job") },
  },
  {
    mutation: "scoreCompletions",
    prepare: makeRewardModel,
    type: "ScoreInput",
    input: () => ({ datasetId: world.datasetId, modelId, sources: ["sft"] }),
    select: "{ id kind status config progress { totalSteps } }",
    creates: { other: { promptFilter: { excluded: false } }, count: countOf("job") },
  },
  {
    mutation: "runEvaluation",
    prepare: makeEvaluable,
    type: "EvaluationInput",
    input: () => ({ datasetId: world.datasetId, source: "sft", split: "TRAIN", metrics: ["LENGTH"] }),
    select: "{ id input results { metric } warnings createdAt job { id kind status config evaluation { id } } }",
    creates: { other: { seed: 1 }, count: countOf("evaluation") },
  },
  {
    mutation: "cancelJob",
    prepare: () => makeJob("QUEUED"),
    args: () => `id: "${jobId}"`,
    select: "{ id status finishedAt }",
  },
  {
    mutation: "retryJob",
    prepare: () => makeJob("FAILED"),
    args: () => `id: "${jobId}"`,
    select: "{ id status attempts finishedAt }",
  },
  {
    mutation: "deleteJob",
    prepare: () => makeJob("FAILED"),
    args: () => `id: "${jobId}"`,
    select: "{ deletedId }",
  },
  {
    mutation: "importModel",
    prepare: makeFolder,
    type: "ImportModelInput",
    input: () => ({ name: `imported ${made}`, folder: "gpt2" }),
    select: "{ id name stage sha256 architecture tokenizer createdAt }",
    creates: {
      other: { name: `another ${made}` },
      count: () => ["select count(*)::integer as n from model where name = $1", [`imported ${made}`]],
    },
  },
  { mutation: "removeModel", prepare: makeModel, args: () => `id: "${modelId}"`, select: "{ deletedId }" },
  { mutation: "deleteModel", prepare: makeModel, args: () => `id: "${modelId}"`, select: "" },
  { mutation: "revokeApiKey", args: () => `id: "${world.keyId}"`, select: "{ id revokedAt }" },
];

/** Sends a sample; given: fields of the input that differ. */
async function send(sample: Sample, given: Record<string, unknown> = {}, key?: string | null) {
  prepared ??= sample.prepare?.() ?? Promise.resolve();
  await prepared;
  return sample.type
    ? server.graphql(
        `mutation ($input: ${sample.type}!) { ${sample.mutation}(input: $input) ${sample.select} }`,
        { input: { ...sample.input?.(), ...given } },
        key,
      )
    : server.graphql(`mutation { ${sample.mutation}(${sample.args?.()}) ${sample.select} }`, {}, key);
}

const names = (samples: readonly Sample[]) => samples.map((sample) => [sample.mutation, sample] as const);

/** What a CLIENT may do in its datasets. */
const FOR_CLIENTS = [
  "submitCompletions",
  "startPretraining",
  "startSft",
  "startRewardModel",
  "startPpo",
  "generate",
  "scoreCompletions",
  "runEvaluation",
  "cancelJob",
  "retryJob",
];

/** What the audit log calls an act that has two mutations: all deletions are found by one word. */
const SAME_ACT: Readonly<Record<string, string>> = { removeDataset: "deleteDataset", removeModel: "deleteModel" };

describe("every mutation", () => {
  test("is here, but for importRecords, whose tests stand in import-records.test.ts", async () => {
    const mutations = Object.keys((await createSchema()).getMutationType()?.getFields() ?? {});
    const here = SAMPLES.map(({ mutation }) => mutation);
    expect([...here, "importRecords"].sort()).toEqual(mutations.sort());
  });

  test.each(names(SAMPLES))(
    "%s answers an administrator and leaves an entry in the audit log",
    async (mutation, sample) => {
      const answer = await send(sample);
      const action = SAME_ACT[mutation] ?? mutation;
      expect(answer.errors).toBeUndefined();
      expect(answer.data?.[mutation]).toBeTruthy();
      const [entry] = await server.database.select<{ by: string; subject: string | null }>(
        "select by, subject from audit_entry where action = $1 order by id desc limit 1",
        [action],
      );
      expect(entry).toEqual({ by: expect.stringMatching(/^test ADMIN/), subject: expect.any(String) });
      const { auditLog } = await server.data<{ auditLog: { nodes: { action: string; subject: string }[] } }>(
        "query ($action: String!) { auditLog(filter: {action: $action}, first: 1) { nodes { action by subject at before after } } }",
        { action },
      );
      expect(auditLog.nodes).toMatchObject([{ action, subject: entry?.subject }]);
    },
  );

  test.each(names(SAMPLES))(
    "%s is refused to other roles and without a key, and then changes nothing",
    async (mutation, sample) => {
      await sample.prepare?.();
      prepared = Promise.resolve();
      const before = await server.database.select("select count(*)::integer as n from audit_entry", []);
      const options: Partial<Record<Role, object>> = {
        CLIENT: { datasetIds: [numberOf(world.datasetId)] },
        LABELER: { labelerId: numberOf(world.labelerId) },
      };
      for (const role of ["ANALYST", "LABELER", "CLIENT"] as const) {
        if (role === "CLIENT" && FOR_CLIENTS.includes(mutation)) continue;
        const { errors, data } = await send(sample, {}, await server.key(role, options[role]));
        expect([role, errors?.[0]?.extensions.code, data ?? null]).toEqual([role, "FORBIDDEN", null]);
      }
      expect(await send(sample, {}, null)).toMatchObject({
        status: 401,
        errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
      });
      expect(await server.database.select("select count(*)::integer as n from audit_entry", [])).toEqual(before);
    },
  );

  const WITHOUT_TEXTS = [
    "generate",
    "scoreCompletions",
    "annotatePrompts",
    "assignSplits",
    "updateLabeler",
    "submitAssessments",
    "submitRanking",
  ];
  const withTexts = SAMPLES.filter(({ input, mutation }) => input && !WITHOUT_TEXTS.includes(mutation));
  test.each(names(withTexts))("%s refuses texts that cannot be stored, wherever they stand", async (_, sample) => {
    const poisoned = poison(sample.input?.() ?? {});
    expect(poisoned.length).toBeGreaterThan(0);
    for (const [path, input] of poisoned) {
      const { errors } = await send(sample, input as Record<string, unknown>);
      expect([path, errors?.[0]?.extensions]).toEqual([path, { code: "BAD_USER_INPUT", field: path }]);
    }
  });

  const creating = SAMPLES.filter(({ creates }) => creates);
  test.each(names(creating))("%s with an idempotency key is done once", async (mutation, sample) => {
    const count = async () => {
      const [text, values] = (sample.creates as NonNullable<Sample["creates"]>).count();
      return ((await server.database.select<{ n: number }>(text, values))[0] as { n: number }).n;
    };
    const before = await count();
    const idempotencyKey = `key ${made}`;
    const answers = await Promise.all([
      send(sample, { idempotencyKey }),
      send(sample, { idempotencyKey }),
      send(sample, { idempotencyKey }),
    ]);
    answers.push(await send(sample, { idempotencyKey }));
    for (const answer of answers) {
      expect(answer.errors).toBeUndefined();
      expect(answer.data?.[mutation]).toEqual(answers[0]?.data?.[mutation]);
    }
    expect(await count()).toBe(before + 1);
    const other = await send(sample, { ...sample.creates?.other, idempotencyKey });
    expect(other.errors).toMatchObject([
      {
        extensions: { code: "CONFLICT" },
        message: expect.stringContaining(`was used for ${mutation} with another input`),
      },
    ]);
    expect(await count()).toBe(before + 1);
    // The scope is the key of the API: another administrator's is another request.
    const foreign = await send(sample, { idempotencyKey }, await server.key("ADMIN"));
    expect(foreign.errors?.[0]?.message ?? "").not.toContain("idempotency");
    for (const wrong of ["", "x".repeat(256), "a\u0000b", "\ud800"])
      expect((await send(sample, { idempotencyKey: wrong })).errors).toMatchObject([
        { extensions: { code: "BAD_USER_INPUT", field: "input.idempotencyKey" } },
      ]);
  });

  test("forgets a refused request: the same idempotency key may be used once more", async () => {
    const sample = SAMPLES.find(({ mutation }) => mutation === "registerLabeler") as Sample;
    const refused = await send(sample, { handle: `labeler ${made}`, idempotencyKey: "again" });
    expect(refused.errors).toMatchObject([{ extensions: { code: "CONFLICT" } }]);
    expect((await send(sample, { handle: `fresh ${made}`, idempotencyKey: "again" })).errors).toBeUndefined();
  });

  test("reads what is there after each of several mutations in one request", async () => {
    const data = await server.data<Record<string, { name?: string; revision: number }>>(
      `mutation ($a: UpdateDatasetInput!, $b: UpdateDatasetInput!) {
        first: updateDataset(input: $a) { name revision }
        second: updateDataset(input: $b) { name revision }
      }`,
      { a: { id: world.datasetId, name: "First" }, b: { id: world.datasetId, name: "Second" } },
    );
    expect(data).toEqual({ first: { name: "First", revision: 3 }, second: { name: "Second", revision: 4 } });
  });

  test("tells a repeated request of what was deleted since that it is not there", async () => {
    const sample = SAMPLES.find(({ mutation }) => mutation === "createPrompts") as Sample;
    await send(sample, { idempotencyKey: "gone" });
    await server.data(`mutation { deleteDataset(id: "${world.datasetId}", slug: "world-${made}") }`);
    expect((await send(sample, { idempotencyKey: "gone" })).errors).toMatchObject([
      { extensions: { code: "NOT_FOUND" } },
    ]);
    expect((await send(sample)).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  });

  test("refuses an unknown id in a sentence that names it", async () => {
    const { errors } = await server.graphql("mutation ($ids: [ID!]!) { restorePrompts(ids: $ids) { id } }", {
      ids: [absent("Prompt")],
    });
    expect(errors).toMatchObject([
      { message: `The prompt "${absent("Prompt")}" was not found.`, extensions: { code: "NOT_FOUND", field: "ids" } },
    ]);
  });
});

/** Words that are texts: of enums and ids GraphQL itself or the id's rule speaks first. */
const TEXTS = new Set(["slug", "name", "text", "reason", "source", "handle"]);

/** The input again and again, each time with U+0000 in another of its texts; with the path of that text. */
function poison(input: Record<string, unknown>): [string, unknown][] {
  const found: [string, unknown][] = [];
  const walk = (value: unknown, path: string, replace: (changed: unknown) => unknown): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries())
        walk(item, `${path}.${index}`, (changed) => replace(value.with(index, changed)));
    } else if (typeof value === "object" && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        if (typeof item === "string" && TEXTS.has(name))
          found.push([`${path}.${name}`, replace({ ...value, [name]: `${item}\0` })]);
        else walk(item, `${path}.${name}`, (changed) => replace({ ...value, [name]: changed }));
      }
    }
  };
  walk(input, "input", (changed) => changed);
  return found;
}
