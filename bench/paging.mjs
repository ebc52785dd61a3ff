/** Page 10,000 against page 1 of a million prompts, keysets against OFFSET, and the aggregates of such a dataset. */
import { globalId } from "../dist/services/input/global-id.js";
import { writeCursor } from "../dist/services/request/page.js";
import { withAccord } from "./support/accord.mjs";
import { duration, median, mustBe, short, timed } from "./support/figures.mjs";
import { expectedSplitSizes, PROMPTS, writeMillion } from "./support/million.mjs";
import { withClient, withScratch } from "./support/scratch.mjs";

const SIZE = 50;
const PAGE = 10_000;
const WARM_UP = 50;
const ROUNDS = 100;
/** Page 10,000 may take at most this many times as long as page 1. */
const TARGET = 1.2;

const ORDERS = {
  CREATED_ASC: {
    sql: "p.created_at, p.id",
    keys: "floor(extract(epoch from p.created_at) * 1000)::bigint as key, p.id",
  },
  MOST_RANKED: { sql: "p.ranking_count desc, p.id desc", keys: "p.ranking_count as key, p.id" },
};

const FROM = `from prompt p join prompt_state s on s.prompt_id = p.id and s.removed_in is null
  left join split_assignment a on a.split_group_id = s.split_group_id and a.removed_in is null`;

const QUERY = `query Page($order: PromptOrder!, $filter: PromptFilter, $after: String) {
  dataset(slug: "bench") { prompts(first: ${SIZE}, orderBy: $order, filter: $filter, after: $after) {
    nodes { id text useCase split } pageInfo { hasNextPage endCursor }
  } }
}`;

export async function run(results) {
  await withScratch(async (scratch) => {
    const database = await scratch.database();
    await writeMillion(database);
    await withClient(database, async (client) => {
      await withAccord(database, async (accord) => {
        for (const order of Object.keys(ORDERS)) {
          for (const split of [null, "TRAIN"]) await comparePages(results, accord, client, { order, split });
        }
        await measureAggregates(results, accord);
      });
      await compareWithOffset(results, client);
    });
  });
}

/** Asks for page 1 and page 10,000 in turns; what page 10,000 must hold is asked of the database with an OFFSET. */
async function comparePages(results, accord, client, { order, split }) {
  const where = split === null ? "" : `where a.split = '${split}'`;
  const { rows } = await client.query(`select ${ORDERS[order].keys} ${FROM} ${where}
    order by ${ORDERS[order].sql} offset ${(PAGE - 1) * SIZE - 1} limit ${SIZE + 1}`);
  const [last, ...expected] = rows;
  const { id } = (await client.query("select id from dataset")).rows[0];
  const after = writeCursor(`${id}.prompts.${order}`, [String(last.key), last.id]);
  const filter = split === null ? null : { splits: [split] };
  const ask = async (cursor) => {
    const { ms, value } = await timed(() => accord.graphql(QUERY, { order, filter, after: cursor }));
    return { ms, page: value.dataset.prompts };
  };
  const [first, far] = [[], []];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const [one, other] = [await ask(null), await ask(after)];
    if (round < 0) continue;
    first.push(one.ms);
    far.push(other.ms);
    if (round > 0) continue;
    mustBe("the length of page 1", one.page.nodes.length, SIZE);
    const ids = other.page.nodes.map((node) => node.id);
    mustBe(
      "page 10,000",
      ids,
      expected.map((row) => globalId("Prompt", row.id)),
    );
  }
  const [one, other] = [median(first), median(far)];
  results.add({
    what: `page 10,000 of 1,000,000 prompts, ${order}${split === null ? "" : `, split ${split}`}`,
    command: "paging",
    figure: duration(other),
    ratio: `${short(other / one)} times page 1, ${duration(one)} (at most ${TARGET})`,
    holds: other / one <= TARGET,
  });
}

/** An aggregate may take at most this long after a change: what a person waits for without noticing. */
const INTERACTIVE_MS = 1000;

const sorted = (entries) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

async function measureAggregates(results, accord) {
  const answers = await measureAggregate(results, accord, "splitSizes", "stage split source prompts examples");
  const found = answers.map((sizes) =>
    sorted(sizes.map(({ stage, split, source, ...size }) => [`${stage} ${split} ${source}`, size])),
  );
  const all = expectedSplitSizes();
  const one = all["RM TRAIN LABELER"];
  const without = { ...all, "RM TRAIN LABELER": { prompts: one.prompts - 1, examples: one.examples - 12 } };
  for (const [i, sizes] of found.entries()) {
    mustBe(`splitSizes, answer ${i}`, sizes, sorted(Object.entries(i % 2 === 0 ? all : without)));
  }
  for (const shares of await measureAggregate(results, accord, "useCases", "useCase prompts share")) {
    const prompts = shares.reduce((sum, share) => sum + share.prompts, 0);
    mustBe("the prompts of all use cases", prompts, PROMPTS);
  }
}

/** Asks for an aggregate at first, then after each of four changes of a prompt (it is excluded, restored …), and each again. */
async function measureAggregate(results, accord, field, columns) {
  const [changed, again] = [[], []];
  const answers = [];
  const ask = async (times) => {
    const { ms, value } = await timed(() => accord.graphql(`{ dataset(slug: "bench") { ${field} { ${columns} } } }`));
    times.push(ms);
    return value.dataset[field];
  };
  const id = globalId("Prompt", "1");
  for (let round = 0; round < 5; round++) {
    if (round > 0) {
      await accord.graphql(
        round % 2 === 1
          ? 'mutation Exclude($id: ID!) { excludePrompts(input: { ids: [$id], reason: "bench" }) { id } }'
          : "mutation Restore($id: ID!) { restorePrompts(ids: [$id]) { id } }",
        { id },
      );
    }
    answers.push(await ask(changed));
    await ask(again);
  }
  const [first, ...later] = changed;
  results.add({
    what: `${field} of 1,000,000 prompts, after a change of one`,
    command: "paging",
    figure: duration(median(later)),
    ratio: `at most ${duration(INTERACTIVE_MS)}; asked for the first time: ${duration(first)}; again at the same revision: ${duration(median(again))}`,
    holds: median(later) <= INTERACTIVE_MS,
  });
  return answers;
}

/** The same page by keyset and by OFFSET, in SQL. */
async function compareWithOffset(results, client) {
  const columns = "p.id, p.text, p.created_at, s.use_case, a.split";
  const order = "order by p.created_at, p.id";
  const skipped = (PAGE - 1) * SIZE;
  const { rows } = await client.query(`select p.id from prompt p ${order} offset ${skipped - 1} limit 1`);
  const twin = `select ${columns} ${FROM} where p.dataset_id = 1 ${order} offset ${skipped} limit ${SIZE}`;
  const keyset = `select ${columns} ${FROM} where p.dataset_id = 1
    and (p.created_at, p.id) > (select created_at, id from prompt where id = ${rows[0].id}) ${order} limit ${SIZE}`;
  const times = { twin: [], keyset: [] };
  for (let round = 0; round < 7; round++) {
    const one = await timed(() => client.query(twin));
    const other = await timed(() => client.query(keyset));
    mustBe("the page by keyset", other.value.rows, one.value.rows);
    times.twin.push(one.ms);
    times.keyset.push(other.ms);
  }
  const [slow, fast] = [median(times.twin), median(times.keyset)];
  results.add({
    what: "page 10,000 of 1,000,000 prompts in SQL, by keyset",
    command: "paging",
    figure: duration(fast),
    ratio: `${short(slow / fast)} times faster than OFFSET, ${duration(slow)}`,
  });
}
