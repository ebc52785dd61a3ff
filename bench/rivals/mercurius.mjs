/**
 * The same answer from the same tables by mercurius with its loaders, graphql-jit from the first request on, and prepared
 * statements. It does without keys, limits, logs and revisions: what is superseded is left out, and no more is asked.
 *
 *   node bench/rivals/mercurius.mjs PORT DATABASE_URL [statement-per-row]
 *
 * statement-per-row: the naive twin, resolvers that ask the database for each row on its own.
 */
import Fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius from "mercurius";
import pg from "pg";

const [port, url, mode] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 10 });

const schema = `
  scalar DateTime
  type Query { dataset(slug: String): Dataset }
  type Dataset { id: ID! prompts(first: Int): PromptConnection! }
  type PromptConnection { nodes: [Prompt!]! }
  type Prompt { id: ID! text: String! completions: [Completion!]! rankings(first: Int): RankingConnection! }
  type Completion { id: ID! key: String! text: String! source: String }
  type RankingConnection { nodes: [Ranking!]! }
  type Ranking { id: ID! createdAt: DateTime! labeler: Labeler! tiers: [[Completion!]!]! }
  type Labeler { id: ID! handle: String! }
`;

const DATASET = { name: "dataset", text: "select id from dataset where slug = $1" };
const PROMPTS = {
  name: "prompts",
  text: "select id, text from prompt where dataset_id = $1 order by created_at, id limit $2",
};
const COMPLETIONS = {
  name: "completions",
  text: "select id, prompt_id, key, text, source, position from completion where prompt_id = any($1) order by prompt_id, position",
};
const RANKINGS = {
  name: "rankings",
  text: `select r.* from unnest($1::bigint[]) as p (id) cross join lateral (
    select id, prompt_id, labeler_id, created_at, completions, tiers from ranking
    where prompt_id = p.id and removed_in is null order by position limit $2) r`,
};
const LABELERS = { name: "labelers", text: "select id, handle from labeler where id = any($1)" };

const rows = async (statement, values) => (await pool.query({ ...statement, values })).rows;
const idOf = (type) => (row) => Buffer.from(`${type}:${row.id}`).toString("base64url");

/** From rows of several parents to the list of each. */
function grouped(list, parents) {
  const groups = new Map(parents.map((id) => [id, []]));
  for (const row of list) groups.get(row.prompt_id).push(row);
  return groups;
}

/** The completions of prompts, kept for the rest of the request: the tiers of their rankings name them again. */
async function completionsOf(promptIds, context) {
  context.completions ??= new Map();
  const missing = [...new Set(promptIds)].filter((id) => !context.completions.has(id));
  if (missing.length > 0) {
    for (const [id, list] of grouped(await rows(COMPLETIONS, [missing]), missing)) context.completions.set(id, list);
  }
  return promptIds.map((id) => context.completions.get(id));
}

function tiersFrom(ranking, completions) {
  const tiers = [];
  ranking.completions.forEach((position, i) => {
    const tier = ranking.tiers[i] - 1;
    tiers[tier] ??= [];
    tiers[tier].push(completions[position]);
  });
  return tiers;
}

const ids = {
  DateTime: new GraphQLScalarType({ name: "DateTime", serialize: (date) => date.toISOString() }),
  Query: { dataset: async (_, { slug }) => (await rows(DATASET, [slug]))[0] },
  Dataset: {
    id: idOf("Dataset"),
    prompts: async ({ id }, { first }) => ({ nodes: await rows(PROMPTS, [id, first]) }),
  },
  Prompt: { id: idOf("Prompt") },
  Completion: { id: idOf("Completion") },
  Ranking: { id: idOf("Ranking"), createdAt: ({ created_at }) => created_at },
  Labeler: { id: idOf("Labeler") },
};

const loaders = {
  Prompt: {
    completions: (queries, context) =>
      completionsOf(
        queries.map(({ obj }) => obj.id),
        context,
      ),
    rankings: async (queries) => {
      const promptIds = queries.map(({ obj }) => obj.id);
      const lists = grouped(await rows(RANKINGS, [promptIds, queries[0].params.first]), promptIds);
      return promptIds.map((id) => ({ nodes: lists.get(id) }));
    },
  },
  Ranking: {
    labeler: async (queries) => {
      const labelerIds = queries.map(({ obj }) => obj.labeler_id);
      const found = await rows(LABELERS, [[...new Set(labelerIds)]]);
      const labelers = new Map(found.map((labeler) => [labeler.id, labeler]));
      return labelerIds.map((id) => labelers.get(id));
    },
    tiers: async (queries, context) => {
      const rankings = queries.map(({ obj }) => obj);
      const lists = await completionsOf(
        rankings.map((ranking) => ranking.prompt_id),
        context,
      );
      return rankings.map((ranking, i) => tiersFrom(ranking, lists[i]));
    },
  },
};

/** One statement for each row: what a resolver does that was written without a thought of its neighbours. */
const perRow = {
  Prompt: {
    ...ids.Prompt,
    completions: ({ id }) => rows(COMPLETIONS, [[id]]),
    rankings: async ({ id }, { first }) => ({ nodes: await rows(RANKINGS, [[id], first]) }),
  },
  Ranking: {
    ...ids.Ranking,
    labeler: async ({ labeler_id }) => (await rows(LABELERS, [[labeler_id]]))[0],
    tiers: async (ranking) => tiersFrom(ranking, await rows(COMPLETIONS, [[ranking.prompt_id]])),
  },
};

const naive = mode === "statement-per-row";
const app = Fastify();
app.get("/healthz", async () => ({ status: "up" }));
await app.register(mercurius, {
  schema,
  resolvers: naive ? { ...ids, ...perRow } : ids,
  ...(naive ? {} : { loaders }),
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: Number(port) });
process.on("SIGTERM", async () => {
  await app.close();
  await pool.end();
});
