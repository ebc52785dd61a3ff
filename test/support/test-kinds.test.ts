import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it as test } from "@jest/globals";
import { serverTestFiles, testFiles } from "./test-kinds.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// Put together, or this file would read as a server test itself.
const BUILT = ["..", "dist", "thread.js"].join("/");
const CHILDREN = "node:child_process";

interface Project {
  displayName: string;
  testMatch: string[];
}
const { projects }: { projects: Project[] } = (await import(new URL("../../jest.config.mjs", import.meta.url).href))
  .default;

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "accord-kinds-"));
});

afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), source);
  }
}

describe("a test file is a server test", () => {
  const cases: [why: string, isServer: boolean, files: Record<string, string>][] = [
    ["which imports a database itself", true, { "test/a.test.ts": 'import pg from "pg";' }],
    ["which begins a process only later", true, { "test/a.test.ts": `await import("${CHILDREN}");` }],
    [
      "whose helper's helper opens sockets",
      true,
      {
        "test/a.test.ts": 'import {\n  one,\n  two,\n} from "./support/one.js";',
        "test/support/one.ts": 'export * from "./two.js";',
        "test/support/two.ts": 'import { createServer } from "node:net";',
      },
    ],
    [
      "which tests a module that starts threads",
      true,
      {
        "test/a.test.ts": 'import { a } from "../src/a.js";',
        "src/a.ts": 'import { Worker } from "node:worker_threads";',
      },
    ],
    [
      "which loads, however far away, a module that reads the build",
      true,
      {
        "test/a.test.ts": 'import { a } from "../src/a.js";',
        "src/a.ts": 'import { b } from "./b.js";',
        "src/b.ts": `const entry = "${BUILT}";`,
      },
    ],
    [
      "but not one whose module only knows another that asks the database",
      false,
      {
        "test/a.test.ts": 'import { a } from "../src/a.js";',
        "src/a.ts": 'import { b } from "./b.js";',
        "src/b.ts": 'import pg from "pg";',
      },
    ],
    [
      "nor one that imports types alone",
      false,
      {
        "test/a.test.ts": 'import type pg from "pg";\nimport type { B } from "../src/b.js";',
        "src/b.ts": 'import "ws";',
      },
    ],
    ["nor one that reads files", false, { "test/a.test.ts": 'import { readFileSync } from "node:fs";' }],
    [
      "nor one of modules that import each other",
      false,
      {
        "test/a.test.ts": 'import "./b.js";',
        "test/b.ts": 'import "./c.js";',
        "test/c.ts": 'import "./b.js";',
      },
    ],
  ];
  test.each(cases)("%s", (_why, isServer, files) => {
    write(files);
    expect(testFiles(root)).toEqual([path.join(root, "test/a.test.ts")]);
    expect(serverTestFiles(root)).toEqual(isServer ? [path.join(root, "test/a.test.ts")] : []);
  });
});

describe("the two projects of jest.config.mjs", () => {
  const filesOf = (name: string) =>
    (projects.find(({ displayName }) => displayName === name)?.testMatch ?? []).map((pattern) =>
      pattern.replace("<rootDir>/", ""),
    );

  test("have every test file between them, none twice", () => {
    const all = testFiles(ROOT).map((file) => path.relative(ROOT, file).split(path.sep).join("/"));
    expect([...filesOf("pure"), ...filesOf("server")].sort()).toEqual(all.sort());
    expect(all).toContain("test/support/test-kinds.test.ts");
  });

  test("begin a database for the server tests alone", () => {
    const begins = projects.map((project) => [project.displayName, "globalSetup" in project]);
    expect(begins).toEqual([
      ["pure", false],
      ["server", true],
    ]);
    expect(filesOf("pure")).toContain("test/support/test-kinds.test.ts");
    expect(filesOf("pure")).toContain("test/agreement/reference-cases.test.ts");
    expect(filesOf("server")).toContain("test/server/caches.test.ts");
  });
});
