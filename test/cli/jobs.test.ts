/** The commands of jobs, as a user types them, against a server whose jobs run. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { duration, jobLine, sparkline } from "../../src/cli/terminal/job-line.js";
import { importText } from "../support/import-over-http.js";
import { Relay } from "../support/relay.js";
import {
  demonstrationLines,
  hasEnded,
  type SeenPoint,
  startTrainingServer,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

const ACCORD = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SMALL = ["--layers", "1", "--heads", "2", "--width", "16", "--context", "48", "--tokenizer", "bytes"];

let server: TrainingServer;

beforeAll(async () => {
  server = await startTrainingServer();
  await importText(server, "d", demonstrationLines());
});
afterAll(() => server.close());

const accord = (...args: string[]) => accordAt(server.url, ...args);

function accordAt(url: string, ...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ACCORD, ...args], {
      env: { PATH: process.env.PATH, ACCORD_URL: url, ACCORD_API_KEY: server.adminKey },
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

/** An id as the command prints it. */
const idIn = (out: string): string => /^(?:SFT|GENERATION) (\S+):/m.exec(out)?.[1] ?? "";

test("sft follows its job to the model, and generate stores completions under the model's name", async () => {
  const runner = await server.runner();
  const trained = await accord("sft", "d", ...SMALL, "--epochs", "2", "--name", "tiny", "--seed", "3");
  expect(trained).toMatchObject({ status: 0, out: expect.stringMatching(/^SFT \S+: SUCCEEDED, dataset d$/m) });
  expect(trained.err).toMatch(/step \d+ of \d+/);
  const model = /^Model tiny \((\S+)\), 8,192 weights, sha256 [0-9a-f]{64}$/m.exec(trained.out)?.[1] ?? "";
  const { status, out } = await accord(
    "generate",
    "d",
    "--model",
    model,
    "--samples",
    "2",
    "--max-prompts",
    "3",
    "--max-tokens",
    "4",
  );
  expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/^GENERATION \S+: SUCCEEDED/m) });
  expect(await server.data('{ dataset(slug: "d") { sources { name completions prompts latestVersion } } }')).toEqual({
    dataset: { sources: [{ name: "tiny", completions: 6, prompts: 3, latestVersion: 1 }] },
  });
  expect((await accord("models")).out).toMatch(/tiny\s+SFT\s+8192/);
  const listed = JSON.parse((await accord("jobs", "--status", "succeeded", "--json")).out) as { kind: string }[];
  expect(listed.map(({ kind }) => kind)).toEqual(["GENERATION", "SFT"]);
  await runner.stop();
});

test("a job that was left is followed later: every point once as JSON, then the job", async () => {
  const left = await accord("sft", "d", ...SMALL, "--epochs", "3", "--detach");
  expect(left).toMatchObject({ status: 0, out: expect.stringMatching(/QUEUED/) });
  const id = idIn(left.out);
  const following = accord("job", id, "--follow", "--json");
  const runner = await server.runner();
  const { status, out } = await following;
  await runner.stop();
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as SeenPoint & { status?: string });
  expect([status, lines.pop()?.status]).toEqual([0, "SUCCEEDED"]);
  expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, i) => i + 1));
  expect(lines.length).toBeGreaterThan(20);
});

test("a follower outlives a server that goes away and comes back, and sees every point once", async () => {
  const id = idIn((await accord("sft", "d", ...SMALL, "--epochs", "3", "--detach")).out);
  const way = await Relay.to(server.url);
  const following = accordAt(way.url, "job", id, "--follow", "--json");
  const runner = await server.runner();
  await untilJob(server, id, ({ progress }) => progress.step > 3);
  await way.close();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await way.open();
  const { status, out } = await following;
  await runner.stop();
  await way.close();
  const lines = out.trim().split("\n");
  expect([status, JSON.parse(lines.pop() ?? "{}").status]).toEqual([0, "SUCCEEDED"]);
  expect(lines.map((line) => JSON.parse(line).sequence)).toEqual(lines.map((_, i) => i + 1));
}, 60_000);

test("fifteen reconnections leave nothing behind: Node warns of no listeners", async () => {
  const id = idIn((await accord("sft", "d", ...SMALL, "--epochs", "1", "--detach")).out);
  const way = await Relay.to(server.url);
  const following = accordAt(way.url, "job", id, "--follow");
  for (let n = 0; n < 15; n++) {
    await way.carries(2);
    await way.close();
    await way.open();
  }
  await way.carries(2);
  await accord("cancel", id);
  const { status, out, err } = await following;
  await way.close();
  expect([status, out]).toEqual([1, expect.stringContaining("CANCELLED")]);
  expect(err.split("\n").filter((line) => !line.startsWith("SFT "))).toEqual(["The job ended as CANCELLED.", ""]);
}, 90_000);

