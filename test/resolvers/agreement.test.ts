import { afterAll, beforeAll, describe, expect, it as test } from "@jest/globals";
import { prompts } from "../examples/sample-file.js";
import { hasRealData, importText, realText, sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

const REPORT = `measure tiePolicy units pairableUnits labelers judgments repeats clusters warnings
  coefficients { name value reason ci95 { low high } standardError n }`;

interface Report {
  readonly units: number;
  readonly pairableUnits: number;
  readonly labelers: number;
  readonly judgments: number;
  readonly repeats: number;
  readonly clusters: number;
  readonly warnings: string[];
  readonly coefficients: {
    readonly name: string;
    readonly value: number | null;
    readonly reason: string | null;
    readonly ci95: { readonly low: number; readonly high: number } | null;
    readonly standardError: number | null;
    readonly n: number;
  }[];
}

let server: TestServer;

const ask = (slug: string, input: Record<string, unknown>, fields = REPORT, variables: Record<string, unknown> = {}) =>
  server.graphql<{ dataset: { agreement: Report & Record<string, unknown> } }>(
    `query ($slug: String!, $input: AgreementInput!) { dataset(slug: $slug) { agreement(input: $input) { ${fields} } } }`,
    { slug, input: { measure: "RANKING", ...input }, ...variables },
  );

async function report(slug: string, input: Record<string, unknown> = {}, fields = REPORT) {
  const answer = await ask(slug, input, fields);
  if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer));
  return answer.data.dataset.agreement;
}

const coefficient = (of: Report, name: string) => of.coefficients.find((c) => c.name === name)!;

beforeAll(async () => {
  server = await startTestServer({ MAX_LINE_BYTES: "33554432" });
  const answer = await importText(server, "sample", sampleText());
  expect(answer).toMatchObject({ accepted: prompts.length, rejected: 0 });
}, 120_000);
afterAll(() => server.close());

/** Pairs of labelers who agree exactly, over pairs of labelers, from the file; the later ranking of a labeler counts. */
function percentAgreementOfSample(counts: (handle: string, useCase: string) => boolean = () => true) {
  let agree = 0;
  let all = 0;
  for (const prompt of prompts) {
    const orders = new Map<string, Map<string, string>>();
    for (const ranking of prompt.rankings ?? []) {
      if (!counts(ranking.labeler, prompt.useCase)) continue;
      const tier = new Map(ranking.tiers.flatMap((keys, i) => keys.map((key) => [key, i] as const)));
      const keys = [...tier.keys()].sort();
      for (const [i, a] of keys.entries()) {
        for (const b of keys.slice(i + 1)) {
          const unit = orders.get(`${a} ${b}`) ?? new Map<string, string>();
          unit.set(ranking.labeler, String(Math.sign(tier.get(a)! - tier.get(b)!)));
          orders.set(`${a} ${b}`, unit);
        }
      }
    }
    for (const unit of orders.values()) {
      const values = [...unit.values()];
      for (const [i, a] of values.entries()) {
        for (const b of values.slice(i + 1)) {
          all += 1;
          if (a === b) agree += 1;
        }
      }
    }
  }
  return { value: agree / all, all };
}

