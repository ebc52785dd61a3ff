import { CSV_COLUMNS } from "../../../src/report/csv.js";
import type { AgreementDocument } from "../../../src/services/analysis/agreement-document.js";
import { Random, SEED } from "../../datasets/random.js";
import { importText, sampleText } from "../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await importText(server, "sample", sampleText());
  await importText(server, "empty", '{"text":"nobody judged this"}\n');
});
afterAll(() => server.close());

const get = (path: string, key = server.adminKey) =>
  fetch(`${server.url}/datasets/${path}`, { headers: { authorization: `Bearer ${key}` } });
const json = async (path: string) => (await (await get(path)).json()) as AgreementDocument;

/** Dates are strings in JSON. */
type Error = { errors: [{ message: string; extensions: { code: string; field?: string } }] };

test("the page comes with a policy by which it may do nothing but wear its style, and is nobody else's to keep", async () => {
  const response = await get("sample/agreement.html?resamples=200");
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-disposition": 'inline; filename="sample-agreement.html"',
    "content-security-policy": expect.stringMatching(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    ),
    "x-content-type-options": "nosniff",
    "x-dataset-revision": "1",
    "cache-control": "private, no-cache",
  });
  const text = await response.text();
  expect(text.startsWith("<!doctype html>")).toBe(true);
  // 0.748: as the command line prints it for the sample.
  expect(text).toContain("<strong>74.8 %</strong>");
});

test("JSON, CSV and GraphQL tell the same digits", async () => {
  const document = await json("sample/agreement.json?measure=OVERALL&resamples=300&seed=4&minUnits=5");
  const { dataset } = await server.data<{ dataset: { agreement: Record<string, unknown> } }>(
    `{ dataset(slug: "sample") { agreement(input: { measure: OVERALL, resamples: 300, seed: 4 }) {
      measure tiePolicy units pairableUnits labelers judgments repeats clusters warnings
      coefficients { name value reason ci95 { low high } standardError n }
      byLabeler(first: 100) { nodes { labeler { id handle pool } value n ci95 { low high } } }
      matrix(first: 200, minUnits: 5) { nodes { a { id handle pool } b { id handle pool } value n } }
      mostContested { id externalId text } } } }`,
  );
  const { byLabeler, matrix, mostContested, ...figures } = dataset.agreement as unknown as {
    byLabeler: { nodes: AgreementDocument["byLabeler"] };
    matrix: { nodes: AgreementDocument["matrix"] };
    mostContested: { id: string; externalId: string; text: string }[];
  };
  expect(document).toMatchObject(figures);
  const byId = (lines: AgreementDocument["byLabeler"]) =>
    [...lines].sort((a, b) => (a.labeler.id < b.labeler.id ? -1 : 1));
  expect(byId(document.byLabeler)).toEqual(byId(byLabeler.nodes));
  expect(document.matrix).toMatchObject(matrix.nodes);
  expect(document.mostContested.map(({ id, externalId, text }) => ({ id, externalId, text }))).toEqual(mostContested);
  expect(document.byLabeler.length).toBeGreaterThan(5);
  expect(matrix.nodes.length).toBeGreaterThan(5);

  const response = await get("sample/agreement.csv?measure=OVERALL&resamples=300&seed=4&minUnits=5");
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="sample-agreement.csv"');
  const rows = (await response.text()).split("\r\n").map((row) => row.split(","));
  expect(rows[0]).toEqual([...CSV_COLUMNS]);
  const alpha = document.coefficients.find(({ name }) => name === "KRIPPENDORFF_ALPHA");
  expect(rows.find(([table, , name]) => table === "coefficient" && name === "KRIPPENDORFF_ALPHA")).toEqual([
    ...["coefficient", "", "KRIPPENDORFF_ALPHA", "", "", String(alpha?.n), "", String(alpha?.value)],
    ...[String(alpha?.ci95?.low), String(alpha?.ci95?.high), String(alpha?.standardError)],
    ...Array.from({ length: CSV_COLUMNS.length - 11 }, () => ""),
  ]);
});

test("the leaderboard is that of the rankings which entered, with every filter of the report", async () => {
  const { leaderboard } = await json(
    "sample/agreement.json?resamples=200&seed=3&useCases=GENERATION,CHAT&pool=TRAINING",
  );
  const { dataset } = await server.data<{ dataset: { leaderboard: unknown } }>(`{ dataset(slug: "sample") {
    leaderboard(resamples: 200, seed: 3, filter: { useCases: [GENERATION, CHAT], pool: TRAINING }) {
      comparisons ties entries { source rating ci95 { low high } rank rankCi95 { low high } winRate lengthControlledWinRate } } } }`);
  expect(leaderboard?.entries.length).toBeGreaterThan(2);
  expect(leaderboard).toMatchObject(dataset.leaderboard as Record<string, unknown>);
  expect((await json("sample/agreement.json?resamples=200&measure=OVERALL")).leaderboard).toBeNull();
  expect((await json("empty/agreement.json")).leaderboard).toMatchObject({ entries: [], comparisons: 0 });
});

