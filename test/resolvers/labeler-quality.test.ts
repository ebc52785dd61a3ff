import { LABELER_SIGNALS } from "../../src/vocabulary.js";
import { prompts } from "../examples/sample-file.js";
import { importText, sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

const SIGNAL = "signal value expected pValue adjustedPValue n flagged evidence reason other { handle }";
const LINE = `labeler { handle } works units consensus ci95 { low high } accuracy accuracyReason confusion reliability reliabilityReason signals { ${SIGNAL} }`;

interface Line {
  readonly labeler: { readonly handle: string };
  readonly works: number;
  readonly units: number;
  readonly consensus: number | null;
  readonly ci95: { readonly low: number; readonly high: number } | null;
  readonly accuracy: number | null;
  readonly confusion: number[][] | null;
  readonly accuracyReason: string | null;
  readonly reliability: number | null;
  readonly reliabilityReason: string | null;
  readonly signals: {
    readonly signal: string;
    readonly pValue: number | null;
    readonly flagged: boolean;
    readonly evidence: string | null;
    readonly reason: string | null;
    readonly other: { readonly handle: string } | null;
  }[];
}

interface Report {
  readonly labelers: number;
  readonly works: number;
  readonly units: number;
  readonly pairableUnits: number;
  readonly categories: string[];
  readonly priors: number[] | null;
  readonly warnings: string[];
  readonly byLabeler: { totalCount: number; nodes: Line[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await importText(server, "sample", sampleText());
}, 120_000);
afterAll(() => server.close());

const ask = (slug: string, input: Record<string, unknown>, page = "(first: 100)") =>
  server.graphql<{ dataset: { labelerQuality: Report } }>(
    `query ($slug: String!, $input: AgreementInput!) { dataset(slug: $slug) { labelerQuality(input: $input) {
      labelers works units pairableUnits categories priors warnings
      byLabeler${page} { totalCount nodes { ${LINE} } pageInfo { hasNextPage endCursor } } } } }`,
    { slug, input: { measure: "RANKING", resamples: 200, ...input } },
  );

async function report(slug: string, input: Record<string, unknown> = {}, page?: string): Promise<Report> {
  const { data, errors } = await ask(slug, input, page);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data.dataset.labelerQuality;
}

test("says of every labeler what the judgments say: counts as in the agreement report, shares, and all signals", async () => {
  const told = await report("sample");
  const { dataset } = await server.data<{ dataset: { agreement: Record<string, number> } }>(
    `{ dataset(slug: "sample") { agreement(input: { measure: RANKING, resamples: 200 }) { labelers units pairableUnits } } }`,
  );
  expect(told).toMatchObject(dataset.agreement);
  expect(told.categories).toEqual([">", "=", "<"]);
  expect(told.priors?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  const { nodes, totalCount } = told.byLabeler;
  expect([nodes.length, totalCount]).toEqual([told.labelers, told.labelers]);
  // Works, counted from the file: rankings, of which the later counts where a labeler ranked the same completions again.
  const works = new Map<string, Set<string>>();
  for (const [i, prompt] of prompts.entries()) {
    for (const { labeler, tiers } of prompt.rankings ?? []) {
      const mine = works.get(labeler) ?? new Set<string>();
      works.set(labeler, mine.add(`${i} ${tiers.flat().sort().join()}`));
    }
  }
  for (const line of nodes) {
    expect([line.labeler.handle, line.works]).toEqual([line.labeler.handle, works.get(line.labeler.handle)?.size]);
    expect(line.signals.map(({ signal }) => signal)).toEqual([...LABELER_SIGNALS]);
    for (const { pValue, reason, flagged, evidence } of line.signals) {
      expect((pValue === null) === (reason === null)).toBe(false);
      if (flagged) expect(evidence).toMatch(/\d/);
    }
    expect((line.accuracy === null) === (line.accuracyReason === null)).toBe(false);
    expect((line.reliability === null) === (line.reliabilityReason === null)).toBe(false);
    for (const share of [line.consensus, line.accuracy, line.reliability])
      if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
    if (line.ci95 !== null) expect(line.ci95.low <= line.consensus! && line.consensus! <= line.ci95.high).toBe(true);
  }
  expect(told.warnings[0]).toContain("nothing is done to a labeler");
});

test("pages through the labelers, and through those that are flagged", async () => {
  const whole = await report("sample");
  const first = await report("sample", {}, "(first: 3)");
  expect(first.byLabeler.pageInfo.hasNextPage).toBe(true);
  const rest = await report("sample", {}, `(first: 100, after: "${first.byLabeler.pageInfo.endCursor}")`);
  expect([...first.byLabeler.nodes, ...rest.byLabeler.nodes]).toEqual(whole.byLabeler.nodes);
  const flagged = await report("sample", {}, "(first: 100, flaggedOnly: true)");
  expect(flagged.byLabeler.nodes).toEqual(whole.byLabeler.nodes.filter((l) => l.signals.some((s) => s.flagged)));
});

test("a copier is flagged with whom, and a consensus of scores is looked at, too", async () => {
  const labelers = ["ann", "bob", "cyd", "dan", "eve"];
  // The same pseudo-random tastes in every run: a linear congruential generator (Park and Miller 1988).
  let state = 20;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const lines = Array.from({ length: 60 }, (_, i) => {
    const orders = new Map(labelers.map((labeler) => [labeler, ["A", "B", "C", "D"].sort(() => next() - 0.5)]));
    orders.set("eve", orders.get("dan")!);
    return JSON.stringify({
      externalId: `p${i}`,
      text: `Question ${i}?`,
      completions: ["A", "B", "C", "D"].map((key) => ({ key, source: key, text: `${key}${i}` })),
      rankings: labelers.map((labeler, j) => ({
        labeler,
        tiers: orders.get(labeler)!.map((key) => [key]),
        createdAt: new Date(Date.UTC(2026, 0, 1 + i, j)).toISOString(),
      })),
    });
  });
  await importText(server, "copied", lines.join("\n"));
  const told = await report("copied");
  const eve = told.byLabeler.nodes.find(({ labeler }) => labeler.handle === "eve")!;
  const signal = eve.signals.find((one) => one.signal === "COPYING")!;
  expect(signal).toMatchObject({ flagged: true, other: { handle: "dan" } });
  expect(signal.pValue).toBeLessThan(1e-6);
  const scores = await report("sample", { measure: "OVERALL" });
  expect(scores.categories).toHaveLength(7);
  for (const { reliability, reliabilityReason, signals } of scores.byLabeler.nodes) {
    expect([reliability, reliabilityReason]).toEqual([
      null,
      "Scores are no comparisons; the Bradley–Terry model is of rankings.",
    ]);
    expect(signals).toHaveLength(LABELER_SIGNALS.length);
  }
});

test("nothing judged is said in sentences, and what breaks a rule is refused as an agreement report refuses it", async () => {
  const none = await report("sample", { useCases: [] });
  expect(none).toMatchObject({ labelers: 0, works: 0, units: 0, priors: null });
  expect(none.byLabeler.nodes).toEqual([]);
  for (const [input, field] of [
    [{ resamples: 199 }, "input.resamples"],
    [{ measure: "LABEL" }, "input.label"],
    [{ labelerIds: ["nobody"] }, "input.labelerIds.0"],
  ] as const)
    expect((await ask("sample", input)).errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
});