describe("Dataset.agreement on the sample dataset", () => {
  test("answers the percent agreement that a naive count of the file gives, with an interval around it", async () => {
    const answer = await report("sample");
    const percent = coefficient(answer, "PERCENT_AGREEMENT");
    expect(percent.value).toBeCloseTo(percentAgreementOfSample().value, 12);
    expect(percent.ci95!.low).toBeLessThan(percent.value!);
    expect(percent.ci95!.high).toBeGreaterThan(percent.value!);
    // examples/sample/README.md: w6 ranks the same set of five twice on `bakery-opening`: ten pairs.
    expect(answer.repeats).toBe(10);
    expect(answer.coefficients.slice(0, 2).map((c) => c.name)).toEqual(["PERCENT_AGREEMENT", "KRIPPENDORFF_ALPHA"]);
  });

  test("compares only labelers of a pool, and only prompts of some use cases", async () => {
    const heldOut = new Set(["w8", "w9"]);
    const byPool = await report("sample", { pool: "HELD_OUT" });
    expect(coefficient(byPool, "PERCENT_AGREEMENT").value).toBeCloseTo(
      percentAgreementOfSample((w) => heldOut.has(w)).value,
      12,
    );
    expect(byPool.labelers).toBe(2);
    const byUse = await report("sample", { useCases: ["GENERATION", "CHAT"] });
    expect(coefficient(byUse, "PERCENT_AGREEMENT").value).toBeCloseTo(
      percentAgreementOfSample((_, useCase) => useCase === "GENERATION" || useCase === "CHAT").value,
      12,
    );
    const none = await report("sample", { useCases: [] });
    expect(none).toMatchObject({ units: 0, labelers: 0, judgments: 0 });
  });

  test("compares only the labelers named", async () => {
    const { labelers } = await server.data<{ labelers: { nodes: { id: string; handle: string }[] } }>(
      "{ labelers(first: 50) { nodes { id handle } } }",
    );
    const chosen = labelers.nodes.filter(({ handle }) => handle === "w1" || handle === "w2");
    const answer = await report("sample", { labelerIds: chosen.map(({ id }) => id) });
    const expected = percentAgreementOfSample((handle) => handle === "w1" || handle === "w2");
    expect(answer.labelers).toBe(2);
    expect(coefficient(answer, "PERCENT_AGREEMENT").value).toBeCloseTo(expected.value, 12);
  });

  test("gives equal digits for equal seeds", async () => {
    const [a, b] = [
      await report("sample", { seed: 7, resamples: 300 }),
      await report("sample", { seed: 7, resamples: 300 }),
    ];
    expect(a).toEqual(b);
  });

  test("draws authors where asked", async () => {
    const byPrompt = await report("sample");
    const byAuthor = await report("sample", { cluster: "AUTHOR" });
    expect(byAuthor.clusters).toBeLessThan(byPrompt.clusters);
    expect(coefficient(byAuthor, "KRIPPENDORFF_ALPHA").value).toBe(coefficient(byPrompt, "KRIPPENDORFF_ALPHA").value);
  });

  test("measures overall scores too", async () => {
    const answer = await report("sample", { measure: "OVERALL" });
    expect(coefficient(answer, "KRIPPENDORFF_ALPHA").value).toBeGreaterThan(0);
    expect(answer.units).toBeGreaterThan(200);
  });

  test("says who agrees with whom, page by page, and where labelers differ most", async () => {
    const fields = (
      after: string,
    ) => `byLabeler(first: 4${after}) { totalCount nodes { labeler { handle } value n ci95 { low high } } pageInfo { hasNextPage endCursor } }
      matrix(minUnits: 1, first: 200) { totalCount nodes { a { handle } b { handle } value n } }
      mostContested { externalId }`;
    interface Lines {
      byLabeler: {
        totalCount: number;
        nodes: { labeler: { handle: string }; value: number }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      matrix: {
        totalCount: number;
        nodes: { a: { handle: string }; b: { handle: string }; value: number; n: number }[];
      };
      mostContested: { externalId: string }[];
    }
    const first = (await report("sample", {}, fields(""))) as unknown as Lines;
    expect(first.byLabeler.pageInfo.hasNextPage).toBe(true);
    const rest = (await report(
      "sample",
      {},
      fields(`, after: "${first.byLabeler.pageInfo.endCursor}"`),
    )) as unknown as Lines;
    const handles = [...first.byLabeler.nodes, ...rest.byLabeler.nodes].map((line) => line.labeler.handle);
    expect(new Set(handles).size).toBe(handles.length);
    expect(first.byLabeler.totalCount).toBeGreaterThanOrEqual(8);
    const pair = first.matrix.nodes.find(({ a, b }) => [a.handle, b.handle].sort().join() === "w1,w2")!;
    const expected = percentAgreementOfSample((handle) => handle === "w1" || handle === "w2");
    expect(pair).toMatchObject({ n: expected.all });
    expect(pair.value).toBeCloseTo(expected.value, 12);
    expect(first.mostContested.length).toBeLessThanOrEqual(20);
    expect(first.mostContested.length).toBeGreaterThan(0);
  });

  test("gives the table behind a coefficient, from which its value follows, and kappa of each pair in the matrix", async () => {
    const { labelers } = await server.data<{ labelers: { nodes: { id: string; handle: string }[] } }>(
      "{ labelers(first: 50) { nodes { id handle } } }",
    );
    const labelerIds = labelers.nodes.filter(({ handle }) => handle === "w1" || handle === "w2").map(({ id }) => id);
    const table = "name about categories cells observed expected rows { id } columns { id }";
    const fields = `coefficients { name value analyticStandardError n }
      kappa: table(coefficient: COHEN_KAPPA) { ${table} } scott: table(coefficient: SCOTT_PI) { ${table} }
      ranks: table(coefficient: ICC_1_1) { ${table} } matrix(minUnits: 1) { nodes { kappa } }`;
    interface Table {
      readonly cells: number[][];
      readonly observed: number;
      readonly expected: number;
      readonly rows: { id: string } | null;
      readonly columns: { id: string } | null;
    }
    const answer = (await report("sample", { labelerIds }, fields)) as unknown as Report & {
      readonly kappa: Table;
      readonly scott: Table;
      readonly ranks: Table | null;
      readonly matrix: { nodes: { kappa: number }[] };
    };
    expect(answer.ranks).toBeNull();
    expect([answer.kappa.rows?.id, answer.kappa.columns?.id].sort()).toEqual([...labelerIds].sort());
    expect(answer.scott.rows).toBeNull();
    // Cohen 1960: p_o is the diagonal's share, p_e the sum over categories of the product of the marginals' shares.
    const { cells } = answer.kappa;
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const n = sum(cells.flat());
    const observed = sum(cells.map((row, c) => row[c]!)) / n;
    const expected = sum(cells.map((row, c) => (sum(row) / n) * (sum(cells.map((other) => other[c]!)) / n)));
    const kappa = (observed - expected) / (1 - expected);
    expect(n).toBeCloseTo(percentAgreementOfSample((handle) => handle === "w1" || handle === "w2").all, 9);
    expect(answer.kappa.observed).toBeCloseTo(observed, 12);
    expect(answer.kappa.expected).toBeCloseTo(expected, 12);
    expect(coefficient(answer, "COHEN_KAPPA").value).toBeCloseTo(kappa, 12);
    expect(answer.matrix.nodes[0]?.kappa).toBeCloseTo(kappa, 12);
    const withGwetsError = answer.coefficients.filter(
      (c) => (c as unknown as { analyticStandardError: number | null }).analyticStandardError !== null,
    );
    expect(withGwetsError.map(({ name }) => name)).toEqual(expect.arrayContaining(["GWET_AC1", "FLEISS_KAPPA"]));
  });

  test.each([
    [{ measure: "LABEL" }, "input.label", "no label is given"],
    [{ label: "HALLUCINATION" }, "input.label", "label goes with measure LABEL"],
    [{ resamples: 199 }, "input.resamples", "200"],
    [{ resamples: 20_001 }, "input.resamples", "20000"],
    [{ createdFrom: "2027-01-01T00:00:00Z", createdTo: "2026-01-01T00:00:00Z" }, "input.createdTo", "must be after"],
    [{ createdFrom: "2027-01-01T00:00:00Z", createdTo: "2027-01-01T00:00:00Z" }, "input.createdTo", "must be after"],
    [{ labelerIds: ["nobody"] }, "input.labelerIds.0", "no id"],
    [{ labelerIds: Array.from({ length: 10_001 }, () => "x") }, "input.labelerIds", "10001 ids"],
  ])("refuses what breaks a rule (%#)", async (input, field, words) => {
    const answer = await ask("sample", input);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
    expect(answer.errors?.[0]?.message).toContain(words);
  });
});

test("refuses a number of units below 0, and a list of rankings of a period that ends before it begins", async () => {
  const { errors } = await server.graphql(
    `{ dataset(slug: "sample") { agreement(input: { measure: RANKING }) { matrix(minUnits: -1) { totalCount } } } }`,
  );
  expect(errors?.[0]).toMatchObject({
    message: "minUnits is -1; it must be at least 0.",
    extensions: { code: "BAD_USER_INPUT", field: "minUnits" },
  });
  const filter = `{ createdFrom: "2027-01-01T00:00:00Z", createdTo: "2026-01-01T00:00:00Z" }`;
  for (const list of [`rankings(filter: ${filter})`, `leaderboard(method: ELO, filter: ${filter})`]) {
    const inner = list.startsWith("rankings") ? "totalCount" : "comparisons";
    const answer = await server.graphql(`{ dataset(slug: "sample") { ${list} { ${inner} } } }`);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "filter.createdTo" });
  }
});

