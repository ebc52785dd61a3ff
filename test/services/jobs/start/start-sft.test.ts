/** What startSft, generate, cancelJob, retryJob and deleteModel refuse: a clear error each, and nothing is started. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { globalId, parseGlobalId } from "../../../../src/services/input/global-id.js";
import { importText } from "../../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../../support/server.js";
import { demonstrationLines, TINY } from "../../../support/training-server.js";

let server: TestServer;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer({ JOB_MEMORY_BYTES: String(256 * 1024 * 1024) });
  const lines: Record<string, string> = {
    good: demonstrationLines(),
    unsplit: '{"text":"a","demonstrations":[{"labeler":"w1","text":"b"}]}\n',
    bare: '{"text":"a","split":"TRAIN"}\n',
    heldout:
      '{"labeler":{"handle":"h1","pool":"HELD_OUT"}}\n{"text":"a","split":"TRAIN","demonstrations":[{"labeler":"h1","text":"b"}]}\n',
    excluded:
      '{"text":"a","split":"TRAIN","demonstrations":[{"labeler":"w1","text":"b"}],"exclusion":{"reason":"spam","from":["SFT"]}}\n',
  };
  for (const [slug, text] of Object.entries(lines)) {
    expect(await importText(server, slug, text)).toMatchObject({ rejected: 0 });
    ids[slug] = (await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`)).dataset.id;
  }
  const one = async (name: string, type: "Job" | "Model", sql: string, values: unknown[]) => {
    const [row] = await server.database.select<{ id: string }>(sql, values);
    ids[name] = globalId(type, row?.id as string);
  };
  const dataset = parseGlobalId(ids.good as string)?.id;
  const architecture = { ...TINY, vocabularySize: 257 };
  server.directory.prepare("0");
  for (const [name, stage] of [
    ["sftModel", "SFT"],
    ["damaged", "SFT"],
    ["rewardModel", "REWARD"],
    ["policy", "POLICY"],
  ]) {
    const sha256 = createHash("sha256")
      .update(name as string)
      .digest("hex");
    if (name !== "damaged") writeFileSync(server.directory.model(sha256), name as string);
    await one(
      name as string,
      "Model",
      `insert into model (name, stage, dataset_id, architecture, tokenizer, parameter_count, sha256, bytes)
        values ($1, $2, $3, $4, 'BYTES', 1, $5, 1) returning id`,
      [name, stage, dataset, architecture, sha256],
    );
  }
  for (const [name, kind, status] of [
    ["failed", "SFT", "FAILED"],
    ["succeeded", "SFT", "SUCCEEDED"],
    ["generation", "GENERATION", "QUEUED"],
  ]) {
    await one(
      name as string,
      "Job",
      `insert into job (kind, status, config, dataset_id, dataset_revision, created_by, finished_at)
        values ($1, $2, $3, $4, 1, 'k', case when $2 <> 'QUEUED' then now() end) returning id`,
      [kind, status, { architecture }, dataset],
    );
  }
});
afterAll(() => server.close());

const START = "mutation ($input: SftInput!) { startSft(input: $input) { id status } }";
const jobs = async () =>
  (await server.database.select<{ n: number }>("select count(*)::integer as n from job", []))[0]?.n;

/** What is refused: fields of the input (datasetId good, architecture TINY), the code, the field, the sentence. */
const REFUSED: [
  name: string,
  input: () => Record<string, unknown>,
  code: string,
  field: string | undefined,
  sentence: RegExp,
][] = [
  [
    "a dataset without demonstrations",
    () => ({ datasetId: ids.bare }),
    "UNPROCESSABLE",
    "input.datasetId",
    /The dataset has no demonstrations\./,
  ],
  [
    "a dataset without a split",
    () => ({ datasetId: ids.unsplit }),
    "UNPROCESSABLE",
    "input.datasetId",
    /of prompts without a split \(assignSplits gives them one, on the command line accord splits\)/,
  ],
  [
    "demonstrations by HELD_OUT labelers alone",
    () => ({ datasetId: ids.heldout }),
    "UNPROCESSABLE",
    "input.datasetId",
    /No demonstration by a TRAINING labeler is in the split TRAIN/,
  ],
  [
    "demonstrations of excluded prompts alone",
    () => ({ datasetId: ids.excluded }),
    "UNPROCESSABLE",
    "input.datasetId",
    /./,
  ],
  [
    "no layers",
    () => ({ architecture: { ...TINY, layers: 0 } }),
    "BAD_USER_INPUT",
    "input.architecture.layers",
    /0; it must be/,
  ],
  [
    "a billion layers",
    () => ({ architecture: { ...TINY, layers: 1e9 } }),
    "BAD_USER_INPUT",
    "input.architecture.layers",
    /1000000000|1,000,000,000/,
  ],
  [
    "two and a half layers",
    () => ({ architecture: { ...TINY, layers: 2.5 } }),
    "BAD_USER_INPUT",
    undefined,
    /Int cannot represent non-integer value: 2.5/,
  ],
  [
    "a width that the heads do not divide",
    () => ({ architecture: { ...TINY, width: 17 } }),
    "BAD_USER_INPUT",
    "input.architecture.width",
    /Width is 17 and heads is 2; the width must be a multiple of the heads\./,
  ],
  [
    "a vocabulary below 257",
    () => ({ architecture: { ...TINY, tokenizer: "TRAINED_BPE", vocabularySize: 256 } }),
    "BAD_USER_INPUT",
    "input.architecture.vocabularySize",
    /256; it must be/,
  ],
  [
    "another vocabulary than the tokenizer's",
    () => ({ architecture: { ...TINY, vocabularySize: 300 } }),
    "BAD_USER_INPUT",
    "input.architecture.vocabularySize",
    /300; the tokenizer BYTES has 257 tokens/,
  ],
  [
    "a context that memory does not allow",
    () => ({ architecture: { layers: 12, heads: 12, width: 768, contextLength: 2048, tokenizer: "GPT2" } }),
    "BAD_USER_INPUT",
    "input.architecture",
    /^A model of [\d,]+ parameters needs [\d,]+ MB of memory to be trained; a job may use 269 MB\.$/,
  ],
  [
    "a learning rate of 0",
    () => ({ learningRate: 0 }),
    "BAD_USER_INPUT",
    "input.learningRate",
    /Learning rate is 0; it must be at least 1e-10/,
  ],
  ["a negative learning rate", () => ({ learningRate: -1e-3 }), "BAD_USER_INPUT", "input.learningRate", /-0\.001/],
  ["no epoch", () => ({ epochs: 0 }), "BAD_USER_INPUT", "input.epochs", /Epochs is 0/],
  ["a batch of none", () => ({ batchSize: 0 }), "BAD_USER_INPUT", "input.batchSize", /Batch size is 0/],
  [
    "all activations dropped",
    () => ({ dropout: 1 }),
    "BAD_USER_INPUT",
    "input.dropout",
    /Dropout is 1; it must be at least 0 and below 1\./,
  ],
  ["a seed beyond 32 bits", () => ({ seed: 2 ** 31 }), "BAD_USER_INPUT", undefined, /Int cannot represent/],
  [
    "nothing to begin from",
    () => ({ architecture: null }),
    "BAD_USER_INPUT",
    "input.baseModelId",
    /Give exactly one of baseModelId, baseJobId, architecture; none is given\./,
  ],
  [
    "two things to begin from",
    () => ({ baseModelId: ids.sftModel }),
    "BAD_USER_INPUT",
    "input.architecture",
    /baseModelId and architecture are given/,
  ],
  [
    "a reward model to begin from",
    () => ({ architecture: null, baseModelId: ids.rewardModel }),
    "BAD_USER_INPUT",
    "input.baseModelId",
    /names a model of stage REWARD; supervised fine-tuning begins from PRETRAINED, IMPORTED, SFT\./,
  ],
  [
    "a policy to begin from",
    () => ({ architecture: null, baseModelId: ids.policy }),
    "BAD_USER_INPUT",
    "input.baseModelId",
    /names a model of stage POLICY/,
  ],
  [
    "a model that does not exist",
    () => ({ architecture: null, baseModelId: globalId("Model", "999") }),
    "NOT_FOUND",
    "input.baseModelId",
    /The model .* was not found\./,
  ],
  [
    "the id of something else",
    () => ({ architecture: null, baseModelId: ids.good }),
    "BAD_USER_INPUT",
    "input.baseModelId",
    /is the id of a Dataset; it must be that of a Model\./,
  ],
  [
    "a job that makes no model to begin from",
    () => ({ architecture: null, baseJobId: ids.generation }),
    "BAD_USER_INPUT",
    "input.baseJobId",
    /names a job of kind GENERATION, which makes no model/,
  ],
  [
    "a job that failed to begin from",
    () => ({ architecture: null, baseJobId: ids.failed }),
    "CONFLICT",
    undefined,
    /is FAILED: it makes no model/,
  ],
  [
    "a job that does not exist",
    () => ({ architecture: null, baseJobId: globalId("Job", "999") }),
    "NOT_FOUND",
    "input.baseJobId",
    /The job .* was not found\./,
  ],
  ["an empty name", () => ({ name: "" }), "BAD_USER_INPUT", "input.name", /name/],
  ["a name of 201 characters", () => ({ name: "x".repeat(201) }), "BAD_USER_INPUT", "input.name", /200/],
  [
    "the name of a model",
    () => ({ name: "policy" }),
    "CONFLICT",
    undefined,
    /The name "policy" belongs to another model/,
  ],
  ["a dataset that does not exist", () => ({ datasetId: globalId("Dataset", "999") }), "NOT_FOUND", undefined, /./],
];

