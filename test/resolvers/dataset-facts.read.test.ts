/** What is told of a dataset as a whole: sources, instructions, policy, sizes, use cases, lengths. */
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
let fixture: Fixture;

beforeAll(async () => {
  server = await startTestServer();
  fixture = new Fixture(server.database);
});

afterAll(() => server.close());

const facts = async (slug: string, fields: string) =>
  (
    await server.data<{ dataset: Record<string, unknown> }>(
      `query ($slug: String!) { dataset(slug: $slug) { ${fields} } }`,
      { slug },
    )
  ).dataset;

test("an empty dataset has empty lists, and no policy", async () => {
  await fixture.dataset("empty");
  const fields = `sources { name } instructionVersions { version } splitPolicy { seed } splitSizes { stage }
    useCases { useCase } stages: lengths(by: STAGE_SPLIT) { group } uses: lengths(by: USE_CASE) { group }
    demonstrated: lengths(by: DEMONSTRATION_SOURCE) { group } prompts { totalCount } rankings { totalCount }
    demonstrations { totalCount }`;
  expect(await facts("empty", fields)).toEqual({
    sources: [],
    instructionVersions: [],
    splitPolicy: null,
    splitSizes: [],
    useCases: [],
    stages: [],
    uses: [],
    demonstrated: [],
    prompts: { totalCount: 0 },
    rankings: { totalCount: 0 },
    demonstrations: { totalCount: 0 },
  });
});

test("sources by name, with their prompts and latest version; completions without one are no source's", async () => {
  const dataset = await fixture.dataset("sources");
  const [p, q] = [await fixture.prompt(dataset), await fixture.prompt(dataset)];
  await fixture.completions(dataset, p, 2, { source: "sft-2" });
  await fixture.completions(dataset, p, 1, { source: "ppo" });
  await fixture.completions(dataset, p, 1, { source: "ppo", version: 2 });
  await fixture.completions(dataset, q, 1, { source: "sft-2" });
  await fixture.completions(dataset, q, 1, { source: null });
  await fixture.completions(dataset, q, 1, { source: "later", addedIn: 2 });
  expect(await facts("sources", "sources { name completions prompts latestVersion }")).toEqual({
    sources: [
      { name: "ppo", completions: 2, prompts: 1, latestVersion: 2 },
      { name: "sft-2", completions: 3, prompts: 2, latestVersion: 1 },
    ],
  });
});

test("the policy in force, and the instructions in order", async () => {
  const dataset = await fixture.dataset("policy", { revision: 3 });
  await fixture.policy(dataset, { seed: 1, removedIn: 2 });
  await fixture.policy(dataset, { seed: 2, addedIn: 2, groupBy: "PROMPT" });
  await fixture.instructions(dataset, 2, { addedIn: 2 });
  await fixture.instructions(dataset, 1);
  await fixture.instructions(dataset, 3, { addedIn: 4 });
  const fields = "splitPolicy { train validation test seed groupBy assignedAt } instructionVersions { version }";
  expect(await facts("policy", fields)).toEqual({
    splitPolicy: {
      train: 0.8,
      validation: 0.1,
      test: 0.1,
      seed: 2,
      groupBy: "PROMPT",
      assignedAt: expect.stringMatching(/^2026-01-05T/),
    },
    instructionVersions: [{ version: 1 }, { version: 2 }],
  });
});

test("split sizes: examples are what TRAINING labelers made; exclusion is by stage; no split, no row", async () => {
  const dataset = await fixture.dataset("sizes");
  const [trainer, outsider] = [await fixture.labeler("trainer"), await fixture.labeler("outsider")];
  await fixture.member(dataset, trainer);
  await fixture.member(dataset, outsider, "HELD_OUT");
  const pairs = [1, 2, 3].map((i) => ({ query: `q${i}`, response: `r${i}` }));
  const a = await fixture.prompt(dataset, { split: "TRAIN", source: "LABELER", fewShot: pairs });
  await fixture.completions(dataset, a, 4);
  await fixture.demonstration(dataset, a, trainer, "d1");
  await fixture.demonstration(dataset, a, outsider, "d2");
  // A>B>C=D holds 5 strict pairs, A=B>C two, and C(4,2) = 6 are in A>B>C>D.
  await fixture.ranking(dataset, a, trainer, [[0], [1], [2, 3]]);
  await fixture.ranking(dataset, a, trainer, [[0, 1], [2]]);
  await fixture.ranking(dataset, a, outsider, [[0], [1], [2], [3]]);
  const excluded = { reason: "x", from: ["RM" as const], by: "k", at: fixture.time() };
  const b = await fixture.prompt(dataset, { split: "TRAIN", source: "LABELER", exclusion: excluded });
  await fixture.completions(dataset, b, 2);
  await fixture.ranking(dataset, b, trainer, [[0], [1]]);
  await fixture.demonstration(dataset, b, outsider, "d3");
  await fixture.prompt(dataset, { split: "VALIDATION" });
  await fixture.prompt(dataset, { split: "VALIDATION" });
  await fixture.prompt(dataset, { split: "TEST", fewShot: pairs, stages: ["SFT"] });
  await fixture.prompt(dataset, { split: null });
  expect(await facts("sizes", "splitSizes { stage split source prompts examples }")).toEqual({
    splitSizes: [
      // a: one demonstration and three pairs; b: a demonstration, but not by a TRAINING labeler.
      { stage: "SFT", split: "TRAIN", source: "LABELER", prompts: 2, examples: 4 },
      // A customer's pairs are no examples, though the prompt was stated to be of SFT.
      { stage: "SFT", split: "TEST", source: "CUSTOMER", prompts: 1, examples: 0 },
      { stage: "RM", split: "TRAIN", source: "LABELER", prompts: 1, examples: 7 },
      { stage: "PPO", split: "VALIDATION", source: "CUSTOMER", prompts: 2, examples: 2 },
    ],
  });
});

