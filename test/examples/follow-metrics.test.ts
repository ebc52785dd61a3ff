/** The examples that follow a job, run as a user would: in Node, and in a browser. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

const SCRIPT = fileURLToPath(new URL("../../examples/follow-metrics.mjs", import.meta.url));
const PAGE = fileURLToPath(new URL("../../examples/follow-metrics.html", import.meta.url));
const CHROMIUM = "/usr/bin/chromium";
const inBrowser = existsSync(CHROMIUM) ? test : test.skip;

let server: TrainingServer;
let page: http.Server;
let origin: string;

beforeAll(async () => {
  page = http.createServer((_, response) => response.setHeader("content-type", "text/html").end(readFileSync(PAGE)));
  await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  server = await startTrainingServer({ CORS_ORIGINS: `${origin},null` });
  await importText(server, "d", demonstrationLines());
});
afterAll(async () => {
  page.close();
  await server.close();
});

async function startJob(): Promise<string> {
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId: dataset.id, architecture: TINY, epochs: 3, batchSize: 4 } },
  );
  return startSft.id;
}

function follow(args: string[], key = server.adminKey): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { PATH: process.env.PATH, ACCORD_URL: server.url, ACCORD_API_KEY: key },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

test("in Node: each point once, to the end; after a cursor the rest; a wrong key or job ends it", async () => {
  const id = await startJob();
  const following = follow([id]);
  const runner = await server.runner();
  const { status, out } = await following;
  await runner.stop();
  const sequences = out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { sequence: number }).sequence);
  // 18 steps of four points, ten evaluations.
  expect([status, sequences]).toEqual([0, Array.from({ length: 18 * 4 + 10 }, (_, i) => i + 1)]);
  expect((await follow([id, "80"])).out.trim().split("\n")).toHaveLength(2);
  expect(await follow([id], "accord_wrong")).toMatchObject({
    status: 1,
    err: expect.stringContaining("unknown, expired or revoked"),
  });
  expect(await follow([id, "999"])).toMatchObject({ status: 1, err: expect.stringContaining("afterSequence is 999") });
  expect(await follow([])).toMatchObject({ status: 2, err: expect.stringContaining("Usage") });
});

const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

async function followInPage(tab: Page, address: string, job: string, url = server.url): Promise<void> {
  await tab.goto(address);
  await tab.fill("[name=url]", url);
  await tab.fill("[name=key]", server.adminKey);
  await tab.fill("[name=job]", job);
  await tab.click("button");
}

inBrowser(
  "in a browser: each loss once, also after the connection was lost",
  async () => {
    const id = await startJob();
    const browser = await launch();
    try {
      const tab = await browser.newPage();
      const requests: string[] = [];
      tab.on("request", (request) => requests.push(request.url()));
      await followInPage(tab, origin, id);
      const runner = await server.runner();
      await tab.waitForFunction("points.length > 3");
      const subscriptions = () => requests.filter((url) => url.endsWith("/graphql")).length;
      const before = subscriptions();
      server.app.server.closeAllConnections();
      // Until this process too has noticed that its own idle connections are gone.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await untilJob(server, id, hasEnded);
      await tab.waitForFunction(
        `document.querySelector("[role=status]").textContent === "The job has ended; 18 points."`,
      );
      expect(subscriptions()).toBeGreaterThan(before);
      await runner.stop();
      const steps = await tab.evaluate("points.map(({ step }) => step)");
      expect(steps).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
    } finally {
      await browser.close();
    }
  },
  120_000,
);

inBrowser(
  "opened as a file it follows a server that allows it; where it is not allowed, it says what to set",
  async () => {
    const id = await startJob();
    const runner = await server.runner();
    await untilJob(server, id, hasEnded);
    await runner.stop();
    const browser = await launch();
    try {
      const tab = await browser.newPage();
      const status = (text: string) => tab.locator("[role=status]").filter({ hasText: text }).waitFor();
      await followInPage(tab, pathToFileURL(PAGE).href, id, `${server.url}/`);
      await status("The job has ended; 18 points.");
      const elsewhere = origin.replace("127.0.0.1", "localhost");
      await followInPage(tab, elsewhere, id);
      await status(`does not allow this page. Is it up? Start it with CORS_ORIGINS=${elsewhere}`);
      await followInPage(tab, pathToFileURL(PAGE).href, id, "http://127.0.0.1:1");
      await status("http://127.0.0.1:1 does not answer, or does not allow this page.");
    } finally {
      await browser.close();
    }
  },
  120_000,
);
