/** A reward model of another tokenizer is refused as soon as that can be known. */
import { makeTokenizer, readTokenizer } from "../../../../src/datasets/tokenizers/make-tokenizer.js";
import { importText } from "../../../support/import-over-http.js";
import { rankedLines } from "../../../support/ranked-lines.js";
import { startTestServer, type TestServer } from "../../../support/server.js";
import { storeModel } from "../../../support/stored-model.js";
import { TINY } from "../../../support/training-server.js";

let server: TestServer;
let datasetId: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer();
  await importText(server, "d", rankedLines());
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
  const merges = (...lines: string[]) => readTokenizer(JSON.stringify({ kind: "TRAINED_BPE", merges: lines }));
  for (const [name, tokenizer] of [
    ["bytes", await makeTokenizer("BYTES", [], 0)],
    ["ab", await merges("a b", "b c")],
    ["cd", await merges("a b", "c d")],
    ["longer", await merges("a b", "b c", "c d")],
  ] as const) {
    ids[`${name}-sft`] = (await storeModel(server, { name: `${name}-sft`, stage: "SFT", datasetId, tokenizer })).id;
    ids[name] = (await storeModel(server, { name, stage: "REWARD", datasetId, tokenizer })).id;
  }
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, architecture: { ...TINY, tokenizer: "TRAINED_BPE", vocabularySize: 300 } } },
  );
  ids.job = startSft.id;
});
afterAll(() => server.close());

const start = (input: Record<string, unknown>) =>
  server.graphql<{ startPpo: { id: string; dependsOn: { id: string }[] } }>(
    "mutation ($input: PpoInput!) { startPpo(input: $input) { id dependsOn { id } } }",
    { input: { datasetId, episodes: 8, batchSize: 8, maxResponseTokens: 4, ...input } },
  );

/** 256 bytes, the merges and <|endoftext|>. */
const ofTokens = (tokens: number) => `TRAINED_BPE of ${tokens} tokens \\(SHA-256 [0-9a-f]{12}…\\)`;

test.each([
  ["another kind", "ab-sft", "bytes", "BYTES of 257 tokens", ofTokens(259)],
  ["as many tokens, of other merges", "ab-sft", "cd", ofTokens(259), ofTokens(259)],
  ["a longer list of merges that begins alike", "ab-sft", "longer", ofTokens(260), ofTokens(259)],
])("%s: refused when asked, in a sentence with both", async (_what, policy, reward, ofReward, ofPolicy) => {
  const { errors } = await start({ sftModelId: ids[policy], rewardModelId: ids[reward] });
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field: "input.rewardModelId" } }]);
  expect(errors?.[0]?.message).toMatch(
    new RegExp(
      `^The reward model's tokenizer is ${ofReward} and the policy's ${ofPolicy}; they must be the same, for the value model begins as the reward model and reads the policy's tokens\\.$`,
    ),
  );
});

test("of a model that a job will make the kind alone is known: another one is refused, the same may start", async () => {
  const { errors } = await start({ sftJobId: ids.job, rewardModelId: ids.bytes });
  expect(errors?.[0]?.message).toMatch(
    /^The reward model's tokenizer is BYTES of 257 tokens and the policy's TRAINED_BPE of at most 300 tokens;/,
  );
  const { data } = await start({ sftJobId: ids.job, rewardModelId: ids.ab });
  expect(data?.startPpo.dependsOn).toEqual([{ id: ids.job }]);
});

test("equal merges are the same tokenizer, whichever model carries them", async () => {
  expect((await start({ sftModelId: ids["ab-sft"], rewardModelId: ids.ab })).errors).toBeUndefined();
});
