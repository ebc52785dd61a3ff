import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "accord-threads-"));
  const threads = JSON.stringify(new URL("../dist/threads.js", import.meta.url).href);
  writeFileSync(
    path.join(folder, "main.mjs"),
    `import { startThread } from ${threads};
     const entry = new URL("entry.mjs", import.meta.url);
     for (const heapMiB of [undefined, 64]) {
       const thread = startThread(entry, { workerData: "data", ...(heapMiB === undefined ? {} : { heapMiB }) });
       const told = await new Promise((resolve, reject) => thread.once("message", resolve).once("error", reject));
       console.log(JSON.stringify(told));
       await thread.terminate();
     }`,
  );
  writeFileSync(
    path.join(folder, "entry.mjs"),
    `import { parentPort, resourceLimits, workerData } from "node:worker_threads";
     parentPort.postMessage({
       workerData,
       heapMiB: resourceLimits.maxOldGenerationSizeMb,
       preloaded: globalThis.preloaded ?? [],
       setting: process.env.A_SETTING ?? null,
     });`,
  );
  for (const [name, word] of [
    ["required.cjs", "required"],
    ["imported.mjs", "imported"],
  ] as const)
    writeFileSync(path.join(folder, name), `(globalThis.preloaded ??= []).push(${JSON.stringify(word)});`);
  writeFileSync(path.join(folder, "settings.env"), "A_SETTING=from a file\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What two threads say, one without and one with a heap of its own, in a process begun with some flags. */
function threadsOf(flags: readonly string[], nodeOptions = ""): unknown[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, "main.mjs"], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_OPTIONS: nodeOptions },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The process ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

/** Both threads, the second with the heap that was asked for. */
const both = (facts: object) =>
  [expect.any(Number), 64].map((heapMiB) => ({ workerData: "data", preloaded: [], setting: null, heapMiB, ...facts }));

test.each([
  "--max-old-space-size=3000",
  "--max-old-space-size=3000 --expose-gc --stack-size=900 --title=accord",
  "--no-warnings --experimental-vm-modules --enable-source-maps",
  "--inspect=127.0.0.1:0",
])("threads begin in a process begun with %s", (flags) => {
  expect(threadsOf(flags.split(" "))).toEqual(both({}));
});

test.each(["--max-old-space-size=3000", "--inspect=127.0.0.1:0", "--max-old-space-size=3000 --no-warnings"])(
  "threads begin in a process begun with NODE_OPTIONS %s",
  (options) => {
    expect(threadsOf([], options)).toEqual(both({}));
  },
);

test("a thread loads what its process was told to load first, and sees the settings of --env-file", () => {
  expect(threadsOf(["--require", "./required.cjs"])).toEqual(both({ preloaded: ["required"] }));
  expect(threadsOf(["--import", "./imported.mjs"])).toEqual(both({ preloaded: ["imported"] }));
  expect(threadsOf(["--max-old-space-size=3000"], "--require ./required.cjs --import ./imported.mjs")).toEqual(
    both({ preloaded: ["required", "imported"] }),
  );
  expect(threadsOf(["--env-file=settings.env", "--expose-gc"])).toEqual(both({ setting: "from a file" }));
});