test.each(REFUSED)("%s is refused, and nothing is started", async (_name, input, code, field, sentence) => {
  const before = await jobs();
  const answer = await server.graphql(START, { input: { datasetId: ids.good, architecture: TINY, ...input() } });
  const [error] = answer.errors ?? [];
  expect(error?.message).toMatch(sentence);
  expect(error?.extensions.code).toMatch(new RegExp(`^(${code})$`));
  if (field) expect(error?.extensions.field).toBe(field);
  expect(await jobs()).toBe(before);
});

test("a number too large to hold is refused", async () => {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      query: START,
      variables: { input: { datasetId: ids.good, architecture: TINY, learningRate: 7 } },
    }).replace('"learningRate":7', '"learningRate":1e400'),
  });
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining("Float cannot represent"), extensions: { code: "BAD_USER_INPUT" } }],
  });
});

test("what is given and what is left to the recipe stands in the job's config, with reasons", async () => {
  const { startSft } = await server.data<{ startSft: { config: Record<string, unknown>; id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id config } }",
    { input: { datasetId: ids.good, architecture: TINY, recipe: "PAPER", epochs: 2 } },
  );
  // InstructGPT, appendix C.1.
  expect(startSft.config).toMatchObject({
    recipe: "PAPER",
    learningRate: 9.65e-6,
    batchSize: 32,
    dropout: 0.2,
    warmUpSteps: 0,
    finalLearningRateFraction: 0.1,
    epochs: 2,
    reasons: { epochs: "Given.", learningRate: expect.stringContaining("PAPER") },
  });
  await server.data(`mutation { cancelJob(id: "${startSft.id}") { id } }`);
});