describe("Dataset.agreement where it is undefined", () => {
  const line = (rankings: unknown[]) =>
    JSON.stringify({
      text: "Which is better?",
      completions: ["A", "B", "C"].map((key) => ({ key, source: "m", text: key })),
      rankings,
    });

  test.each([
    ["nobody judged", [], /no judgments/i],
    ["one labeler judged", [{ labeler: "solo", tiers: [["A"], ["B"], ["C"]] }], /one labeler/i],
    [
      "all gave one category",
      [
        { labeler: "x", tiers: [["A", "B", "C"]] },
        { labeler: "y", tiers: [["A", "B", "C"]] },
      ],
      /=|categor/i,
    ],
  ])("is null with a sentence when %s", async (name, rankings, reason) => {
    const slug = name.replaceAll(" ", "-");
    await importText(server, slug, line(rankings));
    const alpha = coefficient(await report(slug), "KRIPPENDORFF_ALPHA");
    expect(alpha.value).toBeNull();
    expect(alpha.ci95).toBeNull();
    expect(alpha.reason).toMatch(reason);
  });

  test("has no interval from one cluster, and says so", async () => {
    await importText(
      server,
      "one-cluster",
      line([
        { labeler: "x", tiers: [["A"], ["B"], ["C"]] },
        { labeler: "y", tiers: [["B"], ["A"], ["C"]] },
      ]),
    );
    const percent = coefficient(await report("one-cluster"), "PERCENT_AGREEMENT");
    expect(percent.value).toBeCloseTo(2 / 3, 12);
    expect(percent.ci95).toBeNull();
    expect(percent.reason).toMatch(/cluster/);
  });

  test("tells the three tie policies apart: A>B>C=D against A>B=C>D is 4/6, 5/6, 4/4", async () => {
    const four = JSON.stringify({
      text: "Which of four?",
      completions: ["A", "B", "C", "D"].map((key) => ({ key, source: "m", text: key })),
      rankings: [
        { labeler: "x", tiers: [["A"], ["B"], ["C", "D"]] },
        { labeler: "y", tiers: [["A"], ["B", "C"], ["D"]] },
      ],
    });
    await importText(server, "tie-policies", four);
    const value = async (tiePolicy: string) =>
      coefficient(await report("tie-policies", { tiePolicy }), "PERCENT_AGREEMENT").value;
    expect(await value("EXACT")).toBeCloseTo(4 / 6, 12);
    expect(await value("HALF_CREDIT")).toBeCloseTo(5 / 6, 12);
    expect(await value("STRICT_ONLY")).toBe(1);
  });
});

