import { type Client, Refusal } from "../server/client.js";
import { print, printJson, table } from "../terminal/output.js";

interface KeyLine {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly labeler: { readonly handle: string } | null;
  readonly datasets: readonly { readonly slug: string }[] | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

const KEY_FIELDS = "id name role labeler { handle } datasets { slug } createdAt expiresAt lastUsedAt revokedAt";

/** Makes a key and prints its secret, this once. */
export async function showNewKey(
  client: Client,
  name: string,
  options: { role: string; dataset: readonly string[]; labeler?: string; expires?: string; json?: boolean },
): Promise<void> {
  const datasetIds = await Promise.all(options.dataset.map((slug) => datasetId(client, slug)));
  const labelerId = options.labeler ? await labelerIdOf(client, options.labeler) : null;
  const { createApiKey } = await client.graphql<{ createApiKey: { secret: string; apiKey: KeyLine } }>(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { ${KEY_FIELDS} } } }`,
    {
      input: {
        name,
        role: options.role,
        ...(datasetIds.length > 0 ? { datasetIds } : {}),
        ...(labelerId ? { labelerId } : {}),
        ...(options.expires ? { expiresAt: options.expires } : {}),
      },
    },
  );
  if (options.json) return printJson(createApiKey);
  print(
    `Key ${createApiKey.apiKey.name} (${createApiKey.apiKey.role}), id ${createApiKey.apiKey.id}. Its secret, shown this once:`,
  );
  print();
  print(`  ${createApiKey.secret}`);
  print();
}

/** Revokes a key by its id. */
export async function revokeKeyById(client: Client, id: string, options: { json?: boolean }): Promise<void> {
  const { revokeApiKey } = await client.graphql<{ revokeApiKey: KeyLine }>(
    `mutation ($id: ID!) { revokeApiKey(id: $id) { ${KEY_FIELDS} } }`,
    { id },
  );
  if (options.json) return printJson(revokeApiKey);
  print(`Key ${revokeApiKey.name} was revoked at ${revokeApiKey.revokedAt}.`);
}

/** Lists every key. */
export async function showKeys(client: Client, options: { json?: boolean }): Promise<void> {
  const keys: KeyLine[] = [];
  let after: string | null = null;
  do {
    const { apiKeys }: { apiKeys: { nodes: KeyLine[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } =
      await client.graphql(
        `query ($after: String) { apiKeys(first: 200, after: $after) { nodes { ${KEY_FIELDS} } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
    keys.push(...apiKeys.nodes);
    after = apiKeys.pageInfo.hasNextPage ? apiKeys.pageInfo.endCursor : null;
  } while (after !== null);
  if (options.json) return printJson(keys);
  const state = (key: KeyLine) =>
    key.revokedAt ? `revoked ${key.revokedAt}` : key.expiresAt ? `until ${key.expiresAt}` : "works";
  print(
    table(
      ["name", "role", "for", "state", "last used", "id"],
      keys.map((key) => [
        key.name,
        key.role,
        key.labeler?.handle ?? key.datasets?.map(({ slug }) => slug).join(", ") ?? null,
        state(key),
        key.lastUsedAt,
        key.id,
      ]),
    ),
  );
}

/** The id of a dataset by its slug. */
async function datasetId(client: Client, slug: string): Promise<string> {
  const { dataset } = await client.graphql<{ dataset: { id: string } | null }>(
    "query ($slug: String!) { dataset(slug: $slug) { id } }",
    { slug },
  );
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  return dataset.id;
}

async function labelerIdOf(client: Client, handle: string): Promise<string> {
  const { labelers } = await client.graphql<{ labelers: { nodes: { id: string; handle: string }[] } }>(
    "query ($search: String!) { labelers(filter: { search: $search }, first: 200) { nodes { id handle } } }",
    { search: handle },
  );
  const found = labelers.nodes.find((labeler) => labeler.handle === handle);
  if (!found) throw new Refusal(`There is no labeler ${handle}.`);
  return found.id;
}