test("a job of a dataset that the key may not see is as if it were not there", async () => {
  const key = await server.key("CLIENT", { datasetIds: [parseGlobalId(ids.bare as string)?.id as string] });
  const say = async (query: string) =>
    (await server.graphql(query, {}, key)).errors?.map(({ message, extensions }) => [extensions.code, message]);
  const absent = globalId("Job", "999");
  const hidden = ids.generation as string;
  for (const mutation of ["cancelJob", "retryJob"]) {
    const [there, nowhere] = [
      await say(`mutation { ${mutation}(id: "${hidden}") { id } }`),
      await say(`mutation { ${mutation}(id: "${absent}") { id } }`),
    ];
    expect(there).toEqual([["NOT_FOUND", `The job "${hidden}" was not found.`]]);
    expect(nowhere).toEqual([["NOT_FOUND", `The job "${absent}" was not found.`]]);
  }
  const start = await server.graphql(START, { input: { datasetId: ids.good, architecture: TINY } }, key);
  expect(start.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" }, message: "The dataset was not found." }]);
});

test("jobs that have ended are not cancelled, and only failed or cancelled ones are retried", async () => {
  const code = async (mutation: string, id: string | undefined) =>
    (await server.graphql(`mutation { ${mutation}(id: "${id}") { id } }`)).errors?.[0]?.extensions.code ?? "done";
  expect(await code("cancelJob", ids.succeeded)).toBe("CONFLICT");
  expect(await code("cancelJob", ids.failed)).toBe("CONFLICT");
  expect(await code("retryJob", ids.succeeded)).toBe("CONFLICT");
  expect(await code("retryJob", ids.generation)).toBe("CONFLICT");
  expect(await code("retryJob", ids.failed)).toBe("done");
  // Its name is taken by its own model: that is not what stands in the way.
  const { errors } = await server.graphql(`mutation { retryJob(id: "${ids.succeeded}") { id } }`);
  expect(errors?.[0]?.message).toBe("The job is SUCCEEDED; only one that is FAILED or CANCELLED can be retried.");
});

test("a model that an open job needs is not deleted", async () => {
  const { startSft } = await server.data<{ startSft: { id: string } }>(START, {
    input: { datasetId: ids.good, baseModelId: ids.sftModel },
  });
  const remove = () => server.graphql(`mutation { deleteModel(id: "${ids.sftModel}") }`);
  expect((await remove()).errors).toMatchObject([
    { extensions: { code: "CONFLICT" }, message: expect.stringContaining(startSft.id) },
  ]);
  await server.data(`mutation { cancelJob(id: "${startSft.id}") { id } }`);
  expect((await remove()).data).toEqual({ deleteModel: true });
  expect((await remove()).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
});

test("a base whose file is gone or damaged is refused, and so is a job whose model was deleted", async () => {
  const refusal = async (input: Record<string, unknown>) =>
    (await server.graphql(START, { input: { datasetId: ids.good, ...input } })).errors?.[0];
  expect(await refusal({ baseModelId: ids.damaged })).toMatchObject({
    message: 'The file of the model "damaged" is gone or damaged.',
    extensions: { code: "UNPROCESSABLE", field: "input.baseModelId" },
  });
  const sha256 = parseGlobalId(ids.damaged as string) && createHash("sha256").update("damaged").digest("hex");
  writeFileSync(server.directory.model(sha256 as string), "damagee");
  expect(await refusal({ baseModelId: ids.damaged })).toMatchObject({ extensions: { code: "UNPROCESSABLE" } });
  expect(await refusal({ baseJobId: ids.succeeded })).toMatchObject({
    message: "The model that the job input.baseJobId names made was deleted.",
    extensions: { code: "CONFLICT" },
  });
});

test("a job whose predecessor is cancelled at the same moment is refused or cancelled, and never waits for ever", async () => {
  for (let round = 0; round < 5; round++) {
    const { startSft } = await server.data<{ startSft: { id: string } }>(START, {
      input: { datasetId: ids.good, architecture: TINY },
    });
    const waiting = Array.from({ length: 6 }, () =>
      server.graphql<{ startSft: { id: string } }>(START, { input: { datasetId: ids.good, baseJobId: startSft.id } }),
    );
    const cancelled = server.data(`mutation { cancelJob(id: "${startSft.id}") { id } }`);
    const answers = await Promise.all(waiting);
    await cancelled;
    for (const { data, errors } of answers) {
      if (!data) expect(errors).toMatchObject([{ extensions: { code: "CONFLICT" } }]);
      else
        expect(
          await server.data(`{ node(id: "${data.startSft.id}") { ... on Job { status error { code message } } } }`),
        ).toEqual({
          node: {
            status: "CANCELLED",
            error: {
              code: "DEPENDENCY_FAILED",
              message: `The job ${startSft.id}, which it waits for, was cancelled.`,
            },
          },
        });
    }
  }
});

test.each(["  ", "a\nb", "\u001b[31mred"])("the name %j is refused", async (name) => {
  const { errors } = await server.graphql(START, { input: { datasetId: ids.good, architecture: TINY, name } });
  expect(errors).toMatchObject([{ message: expect.stringContaining("it must have a character that is seen") }]);
});

const GENERATE = "mutation ($input: GenerateInput!) { generate(input: $input) { id config progress { totalSteps } } }";
test.each([
  ["a reward model", () => ({ modelId: ids.rewardModel }), "BAD_USER_INPUT", "input.modelId"],
  [
    "no prompt that matches",
    () => ({ promptFilter: { search: "no such text" } }),
    "UNPROCESSABLE",
    "input.promptFilter",
  ],
  ["no prompts", () => ({ maxPrompts: 0 }), "BAD_USER_INPUT", "input.maxPrompts"],
  [
    "a count below 0 in the filter",
    () => ({ promptFilter: { minRankings: -1 } }),
    "BAD_USER_INPUT",
    "input.promptFilter.minRankings",
  ],
  ["no samples", () => ({ samplesPerPrompt: 0 }), "BAD_USER_INPUT", "input.samplesPerPrompt"],
  ["a negative temperature", () => ({ temperature: -1 }), "BAD_USER_INPUT", "input.temperature"],
  ["a response longer than the window", () => ({ maxResponseTokens: 48 }), "BAD_USER_INPUT", "input.maxResponseTokens"],
] as const)("generate with %s is refused", async (_name, input, code, field) => {
  const before = await jobs();
  const answer = await server.graphql(GENERATE, { input: { datasetId: ids.good, modelId: ids.policy, ...input() } });
  expect(answer.errors).toMatchObject([{ extensions: { code, field } }]);
  expect(await jobs()).toBe(before);
});

test("generate takes the prompts that are not excluded, or those of its filter, and at most so many", async () => {
  const total = async (input: object) =>
    (
      await server.data<{ generate: { progress: { totalSteps: number } } }>(GENERATE, {
        input: { datasetId: ids.good, modelId: ids.policy, ...input },
      })
    ).generate.progress.totalSteps;
  expect(await total({})).toBe(28);
  expect(await total({ promptFilter: { splits: ["VALIDATION"] } })).toBe(4);
  expect(await total({ maxPrompts: 3 })).toBe(3);
});
