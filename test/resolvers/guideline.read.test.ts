/** Ranking.guidelineViolations and RankingFilter.violatesGuideline over a database with superseded and repeated judgments. */
import { guidelineViolations, type JudgedCompletion, rulesInForce } from "../../src/datasets/records/guideline.js";
import { globalId } from "../../src/services/input/global-id.js";
import { type Criterion, HARM_LABELS, type InstructionPurpose, type OutputLabel } from "../../src/vocabulary.js";
import { Random, SEED } from "../datasets/random.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

const FAULTS: readonly OutputLabel[] = ["HALLUCINATION", ...HARM_LABELS];
const LAST_REVISION = 4;

/** What the test knows of a ranking, and of an assessment, besides the database. */
interface Placed {
  readonly id: string;
  readonly prompt: string;
  readonly labeler: string;
  readonly addedIn: number;
  readonly removedIn: number | null;
}
interface MadeRanking extends Placed {
  readonly tiers: number[][];
  readonly instructions: { readonly purpose: InstructionPurpose; readonly criteriaOrder: Criterion[] } | null;
}
interface MadeAssessment extends Placed, JudgedCompletion {
  readonly position: number;
  readonly time: number;
}

let server: TestServer;
let fixture: Fixture;
const rankings: MadeRanking[] = [];
const assessments: MadeAssessment[] = [];
/** [revision - 1] of each prompt. */
const highStakes = new Map<string, (boolean | null)[]>();

beforeAll(async () => {
  server = await startTestServer({ MAX_COST: "10000000" });
  fixture = new Fixture(server.database);
  await fill(new Random(SEED));
});
afterAll(() => server.close());

async function fill(random: Random): Promise<void> {
  const dataset = await fixture.dataset("advice", { revision: LAST_REVISION });
  const labelers = [await fixture.labeler("ann"), await fixture.labeler("bob")];
  for (const labeler of labelers) await fixture.member(dataset, labeler);
  const written: [InstructionPurpose, Criterion[]][] = [
    ["TRAINING_DATA", ["HELPFUL", "TRUTHFUL", "HARMLESS"]],
    ["FINAL_EVALUATION", []],
    ["TOXICITY", []],
    ["SCREENING", ["HARMLESS", "TRUTHFUL", "HELPFUL"]],
    ["SCREENING", []],
  ];
  const versions: { id: string; purpose: InstructionPurpose; criteriaOrder: Criterion[] }[] = [];
  for (const [index, [purpose, criteriaOrder]] of written.entries()) {
    const id = await fixture.instructions(dataset, index + 1, { purpose, criteriaOrder });
    versions.push({ id, purpose, criteriaOrder });
  }
  /** Mostly known, so that rules speak often enough. */
  const label = () => (random.chance(0.1) ? null : random.chance(0.3));
  const judgment = (): JudgedCompletion => ({
    overall: random.chance(0.1) ? null : random.int(2, 6),
    labels: Object.fromEntries(FAULTS.filter(() => random.chance(0.9)).map((name) => [name, label()])),
    toxicity: random.chance(0.1) ? null : random.int(0, 2),
    continuity: random.chance(0.1) ? null : random.int(1, 7),
  });
  for (let p = 0; p < 8; p++) {
    const [trait, later] = [random.pick([true, false, null]), random.pick([true, false, null])];
    const group = await fixture.group(dataset, null);
    const state = (value: boolean | null) => ({ group, traits: value === null && p % 2 ? {} : { HIGH_STAKES: value } });
    const prompt = await fixture.prompt(dataset, { ...state(trait), removedIn: 3 });
    await fixture.state(dataset, prompt, { ...state(later), addedIn: 3 });
    highStakes.set(prompt, [trait, trait, later, later]);
    const completions = await fixture.completions(dataset, prompt, 4);
    const judge = async (
      labeler: string,
      position: number,
      range: { addedIn: number; removedIn: number | null },
      ranking: string | null,
    ) => {
      const said = judgment();
      const createdAt = fixture.time();
      const { toxicity: output, continuity } = said;
      const id = await fixture.assessment(dataset, prompt, completions[position]!, labeler, {
        ...range,
        ranking,
        createdAt,
        overall: said.overall,
        labels: said.labels,
        toxicity: { ...(output === null ? {} : { output }), ...(continuity === null ? {} : { continuity }) },
      });
      assessments.push({ ...said, ...range, id, prompt, labeler, position, time: createdAt.getTime() });
    };
    for (const labeler of labelers) {
      let supersedes: string | null = null;
      const changes = random.pick([[1], [1, 2], [1, 3], [2, 3, 4]]);
      for (const [index, addedIn] of changes.entries()) {
        const range = { addedIn, removedIn: changes[index + 1] ?? null };
        const order = random.shuffle([0, 1, 2, 3]).slice(0, random.int(2, 4));
        const tiers: number[][] = [];
        for (const position of order) {
          if (tiers.length > 0 && random.chance(0.2)) tiers.at(-1)?.push(position);
          else tiers.push([position]);
        }
        for (const tier of tiers) tier.sort((a, b) => a - b);
        const version = random.chance(0.1) ? null : random.pick(versions);
        const facts = { ...range, supersedes, instructions: version?.id ?? null };
        const id = await fixture.ranking(dataset, prompt, labeler, tiers, facts);
        rankings.push({ id, prompt, labeler, ...range, tiers, instructions: version });
        for (const position of order) if (random.chance(0.9)) await judge(labeler, position, range, id);
        supersedes = id;
      }
      // Judged once more, apart from any ranking, and perhaps taken back.
      if (random.chance(0.3))
        await judge(labeler, random.int(0, 3), { addedIn: random.int(2, 4), removedIn: null }, null);
    }
  }
}

