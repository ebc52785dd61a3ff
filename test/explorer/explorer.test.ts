import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";
import { type Example, hasPlaces, parseExample } from "../../src/explorer/examples.js";
import { importText, sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const README = read("README.md");
const EXAMPLES = readdirSync(new URL("../../examples/", import.meta.url))
  .filter((file) => file.endsWith(".graphql"))
  .sort()
  .map((file) => parseExample(file, read(`examples/${file}`)));

interface Agreement {
  dataset: {
    agreement: {
      coefficients: { name: string; value: number; ci95: { low: number; high: number }; n: number }[];
    };
  };
}

/** A coefficient as the README's table has it. */
const inReadme = ({ name, value, ci95, n }: Agreement["dataset"]["agreement"]["coefficients"][number]): string =>
  `${name} ${value.toFixed(3)} ${ci95.low.toFixed(3)} … ${ci95.high.toFixed(3)} ${n}`;

const CHROMIUM = "/usr/bin/chromium";

const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;
if (!existsSync(CHROMIUM)) console.warn(`Skipped: the explorer in a browser, for there is no ${CHROMIUM}.`);

inBrowser("the explorer in Chromium", () => {
  let folder: string;
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const addresses: string[] = [];
  const complaints: string[] = [];
  const posts: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "accord-explorer-"));
    execFileSync(process.execPath, ["scripts/build-explorer.mjs", folder]);
    server = await startTestServer({}, { explorerFolder: folder });
    await importText(server, "sample", sampleText());
    browser = await chromium.launch({
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
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    addresses.length = 0;
    posts.length = 0;
    complaints.length = 0;
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(10_000);
    context.on("request", (request) => {
      addresses.push(request.url());
      if (request.method() === "POST") posts.push(request.postData() ?? "");
    });
    context.on("weberror", (error) => complaints.push(String(error.error())));
    context.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page = await open();
  });

  afterEach(async () => {
    await context.close();
    const elsewhere = addresses.filter(
      (address) => !address.startsWith(`${server.url}/`) && !address.startsWith("data:"),
    );
    expect(elsewhere).toEqual([]);
    expect(addresses.filter((address) => address.includes(server.adminKey))).toEqual([]);
    // A browser reports a refused key's 401 by itself; everything else (a broken policy, an exception) is a fault.
    expect(complaints.filter((text) => !text.includes("401 (Unauthorized)"))).toEqual([]);
  });

  async function open(): Promise<Page> {
    const opened = await context.newPage();
    opened.on("websocket", (socket) => addresses.push(socket.url().replace(/^ws/, "http")));
    await opened.goto(`${server.url}/graphql`);
    return opened;
  }
  const status = (of = page) => of.locator(".key-bar [role=status]");
  const result = () => page.locator(".graphiql-response");
  const run = () => page.getByRole("button", { name: /Execute query/ }).click();
  /** Replaces what stands in the query editor. */
  async function type(text: string): Promise<void> {
    await page.locator(".graphiql-query-editor .CodeMirror-lines").click({ position: { x: 60, y: 5 } });
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  }
  async function signIn(key = server.adminKey, remember = false): Promise<void> {
    await page.getByLabel("API key").fill(key);
    if (remember) await page.getByLabel("remember on this machine").check();
    await page.getByRole("button", { name: "Use key" }).click();
  }
  /** All that the page keeps on this machine and in this tab, as text. */
  const stored = async () => ({
    machine: await page.evaluate<string>("JSON.stringify({ ...localStorage })"),
    tab: await page.evaluate<string>("JSON.stringify({ ...sessionStorage })"),
  });
  const says = async (locator: ReturnType<Page["locator"]>, text: string) => {
    await locator.filter({ hasText: text }).waitFor();
  };

  test("asks the server nothing before it has a key, and says what is missing", async () => {
    await says(status(), "Type the key that the server printed");
    await run();
    await says(result(), "Type your API key at the top of the page first");
    expect(posts).toEqual([]);
  });

  test("runs an example with a key typed once, which survives a reload and stays out of the address", async () => {
    await signIn();
    await says(status(), "Key of test ADMIN");
    await run();
    await says(result(), '"totalCount": 136');
    await page.reload();
    await says(status(), "Key of test ADMIN");
    expect(await page.getByLabel("API key").count()).toBe(0);
    await run();
    await says(result(), '"totalCount": 136');
    expect(page.url()).toBe(`${server.url}/graphql`);
    const other = await open();
    await says(status(other), "Type the key");
    const kept = await stored();
    expect([kept.machine.includes(server.adminKey), kept.tab.includes(server.adminKey)]).toEqual([false, true]);
  });

  test("remembers a key on this machine when asked to, and forgets it everywhere", async () => {
    await signIn(server.adminKey, true);
    await says(status(), "Key of test ADMIN");
    const other = await open();
    await says(status(other), "Key of test ADMIN");
    await page.getByRole("button", { name: "Forget key" }).click();
    await says(status(), "Type the key");
    const kept = await stored();
    expect([kept.machine.includes(server.adminKey), kept.tab.includes(server.adminKey)]).toEqual([false, false]);
  });

  test("says that a key is refused, keeps nothing of it, and takes another", async () => {
    await signIn("a-wrong-key", true);
    await says(status(), "The server refused this key.");
    expect(JSON.stringify(await stored())).not.toContain("a-wrong-key");
    await signIn("two words");
    await says(status(), "A key is one word of printable ASCII");
    await signIn(` Bearer ${server.adminKey} `);
    await says(status(), "Key of test ADMIN");
  });

  test.each([
    ["most ranked prompts", '"useCase"'],
    ["per stage, split and source", '"splitSizes"'],
    ["how far the labelers agree", '"PERCENT_AGREEMENT"'],
    ["who changed what", '"auditLog"'],
  ])("runs the example of %s as it stands", async (title, answer) => {
    await signIn();
    await says(status(), "Key of test ADMIN");
    await page.getByRole("button", { name: title }).click();
    await run();
    await says(result(), answer);
    expect(await result().textContent()).not.toContain('"errors"');
  });

  test("runs every example as it stands, one after the other, and says what one needs that is not there", async () => {
    await signIn();
    await says(status(), "Key of test ADMIN");
    const example = (title: string) => page.getByRole("button", { name: title, exact: true });
    // There is no job yet: the example of one says what to do, and is filled in when it is opened again.
    await example("See how far a job is, what it has logged, and what its model says").click();
    await says(page.locator(".examples"), "this example needs a job; run the example that fine-tunes a model.");
    for (const { title, query, variables, ids } of EXAMPLES) {
      await example(title).click();
      const name = /^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1] as string;
      await says(page.locator(".graphiql-query-editor"), name);
      if (ids !== null) await isFilledIn(variables);
      if (/^subscription/m.test(query)) {
        await (name === "JobMetrics" ? followsToTheEnd() : hears());
        continue;
      }
      const isIt = (request: Request) => request.postData()?.includes(`"operationName":"${name}"`) ?? false;
      const [response] = await Promise.all([page.waitForResponse((one) => isIt(one.request())), run()]);
      const answer = (await response.json()) as { data?: object; errors?: object[] };
      expect({ title, errors: answer.errors }).toEqual({ title, errors: undefined });
      expect(Object.values(answer.data ?? {})).not.toContain(null);
    }
    // The examples have written, and the figure of the README is still what the sample gives.
    const { query, variables } = EXAMPLES.find(({ file }) => file.startsWith("04")) as Example;
    const { dataset } = await server.data<Agreement>(query, JSON.parse(variables));
    expect(dataset.agreement.coefficients.slice(0, 2).map(inReadme)).toEqual(
      README.match(/^(?:PERCENT_AGREEMENT|KRIPPENDORFF_ALPHA) .*$/gm)?.map((line) => line.replaceAll(/ +/g, " ")),
    );
  }, 120_000);

  /**
   * Waits until the editor has the variables of an example, and ids in their places; those of the tab before stand there a
   * moment longer. Not by waitForFunction: what it evaluates again in the page, the page's Content-Security-Policy refuses.
   */
  async function isFilledIn(variables: string): Promise<void> {
    const keys = Object.keys(JSON.parse(variables));
    const isThere = (text: string) => keys.every((key) => text.includes(`"${key}": `)) && !hasPlaces(text);
    const editor = `document.querySelector(".graphiql-editor-tool .CodeMirror").CodeMirror.getValue()`;
    while (!isThere(await page.evaluate(editor))) await page.waitForTimeout(50);
  }

  /** Runs a subscription to a dataset's changes, and changes it until the page hears of it. */
  async function hears(): Promise<void> {
    await run();
    const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "sample") { id } }');
    for (let change = 1; change < 100 && !(await result().textContent())?.includes("revision"); change += 1) {
      await server.data("mutation Change($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
        input: { id: dataset.id, description: `another ${change}` },
      });
      await page.waitForTimeout(100);
    }
    await says(result(), '"slug": "sample"');
    await page.getByRole("button", { name: /Stop query/ }).click();
  }

  /** Runs a subscription to the metrics of the only job, and cancels it: the subscription is to complete without an error. */
  async function followsToTheEnd(): Promise<void> {
    await run();
    const { jobs } = await server.data<{ jobs: { nodes: { id: string }[] } }>("{ jobs { nodes { id } } }");
    await server.data("mutation ($id: ID!) { cancelJob(id: $id) { id } }", { id: jobs.nodes[0]?.id });
    await page.getByRole("button", { name: /Execute query/ }).waitFor();
    expect(await result().textContent()).not.toMatch(/errors|message/);
  }

  test("fills in the ids of an example that was opened before there was a key", async () => {
    await page.getByRole("button", { name: "Hear of every change to a dataset as it is committed" }).click();
    await says(page.locator(".graphiql-editor-tool"), "{dataset.id}");
    await signIn();
    const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "sample") { id } }');
    await says(page.locator(".graphiql-editor-tool"), `"datasetId": "${dataset.id}"`);
  });

  test("fits a phone: an example is opened and run, and its result is read, at 390 pixels", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.reload();
    await signIn();
    await says(status(), "Key of test ADMIN");
    await page.getByRole("button", { name: /how far the labelers agree/ }).click();
    await page.getByRole("button", { name: /Execute query/ }).scrollIntoViewIfNeeded();
    await run();
    await says(result(), "coefficients");
    await result().scrollIntoViewIfNeeded();
    const box = (await result().boundingBox()) as { x: number; y: number; width: number; height: number };
    expect(box.width).toBeGreaterThan(280);
    expect(box.height).toBeGreaterThan(300);
    expect(box.x + box.width).toBeLessThanOrEqual(390);
    expect(box.y).toBeLessThan(844 - 300);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  });

  test("opens an example in a tab of its own, with its variables, and runs what is typed", async () => {
    await signIn();
    await says(status(), "Key of test ADMIN");
    await page.getByRole("button", { name: /how far the labelers agree/ }).click();
    await says(page.locator(".graphiql-query-editor"), "query Agreement");
    await says(page.locator(".graphiql-editor-tool"), '"EXACT"');
    await type("{ datasets { nodes { slug } } }");
    await run();
    await says(result(), '"slug": "sample"');
  });

  test("knows the schema: completes a field and shows its documentation", async () => {
    await signIn();
    await says(status(), "Key of test ADMIN");
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await says(page.locator(".graphiql-doc-explorer"), "subscription");
    await type("{ data");
    await says(page.locator(".CodeMirror-hints"), "datasets");
  });

  test("opens GraphiQL's own dialogs within the page's policy", async () => {
    await page.getByRole("button", { name: "Open settings dialog" }).click();
    await says(page.getByRole("dialog"), "Theme");
    await page.getByRole("dialog").getByRole("button", { name: "Dark" }).click();
    expect(await page.locator("body").getAttribute("class")).toContain("graphiql-dark");
  });

  test("follows a subscription over a WebSocket, and stops it", async () => {
    await signIn();
    await says(status(), "Key of test ADMIN");
    const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "sample") { id } }');
    await type(`subscription { datasetChanged(datasetId: "${dataset.id}") { description } }`);
    const opened = page.waitForEvent("websocket");
    await run();
    expect((await opened).url()).toBe(`${server.url.replace("http", "ws")}/graphql`);
    // Nothing tells when the server has begun to listen, so the dataset changes until somebody hears of it.
    for (let change = 1; change < 100 && !(await result().textContent())?.includes("change "); change += 1) {
      await server.data("mutation Change($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
        input: { id: dataset.id, description: `change ${change}` },
      });
      await page.waitForTimeout(100);
    }
    await says(result(), '"description": "change ');
    await page.getByRole("button", { name: /Stop query/ }).click();
    await page.getByRole("button", { name: /Execute query/ }).waitFor();
  });

  test.each(["light", "dark"] as const)("wears %s when the system does", async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    const colour = (selector: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector("${selector}")).backgroundColor`);
    const brightness = async (selector: string) =>
      ((await colour(selector)).match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    expect((await brightness(".key-bar")) > 382).toBe(scheme === "light");
    expect((await brightness(".graphiql-container")) > 382).toBe(scheme === "light");
    await signIn();
    await says(status(), "Key of test ADMIN");
    await run();
    await says(result(), "136");
  });
});
