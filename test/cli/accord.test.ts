import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it as test } from "@jest/globals";
import { prompts } from "../examples/sample-file.js";
import { sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

const ACCORD = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

let server: TestServer;
let folder: string;

/** Runs the built command line against the test's server, as a user would. */
function accord(
  args: readonly string[],
  options: { input?: string; environment?: Record<string, string> } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ACCORD, ...args], {
      env: { PATH: process.env.PATH, ACCORD_URL: server.url, ACCORD_API_KEY: server.adminKey, ...options.environment },
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
    child.stdin.end(options.input ?? "");
  });
}

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(tmpdir(), "accord cli ü-"));
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

describe("accord", () => {
  test("has help for every command, and tells wrong usage by status 2", async () => {
    const commands = [
      ["import"],
      ["export"],
      ["keys"],
      ["keys", "create"],
      ["keys", "revoke"],
      ["keys", "list"],
      ["stats"],
      ["agreement"],
      ["query"],
      ["start"],
      ["worker"],
      ["sft"],
      ["generate"],
      ["jobs"],
      ["job"],
      ["cancel"],
      ["retry"],
      ["models"],
      ["demo"],
    ];
    for (const command of commands) {
      const { status, out } = await accord([...command, "--help"]);
      expect({ command, status }).toEqual({ command, status: 0 });
      expect(out).toContain("Usage: accord");
    }
    expect((await accord(["--help"])).out).toContain("Exit status: 0 fine, 1 refused, 2 wrong usage.");
    for (const wrong of [
      [],
      ["nonsense"],
      ["stats"],
      ["keys", "create", "x"],
      ["keys", "create", "x", "--role", "KING"],
      ["agreement", "s", "--seed", "1.5"],
      ["import", "no such file"],
      ["query"],
      ["model", "import", "no such folder"],
      ["demo", "--port", "6000"],
      ["evaluate", "s", "--model", "m", "--metrics", "NOPE"],
      ["evaluate", "s", "--model", "m", "--metrics", "LOSS,LOSS"],
      ["agreement", "s", "--from", "yesterday"],
      ["leaderboard", "s", "--to", "2026-02-30T00:00:00Z"],
      ["keys", "create", "x", "--role", "ADMIN", "--expires", "2027-01-01T00:00"],
      ["export", "s", "--filter", "[]"],
      ["export", "s", "--revision", "last"],
    ]) {
      const { status, err } = await accord(wrong);
      expect({ wrong, status }).toEqual({ wrong, status: 2 });
      expect(err).not.toMatch(/\n\s+at /);
    }
  }, 120_000);

  test("says what is missing: the key, the server, a well-formed address", async () => {
    expect(await accord(["stats", "x"], { environment: { ACCORD_API_KEY: "" } })).toMatchObject({
      status: 1,
      err: expect.stringContaining("Set ACCORD_API_KEY"),
    });
    expect(await accord(["stats", "x"], { environment: { ACCORD_URL: "http://127.0.0.1:2" } })).toMatchObject({
      status: 1,
      err: expect.stringContaining("Is the server up"),
    });
    expect(await accord(["stats", "x"], { environment: { ACCORD_URL: "nowhere" } })).toMatchObject({
      status: 2,
      err: expect.stringContaining("ACCORD_URL"),
    });
    expect(await accord(["stats", "x"], { environment: { ACCORD_URL: "http://127.0.0.1:6000" } })).toEqual({
      status: 2,
      out: "",
      err: 'ACCORD_URL is "http://127.0.0.1:6000"; it must name a port that fetch asks: this one is blocked by the Fetch Standard.\n',
    });
    expect(await accord(["stats", "x"], { environment: { ACCORD_API_KEY: "wrong" } })).toMatchObject({
      status: 1,
      err: expect.stringContaining("UNAUTHENTICATED"),
    });
    expect(await accord(["stats", "no-such-dataset"])).toMatchObject({
      status: 1,
      err: expect.stringContaining("no dataset no-such-dataset"),
    });
  }, 60_000);

  test("imports a file, plain, gzip and from standard input, and says what happened to the lines", async () => {
    const plain = path.join(folder, "sample.ndjson");
    writeFileSync(plain, sampleText());
    const first = await accord(["import", plain]);
    expect(first).toMatchObject({
      status: 0,
      out: expect.stringContaining(`sample: ${prompts.length} accepted, 0 duplicates, 0 rejected`),
    });
    expect(first.err).toMatch(/^Importing sample\.ndjson {2}100 %/);
    writeFileSync(`${plain}.gz`, gzipSync(sampleText()));
    const again = await accord(["import", `${plain}.gz`, "--dataset", "sample", "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({ accepted: 0, rejected: 0, duplicates: prompts.length });
    const wrong = await accord(["import", "-", "--dataset", "wrong"], { input: '{"text":"fine"}\n{"text":7}\n' });
    expect(wrong).toMatchObject({
      status: 1,
      out: expect.stringMatching(/1 accepted, 0 duplicates, 1 rejected\n {2}line 2: /),
      err: expect.stringContaining("1 line was rejected"),
    });
    const single = await accord(["import", "-", "--dataset", "single"], { input: '{"text":"alone"}\n' });
    expect(single.out).toBe("single: 1 accepted, 0 duplicates, 0 rejected\n");
    expect((await accord(["import", "-", "--dataset", "single"], { input: '{"text":"alone"}\n' })).out).toBe(
      "single: 0 accepted, 1 duplicate, 0 rejected\n",
    );
    expect((await accord(["stats", "single"])).out).toContain("\n1 prompt, 0 demonstrations, 0 rankings\n");
    expect((await accord(["splits", "single"])).out).toMatch(/^single, revision \d+: 1 prompt, seed 0, /);
    const accented = path.join(folder, "Été 1.ndjson");
    writeFileSync(accented, '{"text":"named after its file"}\n');
    expect((await accord(["import", accented])).out).toBe("ete-1: 1 accepted, 0 duplicates, 0 rejected\n");
    const nameless = path.join(folder, "数据.jsonl");
    writeFileSync(nameless, '{"text":"of no slug"}\n');
    expect(await accord(["import", nameless])).toMatchObject({
      status: 2,
      err: 'No slug can be made of the file name "数据.jsonl": name the dataset with --dataset.\n',
    });
  }, 120_000);

  test("exports what it imported: to standard output, to a file, to gzip, one split of it", async () => {
    for (const asked of [
      ["export", "absent"],
      ["export", "absent", "--report"],
    ])
      expect(await accord(asked)).toMatchObject({ status: 1, err: 'NOT_FOUND: The dataset "absent" was not found.\n' });
    const nowhere = path.join(folder, "none", "x.ndjson");
    expect(await accord(["export", "sample", "-o", nowhere])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/(^|\n)[^\n]*none\/x\.ndjson cannot be written: its folder is not there\.\n$/),
    });
    expect((await accord(["export", "sample", "-o", nowhere])).err).not.toContain("partial");
    const { status, out } = await accord(["export", "sample"]);
    expect(status).toBe(0);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { text?: string; split?: string });
    expect(lines.filter((line) => line.text !== undefined)).toHaveLength(prompts.length);
    const file = path.join(folder, "out.ndjson.gz");
    expect(await accord(["export", "sample", "-o", file])).toMatchObject({ status: 0, out: "" });
    expect(gunzipSync(readFileSync(file)).toString()).toBe(out);
    const tests = await accord(["export", "sample", "--split", "test"]);
    const expected = prompts.filter((prompt) => prompt.split === "TEST").length;
    expect(
      tests.out
        .trimEnd()
        .split("\n")
        .filter((line) => "text" in (JSON.parse(line) as object)),
    ).toHaveLength(expected);
    expect(JSON.parse((await accord(["export", "sample", "--report"])).out)).toMatchObject({ losses: [] });
    expect(await accord(["export", "absent"])).toMatchObject({ status: 1, out: "" });
  }, 120_000);

  test("prints a leaderboard as a table, as JSON and as CSV whose texts are no formulas", async () => {
    const lines = [
      { text: "Say it.", split: "TRAIN" },
      { text: "Say it again.", split: "TRAIN" },
    ].map((prompt) => ({
      ...prompt,
      completions: [
        { key: "A", source: '=HYPERLINK("x")', text: "a" },
        { key: "B", source: "plain, old", text: "b" },
      ],
      rankings: [{ labeler: "w1", tiers: [["A"], ["B"]] }],
    }));
    const file = path.join(folder, "sources.ndjson");
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    expect(await accord(["import", file, "--dataset", "sources"])).toMatchObject({ status: 0 });
    const asked = ["leaderboard", "sources", "--method", "win_rate", "--resamples", "200"];
    const table = await accord(asked);
    expect(table).toMatchObject({ status: 0, err: "" });
    expect(table.out).toMatch(/^ +1 .*=HYPERLINK.* 1\.000 /m);
    const board = JSON.parse((await accord([...asked, "--json"])).out) as { entries: { wins: number }[] };
    expect(board.entries.map(({ wins }) => wins)).toEqual([2, 0]);
    const csv = (await accord([...asked, "--csv"])).out.split("\n");
    expect(csv[0]).toBe(
      "rank,rankLow,rankHigh,source,rating,low,high,wins,losses,ties,winRate,lengthControlledWinRate",
    );
    expect(csv[1]).toMatch(/^1,\d*,\d*,"'=HYPERLINK\(""x""\)",1,[\d.]*,[\d.]*,2,0,0,1,/);
    expect(csv[2]).toMatch(/^2,\d*,\d*,"plain, old",0,[\d.]*,[\d.]*,0,2,0,0,/);
    const filters = [
      "--labelers",
      "TGFiZWxlcjo5OTk5OTk",
      "--from",
      "2000-01-01T00:00:00Z",
      "--to",
      "2000-01-02T00:00:00Z",
    ];
    const none = await accord([...asked, ...filters, "--use-cases", "chat,open-qa", "--json"]);
    expect(JSON.parse(none.out)).toMatchObject({ comparisons: 0, entries: [] });
    expect(await accord(["leaderboard", "absent"])).toMatchObject({
      status: 1,
      err: expect.stringContaining("There is no dataset absent."),
    });
  });

  test("prints what is said of each labeler as a table, as JSON and as CSV", async () => {
    const asked = ["quality", "sample", "--resamples", "200"];
    const table = await accord(asked);
    expect(table).toMatchObject({ status: 0, err: "" });
    expect(table.out).toMatch(/^10 labelers, \d+ works on [\d,]+ units, /);
    expect(table.out).toMatch(/^w1 +\d+ +\d+ +[01]\.\d{3} +0\.\d{3} … [01]\.\d{3} /m);
    expect(table.out).toContain("Note: A signal is a reason to look, not a verdict: nothing is done to a labeler.");
    const { byLabeler } = JSON.parse((await accord([...asked, "--json"])).out) as {
      byLabeler: { signals: { flagged: boolean }[] }[];
    };
    expect(byLabeler.map(({ signals }) => signals.length)).toEqual(Array.from({ length: 10 }, () => 6));
    const flagged = byLabeler.filter(({ signals }) => signals.some((signal) => signal.flagged));
    const csv = (await accord([...asked, "--flagged", "--csv"])).out.trimEnd().split("\n");
    expect(csv).toHaveLength(1 + 6 * flagged.length);
    expect(csv[0]).toMatch(/^labeler,works,units,consensus,/);
    expect(await accord([...asked, "--csv", "--json"])).toMatchObject({ status: 2 });
    expect(await accord(["quality", "absent"])).toMatchObject({
      status: 1,
      err: expect.stringContaining("There is no dataset absent."),
    });
  });

  test("prints sizes and agreement as tables and as JSON", async () => {
    const stats = await accord(["stats", "sample"]);
    expect(stats).toMatchObject({ status: 0, out: expect.stringMatching(/stage +split +source +prompts +examples/) });
    expect(JSON.parse((await accord(["stats", "sample", "--json"])).out)).toMatchObject({
      prompts: { totalCount: prompts.length },
    });
    const agreement = await accord(["agreement", "sample", "--resamples", "200"]);
    expect(agreement.out).toMatch(/PERCENT_AGREEMENT +0\.748 +0\.\d{3} … 0\.\d{3}/);
    const report = JSON.parse((await accord(["agreement", "sample", "--json", "--measure", "overall"])).out) as {
      measure: string;
    };
    expect(report.measure).toBe("OVERALL");
    const scores = await accord(["agreement", "sample", "--measure", "overall", "--resamples", "200"]);
    // The same reason stands once, behind all that have it.
    expect(scores.out).toContain(
      "\nICC_1_1, ICC_2_1, ICC_3_1, ICC_1_K, ICC_2_K, ICC_3_K: No completion was scored by all 10 labelers,",
    );
    const label = await accord(["agreement", "sample", "--measure", "label", "--label", "hallucination"]);
    expect(label.out).toMatch(/^LABEL: \d+ labelers, (.|\n)*\nPERCENT_AGREEMENT +0\.931 /);
    expect(await accord(["agreement", "sample", "--measure", "label"])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^BAD_USER_INPUT: The measure is LABEL and no label is given; label is one of /),
    });
    const page = path.join(folder, "report ü.html");
    const filters = ["--split", "train", "--use-cases", "chat,open-qa", "--sources", "customer", "--resamples", "200"];
    expect(await accord(["agreement", "sample", ...filters, "--html", page])).toMatchObject({
      status: 0,
      out: `${page} is written: open it in a browser; it needs no network.\n`,
    });
    expect(readFileSync(page, "utf8")).toContain(
      "accord agreement sample --split TRAIN --use-cases CHAT,OPEN_QA --sources CUSTOMER --resamples 200 --html report.html",
    );
    expect((await accord(["agreement", "sample", "--csv", "--resamples", "200"])).out).toMatch(
      /^table,id,name,.*\r\ncoefficient,,PERCENT_AGREEMENT,,,531,,0\.7\d+,/,
    );
    expect(await accord(["agreement", "sample", "--csv", "--json"])).toMatchObject({
      status: 2,
      err: "Give one of --csv and --json.\n",
    });
    expect(await accord(["agreement", "sample", "--html", path.join(folder, "none", "x.html")])).toMatchObject({
      status: 1,
      err: expect.stringContaining("x.html cannot be written"),
    });
    expect(await accord(["agreement", "absent", "--html", page])).toMatchObject({
      status: 1,
      err: 'NOT_FOUND: The dataset "absent" was not found.\n',
    });
    expect(await accord(["agreement", "sample", "--resamples", "5"])).toMatchObject({
      status: 1,
      err: expect.stringContaining("BAD_USER_INPUT"),
    });
  }, 120_000);

  test("sends any operation", async () => {
    const inline = await accord([
      "query",
      "-e",
      "query ($slug: String!) { dataset(slug: $slug) { name } }",
      "--variables",
      '{"slug":"sample"}',
    ]);
    expect(JSON.parse(inline.out)).toEqual({ data: { dataset: { name: expect.any(String) } } });
    const piped = await accord(["query", "-"], { input: "{ viewer { role } }" });
    expect(JSON.parse(piped.out)).toEqual({ data: { viewer: { role: "ADMIN" } } });
    expect(await accord(["query", "-e", "{ nothing }"])).toMatchObject({
      status: 1,
      err: expect.stringContaining("nothing"),
    });
    expect(await accord(["query", "-e", "{ viewer { role } }", "--variables", "[1]"])).toMatchObject({ status: 2 });
  }, 60_000);

  test("makes, lists and revokes keys; a revoked key is refused at once", async () => {
    const made = JSON.parse(
      (await accord(["keys", "create", "for a client", "--role", "client", "--dataset", "sample", "--json"])).out,
    ) as { secret: string; apiKey: { id: string } };
    const asClient = { environment: { ACCORD_API_KEY: made.secret } };
    expect((await accord(["stats", "sample"], asClient)).status).toBe(0);
    expect((await accord(["import", path.join(folder, "sample.ndjson")], asClient)).status).toBe(1);
    expect((await accord(["keys", "list"])).out).toMatch(/for a client +CLIENT +sample +works/);
    expect(await accord(["keys", "revoke", made.apiKey.id])).toMatchObject({
      status: 0,
      out: expect.stringContaining("was revoked"),
    });
    expect(await accord(["stats", "sample"], asClient)).toMatchObject({
      status: 1,
      err: expect.stringContaining("UNAUTHENTICATED"),
    });
  }, 60_000);
});
