/** Relay as docs/clients.md sets it up: its compiler over our schema, its runtime over our server. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { type ConcreteRequest, type Environment, fetchQuery } from "relay-runtime";
import { startTestServer, type TestServer } from "../support/server.js";
import { block, exampleClient } from "./examples.js";

const SCHEMA = fileURLToPath(new URL("../../src/schema/schema.graphql", import.meta.url));
const COMPILER = fileURLToPath(new URL("../../node_modules/relay-compiler/cli.js", import.meta.url));
const QUERY = `query appDatasetQuery($slug: String!, $first: Int!, $after: String) {
  dataset(slug: $slug) {
    id name createdAt
    prompts(first: $first, after: $after) @connection(key: "app_prompts") { edges { node { id text metadata } } }
  }
}`;

let server: TestServer;
let folder: string;
let artifact: string;

beforeAll(async () => {
  server = await startTestServer();
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    'mutation { createDataset(input: { slug: "a", name: "A" }) { id } }',
  );
  const prompts = ["one", "two", "three"].map((text) => ({ text, source: "CUSTOMER", metadata: { text } }));
  await server.data("mutation ($input: CreatePromptsInput!) { createPrompts(input: $input) { id } }", {
    input: { datasetId: createDataset.id, prompts },
  });
  folder = mkdtempSync(path.join(os.tmpdir(), "accord-relay-"));
  mkdirSync(path.join(folder, "src"));
  copyFileSync(SCHEMA, path.join(folder, "schema.graphql"));
  writeFileSync(path.join(folder, "relay.config.json"), block("json", "relay"));
  writeFileSync(path.join(folder, "src", "app.ts"), `graphql\`${QUERY}\`;\n`);
  execFileSync(process.execPath, [COMPILER, "relay.config.json"], { cwd: folder, stdio: "pipe" });
  artifact = readFileSync(path.join(folder, "src", "__generated__", "appDatasetQuery.graphql.ts"), "utf8");
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

/** What the compiler wrote, as the runtime takes it. */
function compiled(): ConcreteRequest {
  const module = { exports: {} as { default?: ConcreteRequest } };
  new Function("module", "exports", transformSync(artifact, { loader: "ts", format: "cjs" }).code)(
    module,
    module.exports,
  );
  return module.exports.default as ConcreteRequest;
}

interface Data {
  readonly dataset: {
    readonly name: string;
    readonly prompts: { readonly edges: { node: { text: string } }[] };
  } | null;
}

test("the compiler takes our connections, and types our scalars", () => {
  expect(artifact).toContain("readonly createdAt: string;");
  expect(artifact).toContain("readonly metadata: Record<string, unknown>;");
  expect(artifact).not.toContain("any;");
});

test("the runtime reads pages of a connection", async () => {
  const client = await exampleClient<Environment>("relay", { url: server.url, key: server.adminKey });
  const ask = (variables: object) =>
    fetchQuery<{ response: Data; variables: object }>(client, compiled() as never, variables).toPromise();
  const first = await ask({ slug: "a", first: 2 });
  expect(first?.dataset?.prompts.edges.map(({ node }) => node.text)).toEqual(["one", "two"]);
});

test("an argument that is wrong is an error, and leaves the dataset where it is", async () => {
  const client = await exampleClient<Environment>("relay", { url: server.url, key: server.adminKey });
  const ask = (first: number) =>
    fetchQuery<{ response: Data; variables: object }>(client, compiled() as never, { slug: "a", first }).toPromise();
  expect((await ask(2))?.dataset?.name).toBe("A");
  await expect(ask(500)).rejects.toThrow("first is 500; it must be 0 to 200.");
  const [, dataset] =
    Object.entries(client.getStore().getSource().toJSON()).find(
      ([, record]) => record?.slug === undefined && record?.__typename === "Dataset",
    ) ?? [];
  expect(dataset).toMatchObject({ name: "A" });
  const root = client.getStore().getSource().get("client:root");
  expect(root?.['dataset(slug:"a")']).toMatchObject({ __ref: expect.any(String) });
});