const inForce = ({ addedIn, removedIn }: Placed, revision: number) =>
  addedIn <= revision && (removedIn === null || removedIn > revision);

/** The rules broken, as "0>1 OWN_SCORES", worked out from what the test itself remembers. */
function expected(ranking: MadeRanking, asOf: number): string[] {
  const revision = ranking.removedIn === null ? asOf : Math.min(asOf, ranking.removedIn - 1);
  const judgedOf = (position: number): JudgedCompletion => {
    const own = assessments
      .filter((a) => a.prompt === ranking.prompt && a.labeler === ranking.labeler && a.position === position)
      .filter((a) => inForce(a, revision))
      .sort((a, b) => a.time - b.time);
    return {
      overall: own.reduce<number | null>((last, { overall }) => overall ?? last, null),
      labels: Object.assign({}, ...own.map(({ labels }) => labels)) as JudgedCompletion["labels"],
      toxicity: own.reduce<number | null>((last, { toxicity }) => toxicity ?? last, null),
      continuity: own.reduce<number | null>((last, { continuity }) => continuity ?? last, null),
    };
  };
  const circumstances = {
    rules: rulesInForce(ranking.instructions),
    highStakes: highStakes.get(ranking.prompt)?.[revision - 1] ?? null,
  };
  return guidelineViolations(ranking.tiers, judgedOf, String, circumstances).map(
    ({ preferred, over, rule }) => `${preferred}>${over} ${rule}`,
  );
}

interface Found {
  readonly id: string;
  readonly guidelineViolations: {
    preferred: { key: string };
    over: { key: string };
    rule: string;
    explanation: string;
  }[];
}
const VIOLATIONS = "guidelineViolations { preferred { key } over { key } rule explanation }";

const place = (key: string) => key.charCodeAt(0) - 65;
const brokenIn = ({ guidelineViolations: found }: Found): string[] =>
  found.map(({ preferred, over, rule }) => `${place(preferred.key)}>${place(over.key)} ${rule}`);

async function page(filter: object | null, revision: number, args = "first: 200") {
  type Answer = {
    dataset: {
      rankings: {
        totalCount: number;
        pageInfo: { endCursor: string | null; startCursor: string | null };
        nodes: Found[];
      };
    };
  };
  const query = `query ($filter: RankingFilter, $revision: Int) { dataset(slug: "advice") {
    rankings(filter: $filter, revision: $revision, ${args}) {
      totalCount pageInfo { endCursor startCursor } nodes { id ${VIOLATIONS} } } } }`;
  return (await server.data<Answer>(query, { filter, revision })).dataset.rankings;
}

