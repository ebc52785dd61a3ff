/** `accord score` and `accord evaluate`, as a user types them, against a server whose jobs run. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { importText } from "../support/import-over-http.js";
import { storeModel } from "../support/stored-model.js";
import { startTrainingServer, type TrainingServer } from "../support/training-server.js";

const ACCORD = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
let server: TrainingServer;
let judge: string;

beforeAll(async () => {
  server = await startTrainingServer();
  const completions = ["new", "old"].map((source, i) => ({ key: "AB"[i], source, text: `${source}!` }));
  await importText(server, "d", `${JSON.stringify({ text: "Say it.", split: "TEST", completions })}\n`);
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  judge = (await storeModel(server, { name: "judge", stage: "REWARD", datasetId: dataset.id })).id;
  await server.runner();
});
afterAll(() => server.close());

function accord(...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ACCORD, ...args], {
      env: { PATH: process.env.PATH, ACCORD_URL: server.url, ACCORD_API_KEY: server.adminKey },
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

test("score stores what a reward model says of the completions of a source", async () => {
  const { status, out } = await accord("score", "d", "--model", judge, "--source", "new", "--split", "test");
  expect({ status, out }).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^SCORING \S+: SUCCEEDED, dataset d$/m),
  });
  expect(await server.database.select("select count(*)::integer as n from completion_score", [])).toEqual([{ n: 1 }]);
});

test("evaluate prints a table of figures with reasons, or JSON", async () => {
  const args = [
    "evaluate",
    "d",
    "--source",
    "new",
    "--baseline",
    "old",
    "--judge",
    judge,
    "--metrics",
    "length,win-rate",
  ];
  const { status, out } = await accord(...args);
  expect(status).toBe(0);
  expect(out).toMatch(/^metric +value +95 % interval +n +note$/m);
  expect(out).toMatch(/^LENGTH +4\.000 .* 1$/m);
  expect(out).toMatch(/^WIN_RATE .* judged by judge$/m);
  expect(out).toMatch(/^WIN_RATE: The one prompt was lost: no finite parameters fit it best\.$/m);
  const { results } = JSON.parse((await accord(...args, "--json")).out) as { results: { metric: string }[] };
  expect(results.map(({ metric }) => metric)).toEqual(["LENGTH", "WIN_RATE", "WIN_RATE"]);
});

test("generate before an evaluation changes no figure; with its settings its completions are reused, and both are told", async () => {
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const own = (await storeModel(server, { name: "own", stage: "SFT", datasetId: dataset.id, seed: 4 })).id;
  const evaluate = async (...options: string[]) => {
    const args = ["evaluate", "d", "--model", own, "--metrics", "length", "--json", ...options];
    return JSON.parse((await accord(...args)).out) as { results: unknown; warnings: string[] };
  };
  const before = await evaluate();
  expect((await accord("generate", "d", "--model", own, "--max-tokens", "3", "--samples", "1")).status).toBe(0);
  const after = await evaluate();
  expect(after.results).toEqual(before.results);
  expect(after.warnings.join(" ")).toMatch(
    / of at most 24 tokens, .* 1 other stored completion under the model's name is left aside/,
  );
  const likewise = await evaluate("--max-tokens", "3");
  expect(likewise.warnings.join(" ")).toMatch(/ of at most 3 tokens, .* 1 of 1 response is a stored one of job /);
  expect((await evaluate("--max-tokens", "3", "--temperature", "0")).warnings[0]).toMatch(
    /^Responses are one a prompt, at temperature 0, /,
  );
});

test("what is refused has status 1 and the server's sentence", async () => {
  const { status, err } = await accord("evaluate", "d", "--source", "new", "--metrics", "toxicity");
  expect([status, err]).toEqual([1, expect.stringContaining("The metric TOXICITY comes later")]);
});
