/** Commands whose output nobody reads to its end, through real pipes. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { importText } from "../../support/import-over-http.js";
import {
  demonstrationLines,
  startTrainingServer,
  type TrainingServer,
  untilJob,
} from "../../support/training-server.js";

const ACCORD = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const SMALL = ["--layers", "1", "--heads", "2", "--width", "16", "--context", "48", "--tokenizer", "bytes"];

let server: TrainingServer;
let folder: string;

beforeAll(async () => {
  server = await startTrainingServer();
  await importText(server, "d", demonstrationLines());
  folder = mkdtempSync(path.join(tmpdir(), "accord-unread-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const environment = () => ({
  PATH: process.env.PATH,
  ACCORD: `"${process.execPath}" "${ACCORD}"`,
  ACCORD_URL: server.url,
  ACCORD_API_KEY: server.adminKey,
});

/** Runs the command with one of its streams closed before it writes, or with none. */
function accord(args: readonly string[], closed?: "stdout" | "stderr"): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ACCORD, ...args], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    if (closed) child[closed].destroy();
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

/** Runs a line of the shell in which `accord` stands for the command, which leaves its status in a file. */
async function shell(line: string): Promise<Run> {
  const status = path.join(folder, "status");
  const script = `accord() { eval "$ACCORD" '"$@"'; echo $? > "${status}"; }\n${line}`;
  const child = spawn("sh", ["-c", script], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { status: Number(readFileSync(status, "utf8")), out, err };
}

const started = async (epochs: number): Promise<string> => {
  const { out } = await accord(["sft", "d", ...SMALL, "--epochs", String(epochs), "--detach", "--json"]);
  return (JSON.parse(out) as { id: string }).id;
};

test("a command whose output nobody reads ends silently with status 0", async () => {
  const id = await started(1);
  for (const args of [
    ["--help"],
    ["jobs"],
    ["jobs", "--json"],
    ["job", id],
    ["stats", "d"],
    ["export", "d"],
    ["query", "-e", "{ __typename }"],
    ["agreement", "d", "--html", "-"],
  ])
    expect({ args, ...(await accord(args, "stdout")) }).toEqual({ args, status: 0, out: "", err: "" });
  await accord(["cancel", id]);
}, 60_000);

test("the beginning is enough for head: a list, an export, the points of a job that runs", async () => {
  const id = await started(200);
  expect(await shell("accord jobs | head -1")).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^job +kind/),
    err: "",
  });
  // More than a pipe holds, so that the command still writes when the reader is gone.
  await importText(server, "long", demonstrationLines(2_000));
  const begun = await shell("accord export long | head -c 10");
  expect({ ...begun, out: begun.out.length }).toEqual({ status: 0, out: 10, err: "" });
  const runner = await server.runner();
  const { status, out, err } = await shell(`accord job ${id} --follow --json | head -1`);
  expect([status, JSON.parse(out).sequence, err]).toEqual([0, 1, ""]);
  // It ends while the job goes on, also where both streams go into the pipe.
  const both = await shell(`accord job ${id} --follow 2>&1 | head -1`);
  expect([both.status, both.err]).toEqual([0, ""]);
  await untilJob(server, id, (job) => job.status === "RUNNING");
  await accord(["cancel", id]);
  await runner.stop();
}, 60_000);

test("a refusal stays a refusal where nobody reads its words, and an import comes to its end without its progress", async () => {
  expect(await accord(["stats", "no-such"], "stderr")).toEqual({ status: 1, out: "", err: "" });
  expect(await accord(["nonsense"], "stderr")).toMatchObject({ status: 2 });
  const file = path.join(folder, "more.ndjson");
  await new Promise<void>((resolve) => createWriteStream(file).end(demonstrationLines(), resolve));
  expect(await accord(["import", file], "stderr")).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^more: 28 accepted/),
  });
  const id = await started(1);
  const runner = await server.runner();
  expect(await accord(["job", id, "--follow"], "stderr")).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^SFT \S+: SUCCEEDED/),
  });
  await runner.stop();
}, 60_000);
