/** A job that waits for one of a dataset that the key may not see: nothing that it says names that one. */
import { parseGlobalId } from "../../../src/services/input/global-id.js";
import { importText } from "../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../support/server.js";
import { storeModel } from "../../support/stored-model.js";
import { demonstrationLines, TINY } from "../../support/training-server.js";

let server: TestServer;
let hidden: string;
let shown: string;
let client: string;

beforeAll(async () => {
  server = await startTestServer();
  const made = async (slug: string) => {
    await importText(server, slug, demonstrationLines());
    return (await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`)).dataset.id;
  };
  [hidden, shown] = [await made("hidden"), await made("shown")];
  client = await server.key("CLIENT", { datasetIds: [parseGlobalId(shown)?.id as string] });
});
afterAll(() => server.close());

async function train(input: Record<string, unknown>): Promise<string> {
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { epochs: 1, ...input } },
  );
  return startSft.id;
}

interface Told {
  readonly status: string;
  readonly config: Record<string, unknown>;
  readonly queueReason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly dependsOn: readonly { readonly id: string }[];
}

/** What a key is told of a job, by its id and in the list. */
async function told(id: string, key: string): Promise<Told> {
  const fields = "status config queueReason error { code message } dependsOn { id }";
  const { data } = await server.graphql<{ node: Told; jobs: { nodes: (Told & { id: string })[] } }>(
    `{ node(id: "${id}") { ... on Job { ${fields} } } jobs(first: 50) { nodes { id ${fields} } } }`,
    {},
    key,
  );
  expect(data?.jobs.nodes.find((job) => job.id === id)).toEqual({ id, ...data?.node });
  return data?.node as Told;
}

const UNKNOWN = "When it begins is not known: how long what is before it takes is not.";

test("settings, the queue's reason, the error of its end and the refusal of a retry name nothing that is hidden", async () => {
  const theirs = await train({ datasetId: hidden, architecture: TINY });
  const mine = await train({ datasetId: shown, baseJobId: theirs });
  const waiting = { ...(await told(mine, server.adminKey)) };
  expect(waiting.config.baseJobId).toBe(theirs);
  expect(waiting.queueReason).toBe(`It waits for the model of the job ${theirs}. ${UNKNOWN}`);
  expect(await told(mine, client)).toEqual({
    ...waiting,
    config: { ...waiting.config, baseJobId: null },
    queueReason: `It waits for the model of a job that this key may not see. ${UNKNOWN}`,
    dependsOn: [],
  });

  await server.data(`mutation { cancelJob(id: "${theirs}") { id } }`);
  expect((await told(mine, server.adminKey)).error?.message).toBe(
    `The job ${theirs}, which it waits for, was cancelled.`,
  );
  expect((await told(mine, client)).error).toEqual({
    code: "DEPENDENCY_FAILED",
    message: "It waited for a job that this key may not see, and that ended without a model.",
  });
  const retry = `mutation { retryJob(id: "${mine}") { id } }`;
  expect((await server.graphql(retry)).errors?.[0]?.message).toBe(
    `The job ${theirs}, which it waits for, ended without a model; retry that one first.`,
  );
  const refused = await server.graphql(retry, {}, client);
  expect(refused.errors).toMatchObject([
    {
      extensions: { code: "CONFLICT" },
      message:
        "It waits for a job that this key may not see, and that ended without a model; who may see it must retry that one first.",
    },
  ]);
  expect(JSON.stringify([await told(mine, client), refused])).not.toContain(theirs);
});

test("what the key may see is named to it, beside what it may not", async () => {
  const [theirs, ours] = [
    await train({ datasetId: hidden, architecture: TINY }),
    await train({ datasetId: shown, architecture: TINY }),
  ];
  const mine = await train({ datasetId: shown, baseJobId: ours });
  await server.database.select("insert into job_dependency (job_id, depends_on_id, role) values ($1, $2, 'other')", [
    parseGlobalId(mine)?.id,
    parseGlobalId(theirs)?.id,
  ]);
  expect(await told(mine, client)).toMatchObject({
    config: { baseJobId: ours },
    queueReason: `It waits for the model of the job ${ours} and of a job that this key may not see. ${UNKNOWN}`,
    dependsOn: [{ id: ours }],
  });
  expect((await told(mine, server.adminKey)).queueReason).toBe(
    `It waits for the model of the jobs ${theirs}, ${ours}. ${UNKNOWN}`,
  );
  await server.data(`mutation { cancelJob(id: "${ours}") { id } }`);
  expect((await told(mine, client)).error?.message).toBe(`The job ${ours}, which it waits for, was cancelled.`);
});

test("a model of a hidden dataset is null in the settings, and nameless where it was deleted", async () => {
  const datasetOfModel = { stage: "SFT", datasetId: hidden } as const;
  const model = await storeModel(server, { name: "secret", seed: 4, ...datasetOfModel });
  const mine = await train({ datasetId: shown, baseModelId: model.id });
  expect((await told(mine, server.adminKey)).config.baseModelId).toBe(model.id);
  expect((await told(mine, client)).config.baseModelId).toBeNull();
  await server.data(`mutation { cancelJob(id: "${mine}") { id } }`);
  await server.data(`mutation { removeModel(id: "${model.id}") { deletedId } }`);
  const retry = `mutation { retryJob(id: "${mine}") { id } }`;
  expect((await server.graphql(retry, {}, client)).errors?.[0]?.message).toBe(
    "A model that the job needs, and that this key may not see, was deleted.",
  );
  expect((await server.graphql(retry)).errors?.[0]?.message).toBe(
    'The model "secret", which the job needs, was deleted.',
  );
});