test("what is shown of contested prompts are the judgments that entered, under every filter", async () => {
  const all = await json("sample/agreement.json?resamples=200");
  for (const { columns, completions, judgments, value, n } of all.mostContested) {
    expect(columns).toHaveLength(Math.min(12, judgments));
    expect([value >= 0 && value <= 1, n > 0, completions.length > 1]).toEqual([true, true, true]);
    for (const { cells } of columns) expect(cells).toHaveLength(completions.length);
  }
  const heldOut = await json("sample/agreement.json?resamples=200&pool=HELD_OUT");
  const handles = new Set(heldOut.byLabeler.map(({ labeler }) => labeler.handle));
  expect(handles.size).toBeGreaterThan(1);
  expect(handles.size).toBeLessThan(all.byLabeler.length);
  const shown = heldOut.mostContested.flatMap(({ columns }) => columns.map(({ handle }) => handle));
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.filter((handle) => !handles.has(handle))).toEqual([]);
  const scores = await json("sample/agreement.json?resamples=200&measure=OVERALL");
  for (const { columns } of scores.mostContested)
    for (const cell of columns.flatMap(({ cells }) => cells)) expect([null, 1, 2, 3, 4, 5, 6, 7]).toContain(cell);
});

test("of a contested prompt that a labeler ranked several times only the ranking that counts is shown", async () => {
  const at = (minute: number) => `2026-01-05T10:0${minute}:00.000Z`;
  const line = {
    ...{ id: "p", text: "one of two" },
    completions: ["A", "B"].map((key) => ({ key, source: "x", text: key })),
    rankings: [
      { labeler: "w2", tiers: [["A"], ["B"]], createdAt: at(1) },
      { labeler: "w2", tiers: [["A", "B"]], createdAt: at(3) },
      { labeler: "w2", tiers: [["A"], ["B"]], createdAt: at(2) },
      { labeler: "w3", tiers: [["A"], ["B"]], createdAt: at(0) },
    ],
  };
  await importText(server, "again", `${JSON.stringify(line)}\n`);
  const [prompt] = (await json("again/agreement.json?resamples=200")).mostContested;
  expect(prompt).toMatchObject({
    ...{ value: 0, n: 1, judgments: 2 },
    columns: [
      { handle: "w3", cells: [1, 2] },
      { handle: "w2", cells: [1, 1] },
    ],
  });
  expect((await (await get("again/agreement.html?resamples=200")).text()).match(/class="judge"/g)).toHaveLength(2);
});

/** Labelers who come back to what they judged: rankings of some completions, and scores of them, of so many prompts. */
function repeatedWork(random: Random, prompts: number) {
  const createdAt = () => `2026-01-05T10:0${random.int(0, 9)}:00.000Z`;
  const labeler = () => `w${random.int(1, 3)}`;
  return Array.from({ length: prompts }, (_, p) => {
    const keys = [..."ABCDEFGHIJK"].slice(0, random.pick([2, 3, 4, 11]));
    return {
      ...{ id: `p${p}`, text: `prompt ${p}` },
      completions: keys.map((key) => ({ key, source: "x", text: key })),
      rankings: random.list(4, 14, () => {
        const [first, ...others] = random.shuffle(keys).slice(0, random.int(2, keys.length));
        const tiers = [[first!]];
        for (const key of others) {
          if (random.chance(0.7)) tiers.push([]);
          tiers.at(-1)!.push(key);
        }
        return { labeler: labeler(), tiers, createdAt: createdAt() };
      }),
      assessments: random.list(4, 20, () => ({
        ...{ labeler: labeler(), completion: random.pick(keys), overall: random.int(1, 7), createdAt: createdAt() },
      })),
    };
  });
}

