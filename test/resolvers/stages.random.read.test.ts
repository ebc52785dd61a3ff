/** Stages, their filter, split sizes and use cases against naive twins, on random data as of every revision. */

import { countComparisons } from "../../src/datasets/records/comparisons.js";
import { deriveStages } from "../../src/datasets/records/stages.js";
import { promptFacts } from "../../src/entities/queries/prompts/prompt-facts.js";
import { createRandom } from "../../src/random.js";
import { factsAsOf } from "../../src/services/statistics/prompt-facts.js";
import { LABELER_POOLS, PROMPT_SOURCES, SPLITS, STAGES, type Stage, USE_CASES } from "../../src/vocabulary.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

const PROMPTS = 90;
const REVISIONS = 4;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const random = createRandom(seed);
const pick = <T>(words: readonly T[]): T => words[random.nextBelow(words.length)] as T;
const chance = (share: number): boolean => random.nextUnit() < share;
const subset = (): Stage[] => STAGES.filter(() => chance(0.5));

/** A row with the revisions in which it is in force. */
type Ranged<Row> = Row & { addedIn: number; removedIn: number | null };
const inForce = (revision: number) => (row: { addedIn: number; removedIn: number | null }) =>
  row.addedIn <= revision && (row.removedIn === null || row.removedIn > revision);

/** A history: from a revision on, cut into pieces that follow each other. */
function history<Row>(from: number, make: () => Row): Ranged<Row>[] {
  const cuts = [from];
  for (let revision = from + 1; revision <= REVISIONS; revision++) if (chance(0.3)) cuts.push(revision);
  return cuts.map((addedIn, i) => ({ ...make(), addedIn, removedIn: cuts[i + 1] ?? null }));
}

/** Something that comes at a revision and may go at a later one. */
function passing<Row>(from: number, row: Row): Ranged<Row> {
  const addedIn = from + random.nextBelow(REVISIONS - from + 1);
  return { ...row, addedIn, removedIn: addedIn < REVISIONS && chance(0.3) ? REVISIONS : null };
}

const TIERS = [[[0], [1], [2]], [[0, 1], [2]], [[0, 1, 2]], [[2], [0]], [[1, 2]]];

const labelers = [0, 1, 2].map(() => history(1, () => ({ pool: pick(LABELER_POOLS) })));
const prompts = Array.from({ length: PROMPTS }, () => {
  const addedIn = 1 + random.nextBelow(REVISIONS);
  const some = <Row>(share: number, make: () => Row) => (chance(share) ? [passing(addedIn, make())] : []);
  const by = () => ({ labeler: random.nextBelow(labelers.length) });
  return {
    addedIn,
    source: pick(PROMPT_SOURCES),
    pairs: chance(0.3) ? 1 + random.nextBelow(3) : 0,
    states: history(addedIn, () => ({
      useCase: chance(0.2) ? null : pick(USE_CASES),
      stages: chance(0.3) ? subset() : null,
      excluded: chance(0.2) ? [pick(STAGES)] : null,
    })),
    splits: chance(0.9) ? history(addedIn, () => ({ split: pick(SPLITS) })) : [],
    demonstrations: [...some(0.3, by), ...some(0.2, by)],
    rankings: [
      ...some(0.3, () => ({ ...by(), tiers: pick(TIERS) })),
      ...some(0.2, () => ({ ...by(), tiers: pick(TIERS) })),
    ],
    assessments: some(0.15, by),
  };
});
type RandomPrompt = (typeof prompts)[number];

let server: TestServer;

beforeAll(async () => {
  process.stdout.write(`stages.random: SEED=${seed}\n`);
  server = await startTestServer();
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("random", { revision: REVISIONS });
  const who: string[] = [];
  for (const [i, pools] of labelers.entries()) {
    const id = await fixture.labeler(`w${i}`);
    for (const { pool, ...range } of pools) await fixture.member(dataset, id, pool, range);
    who.push(id);
  }
  const author = ({ labeler }: { labeler: number }) => who[labeler]!;
  for (const [i, prompt] of prompts.entries()) {
    const group = await fixture.group(dataset, null);
    for (const { split, ...range } of prompt.splits) await fixture.assign(group, split, range);
    const state = ({ excluded, ...facts }: RandomPrompt["states"][number]) => ({
      ...facts,
      group,
      exclusion: excluded && { reason: "x", from: excluded, by: "k", at: new Date(0) },
    });
    const [first, ...later] = prompt.states;
    const id = await fixture.prompt(dataset, {
      text: `p${i}`,
      source: prompt.source,
      fewShot: Array.from({ length: prompt.pairs }, () => ({ query: "q", response: "r" })),
      ...state(first as RandomPrompt["states"][number]),
    });
    for (const next of later) await fixture.state(dataset, id, state(next));
    const [completion] = await fixture.completions(dataset, id, 3, { addedIn: prompt.addedIn });
    for (const work of prompt.demonstrations) await fixture.demonstration(dataset, id, author(work), "d", work);
    for (const work of prompt.rankings) await fixture.ranking(dataset, id, author(work), work.tiers, work);
    for (const work of prompt.assessments)
      await fixture.assessment(dataset, id, completion as string, author(work), work);
  }
});

