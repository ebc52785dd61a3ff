import { afterAll, beforeAll, describe, expect, it as test } from "@jest/globals";
import { MEASURES } from "../../src/agreement/coefficients/measures.js";
import type { RatingJudgment } from "../../src/agreement/judgments/units-from-ratings.js";
import type { AgreementDocument } from "../../src/services/analysis/agreement-document.js";
import { globalId } from "../../src/services/input/global-id.js";
import type { AgreementMeasure } from "../../src/vocabulary.js";
import { naiveAlpha, naivePercentAgreement, naiveRatingUnits } from "../agreement/naive.js";
import { naiveOfRatings } from "../agreement/naive-ranks.js";
import type { RatedPrompt } from "../agreement/support.js";
import { Random, SEED } from "../datasets/random.js";
import { importText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

interface Assessment {
  labeler: string;
  completion: string;
  overall?: number;
  labels: { HALLUCINATION?: boolean | null };
  toxicity: { output?: number; relative?: number; continuity?: number };
  createdAt: string;
}

const KEYS = ["A", "B", "C", "D"];

/** Assessments of everything that an assessment may hold, each part missing now and then, some given twice. */
function randomAssessments(random: Random): Assessment[][] {
  return Array.from({ length: 12 }, (_, prompt) =>
    KEYS.flatMap((completion, position) => {
      const level = random.int(0, 2);
      return ["ann", "bob", "cyd"].flatMap((labeler, l) =>
        Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, time): Assessment => {
          const near = Math.min(2, Math.max(0, level + random.int(-1, 1)));
          return {
            labeler,
            completion,
            labels: random.chance(0.2) ? {} : { HALLUCINATION: random.chance(0.2) ? null : near > 0 },
            toxicity: {
              ...(random.chance(0.1) ? {} : { output: near }),
              ...(random.chance(0.1) ? {} : { relative: near - 1 }),
              ...(random.chance(0.1) ? {} : { continuity: 1 + 3 * near }),
            },
            ...(random.chance(0.1) ? {} : { overall: 2 + 2 * near }),
            createdAt: new Date(Date.UTC(2026, 0, 1 + prompt, time, position, l)).toISOString(),
          };
        }),
      );
    }),
  );
}

const VALUES: Readonly<Record<Exclude<AgreementMeasure, "RANKING">, (of: Assessment) => number | null | undefined>> = {
  OVERALL: ({ overall }) => overall,
  LABEL: ({ labels: { HALLUCINATION: value } }) => (value == null ? null : Number(value)),
  TOXICITY_OUTPUT: ({ toxicity }) => toxicity.output,
  TOXICITY_RELATIVE: ({ toxicity }) => toxicity.relative,
  CONTINUITY: ({ toxicity }) => toxicity.continuity,
};
const RATINGS = Object.keys(VALUES) as (keyof typeof VALUES)[];

/** What a measure has of the file: null and absent are missing. */
const ratedPrompts = (prompts: Assessment[][], measure: keyof typeof VALUES): RatedPrompt[] =>
  prompts.map((assessments, p) => ({
    promptId: `p${p}`,
    clusterId: `p${p}`,
    ratings: assessments.flatMap((assessment, ordinal): RatingJudgment[] => {
      const value = VALUES[measure](assessment);
      const position = KEYS.indexOf(assessment.completion);
      return value == null
        ? []
        : [{ labelerId: assessment.labeler, position, value, createdAt: Date.parse(assessment.createdAt), ordinal }];
    }),
  }));

const REPORT = `measure units pairableUnits labelers judgments repeats clusters warnings
  coefficients { name value reason n } matrix(minUnits: 0, first: 9) { nodes { a { handle } b { handle } value n kappa tauB } }`;

interface Report {
  readonly warnings: string[];
  readonly coefficients: { name: string; value: number | null; reason: string | null; n: number }[];
  readonly matrix: { nodes: { a: { handle: string }; b: { handle: string }; kappa: number; tauB: number | null }[] };
}