test(`violations of every ranking at every revision equal those worked out from memory (SEED=${SEED})`, async () => {
  let found = 0;
  for (let revision = 1; revision <= LAST_REVISION; revision++) {
    const { nodes, totalCount } = await page(null, revision);
    const there = rankings.filter((ranking) => inForce(ranking, revision));
    expect(totalCount).toBe(there.length);
    const byId = new Map(nodes.map((node) => [node.id, brokenIn(node)]));
    for (const ranking of there) {
      expect([ranking, byId.get(globalId("Ranking", ranking.id))]).toEqual([ranking, expected(ranking, revision)]);
      found += expected(ranking, revision).length;
    }
  }
  expect(found).toBeGreaterThan(5);
});

test(`a superseded ranking is held against what was said before it was superseded (SEED=${SEED})`, async () => {
  const superseded = rankings.filter(({ removedIn }) => removedIn !== null);
  const ids = superseded.map(({ id }) => globalId("Ranking", id));
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Ranking { id ${VIOLATIONS} } } }`;
  const { nodes } = await server.data<{ nodes: Found[] }>(query, { ids });
  expect(nodes.map(brokenIn)).toEqual(superseded.map((ranking) => expected(ranking, LAST_REVISION)));
});

test(`the filter finds exactly the rankings with a violation, or without any, page by page (SEED=${SEED})`, async () => {
  for (const revision of [2, LAST_REVISION]) {
    const there = rankings.filter((ranking) => inForce(ranking, revision));
    for (const violates of [true, false]) {
      const right = there.filter((ranking) => expected(ranking, revision).length > 0 === violates);
      const ids = right.map(({ id }) => globalId("Ranking", id)).sort();
      const whole = await page({ violatesGuideline: violates }, revision);
      expect(whole.totalCount).toBe(right.length);
      expect(whole.nodes.map(({ id }) => id).sort()).toEqual(ids);
      const forward: string[] = [];
      for (let after: string | null = null; ; ) {
        const part = await page(
          { violatesGuideline: violates },
          revision,
          `first: 5${after ? `, after: "${after}"` : ""}`,
        );
        expect(part.totalCount).toBe(right.length);
        forward.push(...part.nodes.map(({ id }) => id));
        if (part.nodes.length < 5) break;
        after = part.pageInfo.endCursor;
      }
      expect(forward).toEqual(whole.nodes.map(({ id }) => id));
      const last = await page({ violatesGuideline: violates }, revision, "last: 2");
      expect(last.nodes).toEqual(whole.nodes.slice(-2));
    }
    const labelerIds = [globalId("Labeler", there[0]?.labeler as string)];
    const both = await page({ violatesGuideline: true, withTies: true, labelerIds }, revision);
    const tied = there.filter(({ tiers }) => tiers.some((tier) => tier.length > 1));
    const own = tied.filter(({ labeler }) => labeler === there[0]?.labeler);
    expect(both.totalCount).toBe(own.filter((ranking) => expected(ranking, revision).length > 0).length);
  }
  expect((await page({ violatesGuideline: null }, 1)).totalCount).toBe((await page(null, 1)).totalCount);
});

test("a ranking of 40 completions is answered whole", async () => {
  const dataset = await fixture.dataset("long");
  const labeler = await fixture.labeler("cyd");
  await fixture.member(dataset, labeler);
  const prompt = await fixture.prompt(dataset);
  const completions = await fixture.completions(dataset, prompt, 40);
  await fixture.ranking(
    dataset,
    prompt,
    labeler,
    completions.map((_, position) => [position]),
  );
  for (const [position, completion] of completions.entries())
    await fixture.assessment(dataset, prompt, completion, labeler, { overall: 1 + Math.floor(position / 20) });
  const query = `{ dataset(slug: "long") { rankings(filter: { violatesGuideline: true }) { nodes { guidelineViolations { rule } } } } }`;
  type Answer = { dataset: { rankings: { nodes: { guidelineViolations: { rule: string }[] }[] } } };
  const answer = await server.data<Answer>(query);
  // 20 with overall 1 above 20 with overall 2.
  expect(answer.dataset.rankings.nodes.map(({ guidelineViolations }) => guidelineViolations.length)).toEqual([400]);
});