afterAll(() => server.close());

/** What a prompt was as of a revision, from the lists above. */
function naive(prompt: RandomPrompt, revision: number) {
  const now = inForce(revision);
  const rankings = prompt.rankings.filter(now);
  const demonstrations = prompt.demonstrations.filter(now);
  const state = prompt.states.find(now);
  const trains = ({ labeler }: { labeler: number }) => labelers[labeler]?.find(now)?.pool === "TRAINING";
  const pairs = (of: typeof rankings) => of.reduce((sum, { tiers }) => sum + countComparisons(tiers), 0);
  return {
    state,
    split: prompt.splits.find(now)?.split ?? null,
    stages: deriveStages({
      explicit: state?.stages ?? null,
      source: prompt.source,
      fewShotPairs: prompt.pairs,
      demonstrations: demonstrations.length,
      rankings: rankings.length,
      strictPairs: pairs(rankings),
      assessments: prompt.assessments.filter(now).length,
    }),
    examples: {
      SFT: demonstrations.filter(trains).length + (prompt.source === "LABELER" ? prompt.pairs : 0),
      RM: pairs(rankings.filter(trains)),
      PPO: 1,
    },
  };
}

const revisions = Array.from({ length: REVISIONS + 1 }, (_, revision) => revision);

test.each(revisions)("stages of every prompt and the filter by them, as of revision %i", async (revision) => {
  const query = `query ($revision: Int, $filter: PromptFilter) { dataset(slug: "random") {
    prompts(first: 200, revision: $revision, filter: $filter) { nodes { text stages split } } } }`;
  const read = async (filter: unknown) => {
    type Answer = { dataset: { prompts: { nodes: { text: string; stages: Stage[]; split: string | null }[] } } };
    return (await server.data<Answer>(query, { revision, filter })).dataset.prompts.nodes;
  };
  const expected = prompts.flatMap((prompt, i) => {
    const { stages, split } = naive(prompt, revision);
    return prompt.addedIn <= revision ? [{ text: `p${i}`, stages, split }] : [];
  });
  expect({ seed, prompts: await read(null) }).toEqual({ seed, prompts: expected });
  for (const stages of [["SFT"], ["RM"], ["PPO"], ["SFT", "PPO"]] as Stage[][]) {
    const matching = expected.filter((prompt) => prompt.stages.some((stage) => stages.includes(stage)));
    expect({ seed, stages, prompts: await read({ stages }) }).toEqual({ seed, stages, prompts: matching });
  }
});

test.each(revisions)("split sizes and use cases of revision %i", async (revision) => {
  await server.database.select("update dataset set revision = $1 where slug = 'random'", [revision]);
  type Size = { stage: Stage; split: string; source: string; prompts: number; examples: number };
  type Share = { useCase: string | null; prompts: number; share: number };
  const { dataset } = await server.data<{ dataset: { splitSizes: Size[]; useCases: Share[] } }>(
    `{ dataset(slug: "random") {
      splitSizes { stage split source prompts examples } useCases { useCase prompts share } } }`,
  );
  const there = prompts
    .filter(({ addedIn }) => addedIn <= revision)
    .map((prompt) => ({ ...naive(prompt, revision), prompt }));
  const sizes = STAGES.flatMap((stage) =>
    SPLITS.flatMap((split) =>
      PROMPT_SOURCES.flatMap((source) => {
        const rows = there.filter(
          (row) =>
            row.split === split &&
            row.prompt.source === source &&
            row.stages.includes(stage) &&
            !row.state?.excluded?.includes(stage),
        );
        const examples = rows.reduce((sum, row) => sum + row.examples[stage], 0);
        return rows.length > 0 ? [{ stage, split, source, prompts: rows.length, examples }] : [];
      }),
    ),
  );
  expect({ seed, sizes: dataset.splitSizes }).toEqual({ seed, sizes });
  const shares = [...USE_CASES, null].flatMap((useCase) => {
    const count = there.filter((row) => (row.state?.useCase ?? null) === useCase).length;
    return count > 0 ? [{ useCase, prompts: count, share: count / there.length }] : [];
  });
  shares.sort((a, b) => b.prompts - a.prompts);
  expect({ seed, shares: dataset.useCases }).toEqual({ seed, shares });
});

test("facts that follow the changes of any revision to any later one are those counted anew", async () => {
  const { database } = server;
  const [dataset] = await database.select<{ id: string }>("select id from dataset where slug = 'random'", []);
  const id = dataset?.id as string;
  const inOrder = (facts: readonly object[]) =>
    facts.map((kind) => JSON.stringify(kind, Object.keys(kind).sort())).sort();
  for (const from of revisions) {
    for (const to of revisions.filter((revision) => revision >= from)) {
      await database.select("delete from counted_facts", []);
      await factsAsOf(database, id, from);
      const followed = inOrder(await factsAsOf(database, id, to));
      expect({ seed, from, to, facts: followed }).toEqual({
        seed,
        from,
        to,
        facts: inOrder(await promptFacts(database, id, to)),
      });
    }
  }
});