const withData = hasRealData() ? describe : describe.skip;
withData(`Dataset.agreement on real rankings${hasRealData() ? "" : " (skipped: ../shared/data is not here)"}`, () => {
  // Two computations of the same definition agree on it: the library and the naive loops of test/agreement/naive.ts.
  const SQUALITY_ALPHA = 0.7425086419753086;

  test("gives squality's nominal alpha, the same after the completions are re-keyed, and draws its 20 stories", async () => {
    const text = realText("squality");
    await importText(server, "squality", text);
    expect(coefficient(await report("squality"), "KRIPPENDORFF_ALPHA").value).toBeCloseTo(SQUALITY_ALPHA, 9);
    const next: Record<string, string> = { A: "B", B: "C", C: "A" };
    const rekeyed = text
      .trimEnd()
      .split("\n")
      .map((row) => {
        const prompt = JSON.parse(row) as { completions: { key: string }[]; rankings: { tiers: string[][] }[] };
        for (const completion of prompt.completions) completion.key = next[completion.key]!;
        prompt.completions.sort((a, b) => (a.key < b.key ? -1 : 1));
        for (const ranking of prompt.rankings)
          ranking.tiers = ranking.tiers.map((tier) => tier.map((key) => next[key]!));
        return JSON.stringify(prompt);
      });
    await importText(server, "squality-rekeyed", `${rekeyed.join("\n")}\n`);
    expect(coefficient(await report("squality-rekeyed"), "KRIPPENDORFF_ALPHA").value).toBeCloseTo(SQUALITY_ALPHA, 9);
    expect((await report("squality", { cluster: "AUTHOR" })).clusters).toBe(20);
  }, 120_000);
});