test("use cases by frequency, then in the vocabulary's order; shares of all prompts", async () => {
  const dataset = await fixture.dataset("uses");
  for (const useCase of ["CHAT", "EXTRACTION", "EXTRACTION", null, "GENERATION", "EXTRACTION", null, null] as const) {
    await fixture.prompt(dataset, { useCase });
  }
  expect(await facts("uses", "useCases { useCase prompts share }")).toEqual({
    useCases: [
      { useCase: "EXTRACTION", prompts: 3, share: 0.375 },
      { useCase: null, prompts: 3, share: 0.375 },
      { useCase: "GENERATION", prompts: 1, share: 0.125 },
      { useCase: "CHAT", prompts: 1, share: 0.125 },
    ],
  });
});

const LENGTHS = "group count mean std min p25 p50 p75 max";

test("lengths by stage and split, use case, and source of demonstrations, in bytes", async () => {
  const dataset = await fixture.dataset("lengths");
  const labeler = await fixture.labeler("writer");
  await fixture.member(dataset, labeler);
  // 2, 4 and 6 bytes: mean 4, sample deviation √((4 + 0 + 4) / 2) = 2, quartiles 3, 4 and 5.
  for (const text of ["ab", "abcd", "äöü"]) await fixture.prompt(dataset, { text, split: "TRAIN", useCase: "CHAT" });
  // "in" + 2 + "q" + 2 + "rr" + 2 + "" + 2 + "s": 14 bytes with the empty lines between.
  const few = {
    fewShot: [
      { query: "q", response: "rr" },
      { query: "", response: "s" },
    ],
    source: "LABELER",
  } as const;
  const demonstrated = await fixture.prompt(dataset, { ...few, text: "in", fewShot: [...few.fewShot], split: "TEST" });
  await fixture.demonstration(dataset, demonstrated, labeler, "");
  await fixture.demonstration(dataset, demonstrated, labeler, "four");
  const lone = (group: string, length: number) => ({
    ...{ group, count: 1, mean: length, std: 0, min: length, p25: length, p50: length, p75: length, max: length },
  });
  const three = { count: 3, mean: 4, std: 2, min: 2, p25: 3, p50: 4, p75: 5, max: 6 };
  const fields = `stages: lengths(by: STAGE_SPLIT) { ${LENGTHS} } uses: lengths(by: USE_CASE) { ${LENGTHS} }
    demonstrated: lengths(by: DEMONSTRATION_SOURCE) { ${LENGTHS} }`;
  expect(await facts("lengths", fields)).toEqual({
    stages: [lone("SFT TEST", 14), { group: "PPO TRAIN", ...three }],
    uses: [{ group: "CHAT", ...three }, lone("NONE", 14)],
    demonstrated: [
      lone("LABELER prompt", 14),
      { group: "LABELER demonstration", count: 2, mean: 2, std: Math.sqrt(8), min: 0, p25: 1, p50: 2, p75: 3, max: 4 },
    ],
  });
});

test("lengths in GPT-2's tokens; what is added later is counted later, what is counted stays", async () => {
  const dataset = await fixture.dataset("tokens", { tokenizer: "GPT2" });
  // GPT-2 reads "Hello, world!" as 15496 11 995 0 (openai/gpt-2, encoder.json): four tokens.
  await fixture.prompt(dataset, { text: "Hello, world!" });
  expect(await facts("tokens", "lengths(by: USE_CASE) { group count mean }")).toEqual({
    lengths: [{ group: "NONE", count: 1, mean: 4 }],
  });
  const [{ id } = { id: "" }] = await server.database.select<{ id: string }>(
    "update prompt_length set tokens = 40 where prompt_id = (select id from prompt where dataset_id = $1) returning prompt_id as id",
    [dataset],
  );
  expect(id).not.toBe("");
  await fixture.prompt(dataset, { text: "Hello, world!", addedIn: 2 });
  await server.database.select("update dataset set revision = 2 where id = $1", [dataset]);
  expect(await facts("tokens", "revision lengths(by: USE_CASE) { group count min max }")).toEqual({
    revision: 2,
    lengths: [{ group: "NONE", count: 2, min: 4, max: 40 }],
  });
});

test("texts of several megabytes and 5,000 small ones are counted in chunks, once for requests at the same time", async () => {
  const dataset = await fixture.dataset("large");
  for (const bytes of [3_000_000, 3_000_000, 6_000_000]) await fixture.prompt(dataset, { text: "x".repeat(bytes) });
  const group = await fixture.group(dataset, null);
  await server.database.select(
    `with added as (
       insert into prompt (dataset_id, identity, text, kind, source, created_at, created_at_given, added_in)
       select $1, gen_random_uuid(), repeat('y', i % 10 + 1), 'PLAIN', 'CUSTOMER', now(), true, 1
       from generate_series(0, 4999) i returning id)
     insert into prompt_state (prompt_id, dataset_id, split_group_id, added_in) select id, $1, $2, 1 from added`,
    [dataset, group],
  );
  const fields = "lengths(by: USE_CASE) { count min max mean }";
  // 12,000,000 bytes, and 500 times 1 + … + 10 = 55.
  const mean = (12_000_000 + 500 * 55) / 5003;
  const answers = await Promise.all([1, 2, 3].map(() => facts("large", fields)));
  for (const answer of answers) {
    expect(answer).toEqual({ lengths: [{ count: 5003, min: 1, max: 6_000_000, mean: expect.closeTo(mean, 6) }] });
  }
});
