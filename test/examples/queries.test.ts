import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { parse, validate } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { type Example, parseExample } from "../../src/explorer/examples.js";
import { createSchema } from "../../src/server/graphql/graphql-schema.js";
import { importText, sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

/** One example file each; the counts they must give are those of examples/sample/README.md. */
const FOLDER = new URL("../../examples/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".graphql"));
const read = (file: string): string => readFileSync(new URL(file, FOLDER), "utf8");

interface SamplePrompt {
  id: string;
  completions: { id: string; key: string; source: string }[];
  rankings: { nodes: { notation: string; labeler: { id: string; handle: string } }[] };
}

describe("the example queries", () => {
  test.each(FILES)("%s says what it does, is short, and fits the schema", async (file) => {
    const { title, query, variables } = parseExample(file, read(file));
    expect(title.length).toBeLessThan(100);
    expect(query.split("\n").length).toBeLessThan(40);
    expect(validate(await createSchema(), parse(query)).map(({ message }) => message)).toEqual([]);
    const declared = [...query.matchAll(/\$(\w+): \w+!/g)].map((match) => match[1]);
    const given: object = JSON.parse(variables || "{}");
    expect(Object.keys(given).sort()).toEqual([...new Set(declared)].sort());
  });

  describe("on the sample dataset", () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startTestServer();
      expect(await importText(server, "sample", sampleText())).toMatchObject({ rejected: 0, errors: [] });
    });
    afterAll(() => server.close());

    const example = (number: string): Example => {
      const file = FILES.find((name) => name.startsWith(number)) as string;
      return parseExample(file, read(file));
    };
    const run = <Data>(number: string, variables?: object): Promise<Data> => {
      const { query, variables: given } = example(number);
      return server.data<Data>(query, { ...JSON.parse(given || "{}"), ...variables });
    };
    const sampleId = async (): Promise<string> =>
      (await run<{ datasets: { nodes: { id: string }[] } }>("01")).datasets.nodes[0]?.id as string;
    const prompts = async (): Promise<SamplePrompt[]> =>
      (await run<{ dataset: { prompts: { nodes: SamplePrompt[] } } }>("02")).dataset.prompts.nodes;

    test("lists the datasets", async () => {
      expect(await run("01")).toMatchObject({
        viewer: { role: "ADMIN" },
        datasets: { totalCount: 1, nodes: [{ slug: "sample", prompts: { totalCount: 136 } }] },
      });
    });

    test("reads the most ranked prompts", async () => {
      const nodes = await prompts();
      expect(nodes).toHaveLength(5);
      for (const { completions, rankings } of nodes) {
        const keys = completions.map(({ key }) => key);
        expect(rankings.nodes.length).toBeGreaterThan(0);
        for (const { notation } of rankings.nodes) {
          expect(notation.split(/[>=]/).every((key) => keys.includes(key))).toBe(true);
        }
      }
    });

    test("counts splits and use cases", async () => {
      const { dataset } = await run<{
        dataset: {
          splitSizes: { stage: string; split: string; prompts: number }[];
          useCases: { prompts: number; share: number }[];
        };
      }>("03");
      const ppo = (split: string) =>
        dataset.splitSizes
          .filter((size) => size.stage === "PPO" && size.split === split)
          .reduce((sum, size) => sum + size.prompts, 0);
      expect([ppo("TRAIN"), ppo("VALIDATION")]).toEqual([25, 8]);
      expect(dataset.useCases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    });

    test("measures agreement", async () => {
      const { dataset } = await run<{
        dataset: {
          agreement: { coefficients: { name: string; value: number; ci95: { low: number; high: number } }[] };
        };
      }>("04");
      const percent = dataset.agreement.coefficients.find(({ name }) => name === "PERCENT_AGREEMENT");
      expect(percent?.value).toBeCloseTo(0.748, 3);
      expect(percent?.ci95.low).toBeLessThan(percent?.value as number);
      expect(percent?.ci95.high).toBeGreaterThan(percent?.value as number);
    });

    test("measures agreement on a label, of which null and absent are missing", async () => {
      interface Labelled {
        dataset: {
          agreement: {
            pairableUnits: number;
            coefficients: { name: string; value: number }[];
            matrix: { nodes: { value: number; kappa: number | null; n: number }[] };
          };
        };
      }
      const { agreement } = (await run<Labelled>("14")).dataset;
      // Counted from the file by a Python script: 121 completions by two or more, and 540 of 580 pairs of labelers agree.
      expect(agreement.pairableUnits).toBe(121);
      const of = (name: string) => agreement.coefficients.find((found) => found.name === name)?.value as number;
      expect(of("PERCENT_AGREEMENT")).toBeCloseTo(540 / 580, 12);
      expect(of("GWET_AC1")).toBeGreaterThan(of("KRIPPENDORFF_ALPHA"));
      expect(agreement.matrix.nodes).toHaveLength(5);
      for (const { n } of agreement.matrix.nodes) expect(n).toBeGreaterThanOrEqual(10);
    });

    test("finds the rankings that go against the guideline", async () => {
      interface Found {
        dataset: {
          rankings: {
            totalCount: number;
            nodes: {
              prompt: { externalId: string };
              labeler: { handle: string };
              guidelineViolations: { rule: string; preferred: { key: string }; over: { key: string } }[];
            }[];
          };
        };
      }
      const { rankings } = (await run<Found>("12")).dataset;
      const found = rankings.nodes.flatMap(({ prompt, labeler, guidelineViolations }) =>
        guidelineViolations.map(
          ({ rule, preferred, over }) => `${prompt.externalId} ${labeler.handle} ${preferred.key}>${over.key} ${rule}`,
        ),
      );
      expect(rankings.totalCount).toBe(rankings.nodes.length);
      const count = (rule: string) => found.filter((text) => text.endsWith(rule)).length;
      expect({ TRADE_OFF: count("TRADE_OFF"), HELP_FIRST: count("HELP_FIRST"), TOXICITY: count("TOXICITY") }).toEqual({
        TRADE_OFF: 7,
        HELP_FIRST: 11,
        TOXICITY: 5,
      });
      expect(found.filter((text) => text.endsWith("OWN_SCORES")).sort()).toEqual(againstOwnScores(sampleText()));
    });

    test("hands in a completion, ranks it, and finds both in the audit log", async () => {
      const datasetId = await sampleId();
      const prompt = (await prompts())[0] as SamplePrompt;
      const given = JSON.parse(example("05").variables) as {
        input: { source: string; completions: { text: string }[] };
      };
      const { submitCompletions } = await run<{ submitCompletions: { id: string; key: string }[] }>("05", {
        input: {
          ...given.input,
          datasetId,
          completions: given.input.completions.map((completion) => ({ ...completion, promptId: prompt.id })),
        },
      });
      const submitted = submitCompletions[0] as { id: string; key: string };
      expect(submitted).toMatchObject({ source: "my-policy", sampleIndex: 0, version: 1 });

      const [best, tied] = prompt.completions;
      const { submitRanking } = await run<{ submitRanking: { notation: string; comparisons: object[] } }>("06", {
        input: {
          promptId: prompt.id,
          labelerId: prompt.rankings.nodes[0]?.labeler.id,
          tiers: [[best?.id], [submitted.id, tied?.id]],
          idempotencyKey: "my-first-ranking",
        },
      });
      // The best of three wins against both that tie below it.
      const below = [submitted.key, tied?.key as string].sort();
      expect(submitRanking.notation).toBe(`${best?.key}>${below.join("=")}`);
      expect(submitRanking.comparisons).toHaveLength(2);

      const { auditLog } = await run<{ auditLog: { nodes: { action: string }[] } }>("08");
      const actions = auditLog.nodes.map(({ action }) => action);
      expect(actions).toContain("submitCompletions");
      expect(actions).toContain("submitRanking");
    });

    test("hears of a change", async () => {
      const client = createClient({
        url: `${server.url.replace("http", "ws")}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${server.adminKey}` },
      });
      const id = await sampleId();
      const events = client.iterate<{ datasetChanged: object }>({
        query: example("07").query,
        variables: { datasetId: id },
      });
      let heard: unknown;
      const first = events.next().then(({ value }) => {
        heard = value;
      });
      // Nothing tells when the server has begun to listen, so the dataset changes until somebody hears of it.
      while (heard === undefined) {
        await server.data("mutation Change($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
          input: { id, description: `changed at ${performance.now()}` },
        });
        await Promise.race([first, setTimeout(100)]);
      }
      await events.return?.();
      await client.dispose();
      expect(heard).toEqual({
        data: {
          datasetChanged: {
            slug: "sample",
            revision: expect.any(Number),
            splitSizes: expect.arrayContaining([{ stage: "PPO", split: "TRAIN", prompts: 25 }]),
          },
        },
      });
    });

    test("starts a job, looks at it, and follows its metrics to its end", async () => {
      const given = JSON.parse(example("09").variables) as { input: object };
      const { startSft } = await run<{ startSft: { id: string; progress: object } }>("09", {
        input: { ...given.input, datasetId: await sampleId() },
      });
      // 93 examples in batches of four: 24 steps an epoch.
      expect(startSft).toMatchObject({ status: "QUEUED", progress: { totalSteps: 720 } });
      expect(await run("10", { id: startSft.id })).toMatchObject({
        node: { kind: "SFT", status: "QUEUED", progress: { step: 0 }, metrics: [], samples: [], error: null },
      });
      const client = createClient({
        url: `${server.url.replace("http", "ws")}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${server.adminKey}` },
      });
      const events = client.iterate({ query: example("11").query, variables: { jobId: startSft.id } });
      // Read from the beginning, as docs/clients.md says: a client hears of an end only while it reads.
      const first = events.next();
      await server.data("mutation ($id: ID!) { cancelJob(id: $id) { id } }", { id: startSft.id });
      expect(await first).toEqual({ done: true, value: undefined });
      await client.dispose();
    });
  });
});

/** Read from the lines themselves: who ranked what above something to which the same ranking gave a better score. */
function againstOwnScores(text: string): string[] {
  interface Line {
    id?: string;
    rankings?: { labeler: string; tiers: string[][]; assessments?: { completion: string; overall?: number }[] }[];
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as Line)
    .flatMap(({ id, rankings = [] }) =>
      rankings.flatMap(({ labeler, tiers, assessments = [] }) => {
        const overall = new Map(assessments.map((said) => [said.completion, said.overall]));
        const lower = (w: string, l: string) => (overall.get(w) ?? Infinity) < (overall.get(l) ?? -Infinity);
        return tiers.flatMap((tier, i) =>
          tier.flatMap((w) =>
            tiers
              .slice(i + 1)
              .flat()
              .filter((l) => lower(w, l))
              .map((l) => `${id} ${labeler} ${w}>${l} OWN_SCORES`),
          ),
        );
      }),
    )
    .sort();
}