test(`what counts of repeated work is shown, and nothing else, as loops over it find (seed ${SEED})`, async () => {
  const lines = repeatedWork(new Random(SEED), 20);
  await importText(server, "repeats", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const columnsOf = async (measure: string) => {
    const { mostContested } = await json(`repeats/agreement.json?resamples=200&measure=${measure}`);
    return mostContested.map((prompt) => {
      const line = lines.find(({ id }) => id === prompt.externalId)!;
      const shown = prompt.completions.map(({ key }) => key);
      return { ...prompt, line, shown, told: prompt.columns.map(({ handle, cells }) => `${handle}: ${cells}`) };
    });
  };
  // Children that are equal in every field are one; of equal times the later in the file counts.
  const latest = <Work extends { createdAt: string }>(work: readonly Work[]) =>
    [...new Map(work.map((one) => [JSON.stringify(one), one])).values()].sort((a, b) =>
      a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
    );
  let [parts, hidden] = [0, 0];
  for (const { line, shown, told, judgments } of await columnsOf("RANKING")) {
    const inOrder = latest(line.rankings);
    const counts = (among: readonly string[]) =>
      inOrder.filter(({ labeler, tiers }, i) => {
        const later = inOrder.slice(i + 1).filter((one) => one.labeler === labeler);
        const mine = tiers.flat().filter((key) => among.includes(key));
        return mine.some((a) =>
          mine.some(
            (b) => a !== b && !later.some((one) => one.tiers.flat().includes(a) && one.tiers.flat().includes(b)),
          ),
        );
      });
    const place = (tiers: readonly string[][], key: string) => 1 + tiers.findIndex((tier) => tier.includes(key));
    const those = counts(shown).map(
      ({ labeler, tiers }) => `${labeler}: ${shown.map((key) => place(tiers, key) || null)}`,
    );
    expect(told).toEqual(those.slice(0, 12));
    expect(judgments).toBe(counts(line.completions.map(({ key }) => key)).length);
    parts += new Set(told.map((column) => column.split(":")[0])).size < told.length ? 1 : 0;
    hidden += line.rankings.length - judgments;
  }
  expect([parts > 0, hidden > 0]).toEqual([true, true]);
  for (const { line, shown, told, judgments } of await columnsOf("OVERALL")) {
    const inOrder = latest(line.assessments);
    const labelers = new Set(inOrder.map(({ labeler }) => labeler));
    const those = [...labelers].map((labeler) => ({
      labeler,
      cells: shown.map(
        (key) => inOrder.findLast((one) => one.labeler === labeler && one.completion === key)?.overall ?? null,
      ),
    }));
    expect(told).toEqual(
      those
        .filter(({ cells }) => cells.some((cell) => cell !== null))
        .map(({ labeler, cells }) => `${labeler}: ${cells}`),
    );
    expect(judgments).toBe(labelers.size);
  }
});

test("where nobody judged anything, every form says so and none invents a number", async () => {
  const document = await json("empty/agreement.json");
  expect(document).toMatchObject({ units: 0, labelers: 0, byLabeler: [], matrix: [], mostContested: [] });
  for (const { value, reason } of document.coefficients)
    expect([value, reason]).toEqual([null, expect.stringContaining("no judgments")]);
  expect(await (await get("empty/agreement.html")).text()).toContain("Nothing can be said about agreement here");
  expect(await (await get("empty/agreement.csv")).text()).toContain(
    'coefficient,,PERCENT_AGREEMENT,,,0,,,,,,,,,,,,,,"There are no judgments, or none that the filters let through: there is nothing to compare."\r\n',
  );
});

test.each([
  ["mesure=RANKING", "mesure", '"mesure" is no parameter'],
  ["measure=TASTE", "measure", 'measure is "TASTE"; it must be one of RANKING'],
  ["useCases=CHAT,KNITTING", "useCases", 'useCases is "KNITTING"'],
  ["sources=", "sources", 'sources is ""'],
  ["seed=1.5", "seed", "it must be a whole number"],
  ["seed=99999999999", "seed", "it must be a whole number"],
  ["resamples=199", "input.resamples", "200"],
  ["resamples=20001", "input.resamples", "20000"],
  ["createdFrom=yesterday", "createdFrom", "must be a time in ISO 8601"],
  ["createdTo=2026-02-30T00:00:00Z", "createdTo", "a day that does not exist"],
  ["labelerIds=w1", "input.labelerIds.0", "which is no id"],
  ["pool=HELD_OUT&pool=TRAINING", "pool", "pool is given twice"],
  ["__proto__=1", "__proto__", "is no parameter"],
])("%s is refused in a sentence that names it", async (query, field, sentence) => {
  for (const ending of ["html", "csv", "json"]) {
    const response = await get(`sample/agreement.${ending}?${query}`);
    expect(response.status).toBe(400);
    const [error] = ((await response.json()) as Error).errors;
    expect(error).toMatchObject({
      message: expect.stringContaining(sentence),
      extensions: { code: "BAD_USER_INPUT", field },
    });
  }
});

test("what is hidden is answered as what is not there, whatever else is asked", async () => {
  const labeler = await server.key("CLIENT", { datasetIds: [] });
  const answer = async (path: string, key?: string) => {
    const response = await get(path, key);
    return { status: response.status, body: await response.json() };
  };
  const { body } = await answer("no-such/agreement.html");
  // The name is the one that was asked for, nothing else differs.
  const absent = { status: 404, body: JSON.parse(JSON.stringify(body).replace("no-such", "sample")) };
  expect(await answer("sample/agreement.html", labeler)).toEqual(absent);
  expect(await answer("sample/agreement.html?seed=x", labeler)).toEqual(absent);
});
