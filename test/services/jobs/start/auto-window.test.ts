/** The window of a model that is trained from nothing, where a request leaves it open. */
import { makeTokenizer } from "../../../../src/datasets/tokenizers/make-tokenizer.js";
import { layOutExamples, tokenizerTexts } from "../../../../src/training/text/text-layout.js";
import { importText } from "../../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../../support/server.js";
import { chineseTexts } from "../../../training/texts.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const PROMPTS = 240;
const [questions, answers] = [chineseTexts(2 * PROMPTS), chineseTexts(4 * PROMPTS).slice(2 * PROMPTS)];
/** Prompts of 100 to 400 characters, which are answered in as many; every fifth is a labeler's with three pairs. */
const lines = Array.from({ length: PROMPTS }, (_, n) => ({
  text: questions[n]!,
  split: n % 8 === 0 ? "VALIDATION" : "TRAIN",
  source: n % 5 === 0 ? "LABELER" : "CUSTOMER",
  fewShot:
    n % 5 === 0
      ? [1, 2, 3].map((k) => ({ query: questions[PROMPTS + n]?.slice(0, 20 * k) ?? "", response: `答${k}` }))
      : [],
  demonstrations: n % 5 === 0 ? [] : [{ labeler: "w1", text: answers[n]! }],
}));

interface Started {
  readonly config: {
    readonly architecture: { readonly contextLength: number };
    readonly trainExamples: number;
    readonly validationExamples: number;
    readonly reasons: { readonly contextLength: string };
  };
}

async function idOf(slug: string): Promise<string> {
  return (await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`)).dataset.id;
}

async function start(mutation: "startSft" | "startPretraining", slug: string, architecture: object): Promise<Started> {
  const type = mutation === "startSft" ? "SftInput" : "PretrainingInput";
  const answer = await server.data<Record<string, Started>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { config } }`,
    { input: { datasetId: await idOf(slug), architecture } },
  );
  return answer[mutation] as Started;
}

const SMALL = { layers: 1, heads: 1, width: 16 };

test("nearly all examples of a Chinese set fit the window that AUTO chooses, and 128 would take their prompt", async () => {
  expect(await importText(server, "zh", lines.map((line) => `${JSON.stringify(line)}\n`).join(""))).toMatchObject({
    rejected: 0,
  });
  const { config } = await start("startSft", "zh", SMALL);
  const prompts = lines.map((line, n) => ({
    ...line,
    id: `${n}`,
    split: line.split as "TRAIN" | "VALIDATION",
    source: line.source as "LABELER" | "CUSTOMER",
    demonstrations: line.demonstrations.map(({ text }) => text),
  }));
  const texts = tokenizerTexts(prompts.filter(({ split }) => split === "TRAIN"));
  const tokenizer = await makeTokenizer("TRAINED_BPE", texts, 4096);
  const cutsIn = (window: number) => layOutExamples(prompts, tokenizer, window).cuts;
  const examples = config.trainExamples + config.validationExamples;
  expect(cutsIn(128).contexts.all).toBe(examples);
  expect(cutsIn(128).contexts.lost).toBeGreaterThan(0.3 * examples);
  const { contexts, responses } = cutsIn(config.architecture.contextLength);
  expect(contexts.cut + responses).toBeLessThanOrEqual(0.05 * examples);
  expect([256, 512, 1024]).toContain(config.architecture.contextLength);
  const [, fitting, all] =
    /^AUTO: the smallest of .* that 95 % of the examples fit\. An estimated (\d+) of (\d+) examples fit it\.$/.exec(
      config.reasons.contextLength,
    ) ?? [];
  expect(Number(all)).toBe(examples);
  expect(Number(fitting)).toBeGreaterThanOrEqual(0.95 * examples);

  // The same documents, with every pair of a few-shot prompt in one.
  const pretraining = await start("startPretraining", "zh", SMALL);
  expect([256, 512, 1024]).toContain(pretraining.config.architecture.contextLength);
  expect(pretraining.config.reasons.contextLength).toMatch(/ of 240 examples fit it\.$/);
});

test("a window that is given counts, and short texts keep the smallest", async () => {
  await importText(
    server,
    "short",
    '{"text":"Say a.","split":"TRAIN","demonstrations":[{"labeler":"w1","text":"a"}]}\n',
  );
  expect((await start("startSft", "short", SMALL)).config).toMatchObject({
    architecture: { contextLength: 128 },
    reasons: { contextLength: expect.stringContaining("An estimated 1 of 1 examples fit it.") },
  });
  expect((await start("startSft", "zh", { ...SMALL, contextLength: 64 })).config).toMatchObject({
    architecture: { contextLength: 64 },
    reasons: { contextLength: "Given." },
  });
});