test("cancel, retry, and what is refused", async () => {
  const id = idIn((await accord("sft", "d", ...SMALL, "--epochs", "1", "--detach")).out);
  const following = accord("job", id, "--follow");
  expect(await accord("cancel", id)).toMatchObject({ status: 0, out: expect.stringContaining("CANCELLED") });
  expect(await following).toMatchObject({ status: 1, err: expect.stringContaining("The job ended as CANCELLED.") });
  expect(await accord("cancel", id)).toMatchObject({
    status: 1,
    err: expect.stringContaining("CONFLICT: The job has ended as CANCELLED"),
  });
  expect(await accord("retry", id)).toMatchObject({ status: 0, out: expect.stringContaining("QUEUED") });
  const runner = await server.runner();
  expect((await untilJob(server, id, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
  expect(await accord("job", "nonsense")).toMatchObject({ status: 1, err: expect.stringContaining("BAD_USER_INPUT") });
  expect(await accord("sft", "no-such")).toMatchObject({
    status: 1,
    err: expect.stringContaining("There is no dataset no-such."),
  });
  expect(await accord("sft", "d", "--learning-rate", "0")).toMatchObject({
    status: 1,
    err: expect.stringContaining("Learning rate is 0; it must be at least 1e-10"),
  });
  expect(await accord("sft", "d", "--base", "M", "--base-job", "J", "--layers", "1")).toMatchObject({
    status: 1,
    err: expect.stringContaining("baseModelId and baseJobId and architecture are given"),
  });
  for (const wrong of [
    ["sft"],
    ["sft", "d", "--epochs", "x"],
    ["sft", "d", "--dropout", "half"],
    ["sft", "d", "--learning-rate", "1e400"],
    ["jobs", "--status", "lazy"],
    ["generate", "d"],
    ["cancel"],
  ])
    expect(await accord(...wrong)).toMatchObject({ status: 2 });
});

describe("how a job is shown", () => {
  const state = {
    kind: "SFT",
    status: "RUNNING",
    progress: {
      phase: "training",
      step: 120,
      totalSteps: 1000,
      fraction: 0.12,
      etaSeconds: 75,
      tokensPerSecond: 1234.5,
    },
  };

  test("one line with bar, step, losses, pace and time left", () => {
    const latest = new Map([
      ["train/loss", 2.3456],
      ["eval/loss", 2.5],
    ]);
    expect(jobLine(state, latest, [3, 2, 1])).toBe(
      "SFT  ███░░░░░░░░░░░░░░░░░░░░░  12 %  step 120 of 1,000  training  train/loss 2.346  eval/loss 2.500  █▅▁  1,235 tokens/s  1 min 15 s left",
    );
    const waiting = {
      ...state,
      progress: { phase: "waiting", step: 0, totalSteps: 0, fraction: 0, etaSeconds: null, tokensPerSecond: null },
    };
    expect(jobLine(waiting, new Map(), [])).toBe("SFT  ░░░░░░░░░░░░░░░░░░░░░░░░   0 %  waiting");
  });

  test("a sparkline: the mean of runs where there are more values than columns, flat where all are equal", () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8])).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([0, 2, 10, 12], 2)).toBe("▁█");
    expect(sparkline([5, 5, 5])).toBe("▁▁▁");
    expect([sparkline([]), sparkline([1])]).toEqual(["", ""]);
  });

  test("durations as a person reads them", () => {
    expect([0.4, 59, 60, 3599, 3660].map(duration)).toEqual(["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 1 min"]);
  });
});

test("a job tells its place; cancelling says what goes with it, and all of it is queued again, or deleted", async () => {
  const [first, second] = [
    await accord("sft", "d", ...SMALL, "--detach"),
    await accord("sft", "d", ...SMALL, "--detach"),
  ];
  const [id, behind] = [idIn(first.out), idIn(second.out)];
  const waiting = await accord("sft", "d", "--base-job", id, "--detach");
  expect((await accord("job", behind)).out).toMatch(/^Place 2 in lane TRAINING\. No process that is heard of /m);
  expect((await accord("jobs", "--lane", "short", "--status", "queued", "--json")).out).toBe("[]\n");
  const cancelled = await accord("cancel", id);
  expect(cancelled.out).toContain(`Cancelled with it, for it waited: SFT ${idIn(waiting.out)}`);
  expect((await accord("retry", id, "--with-dependents")).out).toMatch(/^Place 2 in lane TRAINING/m);
  const queued = JSON.parse((await accord("jobs", "--status", "queued", "--json")).out) as { id: string }[];
  expect(queued.map((job) => job.id).sort()).toEqual([id, behind, idIn(waiting.out)].sort());
  expect(await accord("delete-job", behind)).toMatchObject({
    status: 1,
    err: "CONFLICT: The job is QUEUED; cancel it first.\n",
  });
  await accord("cancel", behind);
  expect(await accord("delete-job", behind)).toMatchObject({ status: 0, out: `Deleted the job ${behind}.\n` });
  expect((await accord("job", behind)).err).toBe(`There is no job ${behind}.\n`);
  await accord("cancel", id);
}, 120_000);
