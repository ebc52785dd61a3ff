import { type Client, createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { startTestServer, type TestServer } from "../support/server.js";
import { numberOf } from "../support/writing.js";

let server: TestServer;
let datasetId: string;
let made = 0;
const clients: Client[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  made += 1;
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    "mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { id } }",
    { input: { slug: `watched-${made}`, name: "Watched" } },
  );
  datasetId = createDataset.id;
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

interface Event {
  readonly revision: number;
  readonly name: string;
  readonly prompts?: { readonly totalCount: number };
}
interface Heard {
  readonly events: { at: number; event: Event | undefined; code: string | undefined }[];
  /** How the subscription ended; pending as long as it has not. */
  readonly ended: Promise<unknown>;
  readonly end: () => void;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Subscribes with graphql-ws's own client; resolves once the server has begun to watch. */
async function watch(key: string, select = "revision name", id = datasetId): Promise<Heard> {
  let close: (event: { code: number; reason: string }) => void = () => {};
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    close = resolve;
  });
  const client = createClient({
    url: `${server.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
    on: { closed: (event) => close(event as { code: number; reason: string }) },
  });
  clients.push(client);
  const events: Heard["events"] = [];
  let end: () => void = () => {};
  const query = `subscription ($id: ID!) { datasetChanged(datasetId: $id) { ${select} } }`;
  const ended = new Promise<unknown>((resolve) => {
    end = client.subscribe<{ datasetChanged: Event }>(
      { query, variables: { id } },
      {
        next: ({ data, errors }) =>
          events.push({
            at: performance.now(),
            event: data?.datasetChanged,
            code: errors?.[0]?.extensions?.code as string | undefined,
          }),
        error: resolve,
        complete: () => resolve("complete"),
      },
    );
  });
  // An answered query on the same socket tells that the subscription before it was taken; then its first look is over too.
  await new Promise<void>((resolve, reject) => {
    client.subscribe({ query: "{ viewer { role } }" }, { next: () => {}, error: reject, complete: resolve });
  }).catch(() => {});
  await sleep(150);
  return { events, ended, end, closed };
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("It did not come about within 10 s.");
    await sleep(10);
  }
}

const rename = async (name: string): Promise<number> => {
  const { updateDataset } = await server.data<{ updateDataset: { revision: number } }>(
    "mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { revision } }",
    { input: { id: datasetId, name } },
  );
  return updateDataset.revision;
};

describe("datasetChanged", () => {
  test("tells a change at once, and reads everything below it afresh", async () => {
    const heard = await watch(server.adminKey, "revision name prompts { totalCount }");
    expect(heard.events).toEqual([]);
    await rename("First");
    await until(() => heard.events.length === 1);
    expect(heard.events[0]?.event).toEqual({ revision: 1, name: "First", prompts: { totalCount: 0 } });
    await server.data(
      `mutation { createPrompts(input: {datasetId: "${datasetId}", prompts: [{text: "a"}, {text: "b"}]}) { id } }`,
    );
    await until(() => heard.events.length === 2);
    expect(heard.events[1]?.event).toEqual({ revision: 2, name: "First", prompts: { totalCount: 2 } });
    heard.end();
  });

  test("tells at most one event a second, and never loses the last", async () => {
    const heard = await watch(server.adminKey);
    const begun = performance.now();
    let last = 0;
    while (performance.now() - begun < 2300) last = await rename(`Name ${last}`);
    await until(() => heard.events.at(-1)?.event?.revision === last);
    await sleep(1200);
    const revisions = heard.events.map(({ event }) => event?.revision as number);
    expect(revisions.at(-1)).toBe(last);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    // One at once and one a second from then on; in between many changes are told by one event.
    const seconds = (performance.now() - begun) / 1000;
    expect(revisions.length).toBeGreaterThanOrEqual(3);
    expect(revisions.length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
    expect(last).toBeGreaterThan(revisions.length);
    heard.end();
  });

  test("speaks of the dataset asked for only", async () => {
    const heard = await watch(server.adminKey);
    const other = await server.data<{ createDataset: { id: string } }>(
      `mutation { createDataset(input: {slug: "other-${made}", name: "Other"}) { id } }`,
    );
    await server.data(`mutation { updateDataset(input: {id: "${other.createDataset.id}", name: "Changed"}) { id } }`);
    await sleep(300);
    expect(heard.events).toEqual([]);
    heard.end();
  });

  test.each(["ANALYST", "CLIENT"] as const)("is open to %s", async (role) => {
    const options = role === "CLIENT" ? { datasetIds: [numberOf(datasetId)] } : {};
    const heard = await watch(await server.key(role, options));
    await rename("Seen");
    await until(() => heard.events.length === 1);
    expect(heard.events[0]?.event?.name).toBe("Seen");
    heard.end();
  });

  test("is as if it did not exist for a labeler, a client without it, and where there is none", async () => {
    const other = await server.data<{ createDataset: { id: string } }>(
      `mutation { createDataset(input: {slug: "granted-${made}", name: "Granted"}) { id } }`,
    );
    const { registerLabeler } = await server.data<{ registerLabeler: { id: string } }>(
      `mutation { registerLabeler(input: {handle: "watcher ${made}"}) { id } }`,
    );
    const refused = [
      await watch(await server.key("LABELER", { labelerId: numberOf(registerLabeler.id) })),
      await watch(await server.key("CLIENT", { datasetIds: [numberOf(other.createDataset.id)] })),
      await watch(server.adminKey, "name", Buffer.from("Dataset:999999").toString("base64url")),
    ];
    for (const { ended, events } of refused) {
      const end = (await ended) as { message: string; extensions: { code: string } }[] | "complete";
      const told = end === "complete" ? events.map(({ code }) => code) : end.map(({ extensions }) => extensions.code);
      expect(told).toEqual(["NOT_FOUND"]);
    }
  });

  test("ends with NOT_FOUND when the dataset is deleted", async () => {
    const heard = await watch(server.adminKey);
    await server.data(`mutation { deleteDataset(id: "${datasetId}", slug: "watched-${made}") }`);
    expect(await heard.ended).toBe("complete");
    expect(heard.events.map(({ code }) => code)).toEqual(["NOT_FOUND"]);
  });

  test("ends with NOT_FOUND when the grant is gone", async () => {
    const key = await server.key("CLIENT", { datasetIds: [numberOf(datasetId)] });
    const heard = await watch(key);
    await server.database.select("delete from api_key_dataset where dataset_id = $1", [numberOf(datasetId)]);
    await rename("Hidden");
    expect(await heard.ended).toBe("complete");
    expect(heard.events).toMatchObject([{ code: "NOT_FOUND", event: undefined }]);
  });

  test("closes the socket at once when its key is revoked, and tells nothing more", async () => {
    const { createApiKey } = await server.data<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
      `mutation { createApiKey(input: {name: "watcher", role: ANALYST}) { secret apiKey { id } } }`,
    );
    const heard = await watch(createApiKey.secret);
    await server.data(`mutation { revokeApiKey(id: "${createApiKey.apiKey.id}") { revokedAt } }`);
    expect(await heard.closed).toMatchObject({ code: 4401 });
    await rename("After");
    await sleep(200);
    expect(heard.events).toEqual([]);
  });

  test("closes the socket when its key expires", async () => {
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const { createApiKey } = await server.data<{ createApiKey: { secret: string } }>(
      `mutation { createApiKey(input: {name: "brief", role: ANALYST, expiresAt: "${expiresAt}"}) { secret } }`,
    );
    const heard = await watch(createApiKey.secret);
    await rename("Before");
    await until(() => heard.events.length === 1);
    expect(await heard.closed).toMatchObject({ code: 4401 });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });
});
