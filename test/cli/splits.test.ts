/** `accord splits`, and who leads there. */
import { sharesOf } from "../../src/cli/commands/splits.js";
import { accordAt } from "../support/accord.js";
import { importText } from "../support/import-over-http.js";
import { rankedLines } from "../support/ranked-lines.js";
import { startTestServer, type TestServer } from "../support/server.js";
import { storeModel } from "../support/stored-model.js";

let server: TestServer;
const accord = (...args: string[]) => accordAt(server, args);

/** Twenty prompts of as many authors, each with a demonstration, none with a split. */
const LINES = Array.from({ length: 20 }, (_, i) =>
  JSON.stringify({ text: `prompt ${i}`, author: `a${i}`, demonstrations: [{ labeler: "w1", text: `answer ${i}` }] }),
).join("\n");

beforeAll(async () => {
  server = await startTestServer();
  for (const slug of ["d", "e"]) await importText(server, slug, `${LINES}\n`);
});
afterAll(() => server.close());

test("trainings and stats of a dataset without splits say so and name the command; after it they do not", async () => {
  const sentence =
    /prompts? (without a split|have no split) \(assignSplits gives them one, on the command line accord splits\)/;
  for (const command of ["sft", "pretrain"])
    expect(await accord(command, "d", "--layers", "1", "--heads", "1", "--width", "8", "--detach")).toMatchObject({
      status: 1,
      err: expect.stringMatching(sentence),
    });
  expect(await accord("evaluate", "d", "--source", "x", "--metrics", "LENGTH", "--detach")).toMatchObject({
    status: 1,
    err: expect.stringMatching(sentence),
  });
  await importText(server, "ranked", rankedLines().replaceAll(/"split":"[A-Z]+",?/g, ""));
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "ranked") { id } }');
  const sft = await storeModel(server, { name: "sft", stage: "SFT", datasetId: dataset.id, seed: 1 });
  const reward = await storeModel(server, { name: "reward", stage: "REWARD", datasetId: dataset.id, seed: 2 });
  for (const command of [
    ["reward-model", "ranked", "--sft", sft.id],
    ["ppo", "ranked", "--sft", sft.id, "--reward", reward.id],
    ["ppo", "ranked", "--sft", sft.id, "--reward", reward.id, "--all-prompts"],
  ])
    expect(await accord(...command, "--detach")).toMatchObject({ status: 1, err: expect.stringMatching(sentence) });
  const before = await accord("stats", "d");
  expect(before).toMatchObject({
    status: 0,
    out: expect.stringContaining("No prompt has a split, so no stage has a size: accord splits d gives them one.\n"),
  });
  expect(before.out).not.toContain("examples");

  const divided = await accord("splits", "d", "--seed", "7");
  expect(divided).toMatchObject({
    status: 0,
    err: "",
    out: `d, revision 2: 20 prompts, seed 7, an author's prompts together

split       prompts  share
──────────  ───────  ──────
TRAIN            16  80.0 %
VALIDATION        2  10.0 %
TEST              2  10.0 %
`,
  });
  const after = await accord("stats", "d");
  expect(after.out).toContain("SFT    TRAIN");
  expect(after.out).not.toContain("accord splits");
});

test("later prompts are told and divided alone; --all divides anew, in the shares that are given", async () => {
  await accord("splits", "e");
  await importText(server, "e", '{"text":"one more"}\n');
  expect((await accord("stats", "e")).out).toContain(
    "1 prompt has no split and is in no stage: accord splits e gives it one.\n",
  );
  const again = await accord("splits", "e", "--train", "0", "--validation", "0", "--json");
  expect(again.err).toBe("");
  expect(JSON.parse(again.out)).toMatchObject({
    all: { totalCount: 21 },
    TRAIN: { totalCount: 16 },
    TEST: { totalCount: 3 },
  });
  const anew = await accord("splits", "e", "--train", "0.5", "--group-by", "prompt", "--all", "--json");
  expect(JSON.parse(anew.out)).toMatchObject({
    splitPolicy: { train: 0.5, validation: 0.25, test: 0.25, groupBy: "PROMPT" },
    TRAIN: { totalCount: expect.any(Number) },
  });
});

test("stats of a dataset without prompts, or whose prompts serve no stage, say that", async () => {
  await server.data('mutation { createDataset(input: { slug: "bare", name: "Bare" }) { id } }');
  expect((await accord("stats", "bare")).out).toBe(
    "Bare (bare), revision 0\n0 prompts, 0 demonstrations, 0 rankings\n\nIt has no prompts.\n",
  );
  await importText(server, "idle", '{"text":"asked by a labeler","split":"TRAIN"}\n');
  expect((await accord("stats", "idle")).out).toContain("No stage has a size: no prompt has a demonstration");
});

test("what is not given takes what is left, in the usual proportion; what is refused is refused by the server's rule", async () => {
  expect(sharesOf({})).toEqual({ train: 0.8, validation: 0.1, test: 0.1 });
  expect(sharesOf({ train: 0.9 })).toEqual({ train: 0.9, validation: 0.05, test: 0.05 });
  expect(sharesOf({ test: 0 })).toEqual({ train: 0.888888888889, validation: 0.111111111111, test: 0 });
  expect(sharesOf({ train: 0.7, validation: 0.3 })).toEqual({ train: 0.7, validation: 0.3, test: 0 });
  expect(await accord("splits", "d", "--train", "1.5")).toMatchObject({
    status: 1,
    err: expect.stringContaining("1.5"),
  });
  expect(await accord("splits", "d", "--train", "0.5", "--validation", "0.1", "--test", "0.1")).toMatchObject({
    status: 1,
    err: expect.stringContaining("add up to 0.7"),
  });
  expect(await accord("splits", "nowhere")).toMatchObject({ status: 1, err: "There is no dataset nowhere.\n" });
  expect((await accord("splits", "d", "--train", "much")).status).toBe(2);
  expect((await accord("splits")).status).toBe(2);
});
