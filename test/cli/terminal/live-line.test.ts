/** Lines that are drawn over and over: they fit the terminal, whatever its width and whatever is told. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type FollowedJob, jobLine } from "../../../src/cli/terminal/job-line.js";
import { barOf, cut, roomOf } from "../../../src/cli/terminal/live-line.js";
import { width } from "../../../src/cli/terminal/output.js";
import { ProgressLine, progressLine } from "../../../src/cli/terminal/progress.js";
import { JOB_KINDS } from "../../../src/vocabulary.js";
import { Random, SEED } from "../../datasets/random.js";
import { importText } from "../../support/import-over-http.js";
import { demonstrationLines, startTrainingServer } from "../../support/training-server.js";

const ACCORD = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
/** What a terminal takes as: erase the rest of the line. */
const ERASE = "\u001b[K";

test("columns of a text: wide characters and pictures take two, accents and joiners of their own none", () => {
  const columns = { abc: 3, 数据: 4, 한글: 4, é: 1, "e\u0301": 1, "█░▁…–": 5, "😀": 2, 𠮷: 2, "❤\ufe0f": 2, "🇳🇱": 2 };
  expect(Object.fromEntries(Object.keys(columns).map((text) => [text, width(text)]))).toEqual(columns);
});

test("a text is cut between characters, with … in the last of its columns", () => {
  expect([12, 11, 6, 1, 0].map((columns) => cut("Importing 数", columns))).toEqual([
    "Importing 数",
    "Importing …",
    "Impor…",
    "…",
    "",
  ]);
  expect([cut("数据库", 5), cut("数据库", 4), cut("ae\u0301o", 2)]).toEqual(["数据…", "数…", "a…"]);
});

test("a line has all columns but the last, as many as the terminal has now; 80 where it does not tell; no end elsewhere", () => {
  expect([
    roomOf({ isTTY: true, columns: 30, write: () => {} }),
    roomOf({ isTTY: true, columns: 0, write: () => {} }),
    roomOf({ isTTY: true, write: () => {} }),
    roomOf({ columns: 30, write: () => {} }),
  ]).toEqual([29, 79, 79, Number.POSITIVE_INFINITY]);
  expect([barOf(0.5, 4), barOf(-1, 2), barOf(2, 2), barOf(1, 0)]).toEqual(["██░░", "░░", "██", ""]);
});

const training: FollowedJob = {
  kind: "SFT",
  status: "RUNNING",
  progress: { phase: "training", step: 120, totalSteps: 1000, fraction: 0.12, etaSeconds: 75, tokensPerSecond: 1234.5 },
};

test("a job's line gives up sparkline, bar and parts in the order of what they tell", () => {
  const latest = new Map([
    ["train/loss", 2.3456],
    ["eval/loss", 2.5],
  ]);
  const losses = Array.from({ length: 24 }, (_, i) => 24 - i);
  const lines = [160, 140, 120, 100, 80, 60, 40, 25, 15, 10, 4].map((room) => jobLine(training, latest, losses, room));
  expect(lines).toEqual([
    "SFT  ███░░░░░░░░░░░░░░░░░░░░░  12 %  step 120 of 1,000  training  train/loss 2.346  eval/loss 2.500  ██▇▇▇▆▆▆▆▅▅▅▄▄▄▃▃▃▃▂▂▂▁▁  1,235 tokens/s  1 min 15 s left",
    "SFT  ███░░░░░░░░░░░░░░░░░░░░░  12 %  step 120 of 1,000  training  train/loss 2.346  eval/loss 2.500  █▇▅▄▂▁  1,235 tokens/s  1 min 15 s left",
    "SFT  █░░░░░░░░░░░  12 %  step 120 of 1,000  training  train/loss 2.346  eval/loss 2.500  1,235 tokens/s  1 min 15 s left",
    "SFT  █░░░░░░░  12 %  step 120 of 1,000  training  train/loss 2.346  eval/loss 2.500  1 min 15 s left",
    "SFT  ██░░░░░░░░░░░░░  12 %  step 120 of 1,000  train/loss 2.346  1 min 15 s left",
    "SFT  ██░░░░░░░░░░░  12 %  step 120 of 1,000  1 min 15 s left",
    "SFT  █░░░░░░░░░  12 %  step 120 of 1,000",
    "SFT  ██░░░░░░░░░░░░  12 %",
    "SFT   12 %",
    "SFT   12 %",
    "12 %",
  ]);
});

test("the line of bytes gives up bar and label, then figures", () => {
  const figures = [" 50 %", "500 B of 1.0 kB", "100 B/s"];
  const label = "Importing a-file-of-a-long-name.ndjson";
  expect([120, 79, 60, 40, 29, 20, 10, 3].map((room) => progressLine(label, 0.5, figures, room))).toEqual([
    "Importing a-file-of-a-long-name.ndjson  ██████████████░░░░░░░░░░░░░░   50 %  500 B of 1.0 kB  100 B/s",
    "Importing a-file-of-a-long-name.ndj…  ████░░░░   50 %  500 B of 1.0 kB  100 B/s",
    "Importing a-file…  ████░░░░   50 %  500 B of 1.0 kB  100 B/s",
    "Importing a-file-of-a-…  ████░░░░   50 %",
    "Importing a-file-of-a-…  50 %",
    "Importing a-f…  50 %",
    "Imp…  50 %",
    "50…",
  ]);
  expect([60, 40, 25, 12].map((room) => progressLine(label, null, ["500 B", "100 B/s"], room))).toEqual([
    "Importing a-file-of-a-long-name.ndjson  500 B  100 B/s",
    "Importing a-file-of-a-l…  500 B  100 B/s",
    "Importing a-file-…  500 B",
    "Impo…  500 B",
  ]);
});