describe(`every measure through the API (SEED=${SEED})`, () => {
  let server: TestServer;
  const prompts = randomAssessments(new Random(SEED));

  beforeAll(async () => {
    server = await startTestServer();
    const lines = prompts.map((assessments, p) =>
      JSON.stringify({
        id: `p${p}`,
        text: `Prompt ${p}`,
        completions: KEYS.map((key) => ({ key, source: "m", text: `${p} ${key}` })),
        assessments,
      }),
    );
    expect(await importText(server, "judged", lines.join("\n"))).toMatchObject({ accepted: 12, rejected: 0 });
  });
  afterAll(() => server.close());

  const ask = (input: Record<string, unknown>) =>
    server.graphql<{ dataset: { agreement: Report } }>(
      `query ($input: AgreementInput!) { dataset(slug: "judged") { agreement(input: $input) { ${REPORT} } } }`,
      { input: { resamples: 200, ...input } },
    );
  const labelOf = (measure: AgreementMeasure) => (measure === "LABEL" ? { label: "HALLUCINATION" } : {});

  test.each(RATINGS)("%s is what a naive count of the file says; null and absent are missing", async (measure) => {
    const { data, errors } = await ask({ measure, ...labelOf(measure) });
    expect(errors).toBeUndefined();
    const report = data!.dataset.agreement;
    const rated = ratedPrompts(prompts, measure);
    const twins = rated.map(naiveRatingUnits);
    const units = twins.flatMap((twin) => twin.units);
    const pairable = units.filter((unit) => unit.length >= 2).length;
    expect(report).toMatchObject({
      measure,
      units: units.length,
      pairableUnits: pairable,
      labelers: 3,
      judgments: units.flat().length,
      repeats: twins.reduce((sum, { repeats }) => sum + repeats, 0),
      clusters: twins.filter((twin) => twin.units.some((unit) => unit.length >= 2)).length,
    });
    const of = (name: string) => report.coefficients.find((found) => found.name === name);
    const percent = naivePercentAgreement(units, (a, b) => (a === b ? 1 : 0));
    expect(of("PERCENT_AGREEMENT")).toMatchObject({ value: expect.closeTo(percent.value!, 12), n: percent.n });
    const alpha = naiveAlpha(units, MEASURES[measure].alphaLevel);
    expect(of("KRIPPENDORFF_ALPHA")!.value).toEqual(alpha === null ? null : expect.closeTo(alpha, 10));
    if (measure === "LABEL") {
      expect(report.coefficients.some(({ name }) => /TAU|RHO|ICC|WEIGHTED|AC2/.test(name))).toBe(false);
      expect(report.matrix.nodes.map(({ tauB }) => tauB)).toEqual([null, null, null]);
      return;
    }
    const { tau, rho } = naiveOfRatings(rated);
    expect(of("KENDALL_TAU_B")).toMatchObject({ value: expect.closeTo(tau.value!, 10), n: tau.n });
    expect(of("SPEARMAN_RHO")!.value).toBeCloseTo(rho.value!, 10);
    expect(report.coefficients.filter(({ name }) => name.startsWith("ICC"))).toHaveLength(6);
    for (const { a, b, tauB } of report.matrix.nodes) {
      expect(tauB).toBeCloseTo(tau.byPair.get([a.handle, b.handle].sort().join(" "))!, 10);
    }
  });

  test.each([
    [{ measure: "LABEL" }, /^The measure is LABEL and no label is given; label is one of FAILS_INSTRUCTION, /],
    [{ measure: "LABEL", label: null }, /^The measure is LABEL and no label is given/],
    [{ measure: "CONTINUITY", label: "HALLUCINATION" }, /^label goes with measure LABEL; the measure is CONTINUITY\.$/],
  ])("refuses %j", async (input, message) => {
    const { errors } = await ask(input);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code: "BAD_USER_INPUT", field: "input.label" },
    });
  });

  test("a label that nobody was asked for has no judgments, which is said", async () => {
    const { data } = await ask({ measure: "LABEL", label: "SEXUAL_CONTENT" });
    expect(data!.dataset.agreement).toMatchObject({ units: 0, labelers: 0, judgments: 0 });
    for (const { value, reason } of data!.dataset.agreement.coefficients) {
      expect([value, reason]).toEqual([null, expect.stringMatching(/no judgments/)]);
    }
  });

  test("each labeler's own line is that of the report, and null without a judgment or a dataset", async () => {
    interface Line {
      labeler: { handle: string };
      value: number | null;
      n: number;
      ci95: object | null;
    }
    const line = "{ labeler { handle } value n ci95 { low high } }";
    const input = { measure: "CONTINUITY", resamples: 200, seed: 3 };
    const own = async (datasetId: string, changes: object = {}) =>
      server.graphql<{ labelers: { nodes: { handle: string; agreement: Line | null }[] } }>(
        `query ($datasetId: ID!, $input: AgreementInput!) {
          labelers(first: 9) { nodes { handle agreement(datasetId: $datasetId, input: $input) ${line} } } }`,
        { datasetId, input: { ...input, ...changes } },
      );
    await importText(server, "other", `{"text":"x","demonstrations":[{"labeler":"dan","text":"y"}]}\n`);
    const { dataset } = await server.data<{ dataset: { id: string; agreement: { byLabeler: { nodes: Line[] } } } }>(
      `query ($input: AgreementInput!) { dataset(slug: "judged") { id agreement(input: $input) { byLabeler { nodes ${line} } } } }`,
      { input },
    );
    const lines = new Map(dataset.agreement.byLabeler.nodes.map((node) => [node.labeler.handle, node]));
    expect([...lines.keys()].sort()).toEqual(["ann", "bob", "cyd"]);
    const { data } = await own(dataset.id);
    expect(data!.labelers.nodes.map(({ handle }) => handle).sort()).toEqual(["ann", "bob", "cyd", "dan"]);
    for (const { handle, agreement } of data!.labelers.nodes) expect(agreement).toEqual(lines.get(handle) ?? null);
    const unknown = await own(globalId("Dataset", "999"));
    expect(unknown.errors).toBeUndefined();
    expect(unknown.data!.labelers.nodes.map(({ agreement }) => agreement)).toEqual([null, null, null, null]);
    expect((await own("nonsense")).errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "datasetId",
    });
    const refused = await own(dataset.id, { measure: "LABEL" });
    expect(refused.errors?.[0]).toMatchObject({ message: expect.stringContaining("no label is given") });
  });

  test("a whole report of each measure comes over HTTP, the page names the label, and none is without one", async () => {
    const get = (ending: string, query: string) =>
      fetch(`${server.url}/datasets/judged/agreement.${ending}?resamples=200&${query}`, {
        headers: { authorization: `Bearer ${server.adminKey}` },
      });
    for (const measure of RATINGS) {
      const label = measure === "LABEL" ? "&label=HALLUCINATION" : "";
      const document = (await (await get("json", `measure=${measure}${label}`)).json()) as AgreementDocument;
      expect(document).toMatchObject({ measure, labelers: 3 });
      const { scale } = MEASURES[measure];
      const cells = document.mostContested.flatMap(({ columns }) => columns.flatMap((column) => column.cells));
      expect(cells.filter((cell) => cell !== null && !scale.includes(cell))).toEqual([]);
      expect(cells.some((cell) => cell !== null)).toBe(true);
      const page = await (await get("html", `measure=${measure}${label}`)).text();
      expect(page.includes("hallucination")).toBe(measure === "LABEL");
      expect((await get("csv", `measure=${measure}${label}`)).status).toBe(200);
    }
    const refused = await get("html", "measure=LABEL");
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({
        errors: [expect.objectContaining({ message: expect.stringMatching(/no label is given/) })],
      }),
    ]);
  });
});