test(`no line is wider than its room, from 0 to 200 columns (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const maybe = <T>(value: T): T | null => (random.chance(0.7) ? value : null);
  for (let run = 0; run < 1000; run++) {
    const room = random.int(0, 200);
    const totalSteps = random.pick([0, 10, 1_000, 1_000_000]);
    const state: FollowedJob = {
      kind: random.pick(JOB_KINDS),
      status: "RUNNING",
      progress: {
        phase: random.pick(["waiting", "training", "evaluating", "数据"]),
        step: random.int(0, totalSteps),
        totalSteps,
        fraction: random.next(),
        etaSeconds: maybe(random.next() * 10 ** random.int(0, 6)),
        tokensPerSecond: maybe(random.next() * 10 ** random.int(0, 7)),
      },
    };
    const latest = new Map(
      ["train/loss", "eval/loss"].flatMap((name) => (random.chance(0.7) ? [[name, random.next() * 100]] : [])) as [
        string,
        number,
      ][],
    );
    const losses = random.list(0, 60, () => random.next());
    const job = jobLine(state, latest, losses, room);
    const share = maybe(random.next());
    const label = `Importing ${random.text(0, 12)}`;
    const bytes = progressLine(label, share, ["  7 %", "1.2 MB of 999.9 GB", "12.3 MB/s"], room);
    for (const line of [job, bytes])
      expect({ run, room, line, fits: width(line) <= room }).toMatchObject({ fits: true });
    if (room >= 30) {
      expect(job).toMatch(/[█░]{8,24} +\d+ %/);
      expect(bytes).toMatch(/ 7 %/);
    }
    // All that fits is shown: a wider line is never a poorer one.
    const wider = jobLine(state, latest, losses, room + 1);
    expect({ run, room, poorer: width(wider) < width(job) && wider.length < job.length }).toMatchObject({
      poorer: false,
    });
  }
});

test("a bar follows a window that becomes narrower or wider, and a name breaks no line", () => {
  const written: string[] = [];
  let [time, columns] = [0, 80];
  const stream = {
    isTTY: true,
    get columns() {
      return columns;
    },
    write: (text: string) => written.push(text),
  };
  const progress = new ProgressLine("Importing two\nlines\u001b[2J.ndjson", 1000, stream, () => time);
  for (const next of [80, 30, 12, 100]) {
    columns = next;
    time += 1000;
    progress.add(100);
    const last = written.at(-1) ?? "";
    expect([last.startsWith("\r"), last.endsWith(ERASE)]).toEqual([true, true]);
    const frame = last.slice(1, -ERASE.length);
    expect(frame).not.toMatch(/\p{Cc}/u);
    expect(width(frame)).toBeLessThan(columns);
  }
});

/** util-linux's script runs a command on a terminal of its own; elsewhere there is none like it. */
const hasTerminal = (() => {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8", stdio: "pipe" }).includes("util-linux");
  } catch {
    return false;
  }
})();

(hasTerminal ? describe : describe.skip)("on a terminal of 30 columns", () => {
  /** All that a command writes to a terminal, once it has ended with status 0. */
  function onTerminal(environment: NodeJS.ProcessEnv, command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn("script", ["-qec", `stty cols 30 rows 10; ${command}`, "/dev/null"], {
        env: {
          PATH: process.env.PATH,
          SHELL: "/bin/sh",
          TERM: "xterm",
          NODE: process.execPath,
          ACCORD,
          ...environment,
        },
        stdio: ["pipe", "pipe", "pipe"],
      });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
      child.on("error", reject);
      child.on("close", (status) =>
        status === 0 ? resolve(out) : reject(new Error(`It ended with ${status}: ${out}`)),
      );
    });
  }

  /** What was drawn over and over: the texts between a return and the erasure of what is left. */
  const frames = (out: string): string[] =>
    out
      .split(ERASE)
      .slice(0, -1)
      .map((text) => text.slice(text.lastIndexOf("\r") + 1));

  test("the bars of an import and of a job that is followed stay in one line", async () => {
    const server = await startTrainingServer();
    const folder = mkdtempSync(path.join(tmpdir(), "accord-terminal-"));
    try {
      const environment = { ACCORD_URL: server.url, ACCORD_API_KEY: server.adminKey };
      const file = path.join(folder, "a file of a long name, 数据.ndjson");
      writeFileSync(file, demonstrationLines(3_000));
      const imported = await onTerminal(
        { ...environment, FILE: file },
        '"$NODE" "$ACCORD" import "$FILE" --dataset long',
      );
      expect(frames(imported).at(-1)).toMatch(/^Importing.*100 %/);
      expect(Math.max(...frames(imported).map(width))).toBeLessThan(30);
      await importText(server, "d", demonstrationLines());
      const runner = await server.runner();
      const small = "--layers 1 --heads 2 --width 16 --context 48 --tokenizer bytes";
      const followed = await onTerminal(environment, `"$NODE" "$ACCORD" sft d ${small} --epochs 10`);
      await runner.stop();
      expect(frames(followed).at(-1)).toMatch(/^SFT {2}█+ 100 %/);
      expect(frames(followed).length).toBeGreaterThan(2);
      expect(Math.max(...frames(followed).map(width))).toBeLessThan(30);
      // Nothing but the frames came before the words about the end.
      expect(followed.slice(0, followed.lastIndexOf(ERASE)).split("\n").length).toBeLessThanOrEqual(4);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await server.close();
    }
  }, 60_000);
});
