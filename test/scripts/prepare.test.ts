import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, jest, it as test } from "@jest/globals";
import { belongsHere, hashOf, installationMatches, unsupportedNode } from "../../scripts/prepare.mjs";

// Compilers and npm on a machine that may be busy; how long they take is nothing that is tested here.
jest.setTimeout(180_000);

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let root: string;

beforeEach(() => {
  root = path.join(mkdtempSync(path.join(os.tmpdir(), "accord prepare-")), "prøject 项目 o'x");
  mkdirSync(root);
});

afterEach(() => rmSync(path.dirname(root), { recursive: true, force: true }));

const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};

/** A small project around the real scripts, as Node sees it from another folder. */
function prepare(
  task: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; lines: string[]; stdout: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [path.join(root, "scripts", "prepare.mjs"), task], {
    cwd: os.tmpdir(),
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { status, stdout, lines: stderr.split("\n").filter((line) => line !== "") };
}

function copyScripts(): void {
  for (const name of ["prepare.mjs", "prepare-lock.mjs"]) {
    cpSync(path.join(ROOT, "scripts", name), path.join(root, "scripts", name));
  }
}

describe("the build", () => {
  beforeEach(() => {
    copyScripts();
    for (const name of ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"]) {
      cpSync(path.join(ROOT, name), path.join(root, name));
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(root, "node_modules"), "junction");
    write("src/main.ts", "export const answer: number = 42;\n");
    write("src/schema/schema.graphql", "type Query { answer: Int! }\n");
  });

  const built = async () => (await import(`${pathToFileURL(path.join(root, "dist/main.js"))}?${Math.random()}`)).answer;

  test("is made once, from any folder, and again only when a source changes its content", async () => {
    expect(prepare("build")).toEqual({ status: 0, stdout: "", lines: ["Building TypeScript …"] });
    expect(readFileSync(path.join(root, "dist/main.js"), "utf8")).toContain("answer = 42");
    expect(readFileSync(path.join(root, "dist/schema/schema.graphql"), "utf8")).toContain("type Query");
    expect(prepare("build")).toEqual({ status: 0, stdout: "", lines: [] });

    utimesSync(path.join(root, "src/main.ts"), new Date(), new Date());
    expect(prepare("build").lines).toEqual([]);

    write("src/main.ts", "export const answer: number = 43;\n");
    expect(prepare("build").lines).toEqual(["Building TypeScript …"]);
    expect(await built()).toBe(43);

    // A file that is no longer a source leaves no trace in the build.
    write("src/extra.ts", "export const extra = 1;\n");
    prepare("build");
    expect(existsSync(path.join(root, "dist/extra.js"))).toBe(true);
    rmSync(path.join(root, "src/extra.ts"));
    prepare("build");
    expect(existsSync(path.join(root, "dist/extra.js"))).toBe(false);

    rmSync(path.join(root, "dist"), { recursive: true });
    expect(prepare("build").lines).toEqual(["Building TypeScript …"]);
    expect(existsSync(path.join(root, ".prepare", "lock"))).toBe(false);
  });

  test("runs a further step only when the step's own inputs change, and keeps its output otherwise", () => {
    write(
      "scripts/build-explorer.mjs",
      `import fs from "node:fs"; fs.mkdirSync(process.argv[2]); fs.writeFileSync(process.argv[2] + "/index.html", String(Math.random()));`,
    );
    write("examples/first.graphql", "{ answer }\n");
    expect(prepare("build").lines).toEqual(["Building TypeScript …", "Building GraphiQL explorer …"]);
    const page = () => readFileSync(path.join(root, "dist/explorer/index.html"), "utf8");
    const first = page();
    write("src/main.ts", "export const answer: number = 44;\n");
    expect(prepare("build").lines).toEqual(["Building TypeScript …"]);
    expect(page()).toBe(first);
    write("examples/first.graphql", "{ __typename }\n");
    expect(prepare("build").lines).toEqual(["Building GraphiQL explorer …"]);
    expect(page()).not.toBe(first);
  });

  test("that fails says where, and leaves the last good one in its place", async () => {
    prepare("build");
    write("src/main.ts", 'export const answer: number = "forty-two";\n');
    const { status, lines, stdout } = prepare("build");
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(lines.join("\n")).toContain("src/main.ts(1,14): error TS2322");
    expect(lines.at(-1)).toBe("The build failed in node_modules/typescript/bin/tsc; dist/ is left as it was.");
    expect(await built()).toBe(42);
    expect(existsSync(path.join(root, ".prepare", "lock"))).toBe(false);
  });

  test("is made by one of two that start at once; the other waits and uses it", async () => {
    const runs = [1, 2, 3].map(
      () =>
        new Promise<{ status: number | null; text: string }>((resolve) => {
          const child = spawn(process.execPath, [path.join(root, "scripts/prepare.mjs"), "build"], {
            stdio: ["ignore", "ignore", "pipe"],
          });
          let text = "";
          child.stderr.on("data", (data: Buffer) => {
            text += data.toString();
          });
          child.on("close", (status) => resolve({ status, text }));
        }),
    );
    const results = await Promise.all(runs);
    expect(results.map((result) => result.status)).toEqual([0, 0, 0]);
    expect(results.filter((result) => result.text.includes("Building TypeScript"))).toHaveLength(1);
  });

  test.each([
    // Numbers of processes end at 4,194,304 on Linux and at 99,998 on macOS.
    ["a process that is no more", "4194305 1"],
    ["half-written nonsense", "\0\0"],
    ...(process.platform === "linux" ? [["a process whose number another one has by now", `${process.pid} 1`]] : []),
  ])("is not kept waiting by the lock of %s", (_who, content) => {
    write(".prepare/lock", content);
    expect(prepare("build")).toMatchObject({ status: 0, lines: ["Building TypeScript …"] });
  });
});

describe("the installation", () => {
  /** A registry is not needed for packages in a tarball beside the project. */
  function pack(name: string): string {
    const folder = path.join(path.dirname(root), name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
    expect(npm(["pack", "--silent", "--pack-destination", path.dirname(root)], folder).status).toBe(0);
    return `file:../${name}-1.0.0.tgz`;
  }

  const npm = (args: string[], cwd: string) =>
    spawnSync("npm", args, { cwd, encoding: "utf8", shell: process.platform === "win32" });

  function lock(dependencies: Record<string, string>): void {
    write("package.json", JSON.stringify({ name: "small", version: "1.0.0", dependencies }));
    expect(npm(["install", "--package-lock-only", "--no-audit", "--no-fund"], root).status).toBe(0);
  }

  const installed = (name: string) => existsSync(path.join(root, "node_modules", name, "package.json"));

  test("runs where packages are missing or the lock file asks for others, and not otherwise", () => {
    copyScripts();
    const [one, two] = [pack("one"), pack("two")];
    lock({ one });
    // Development packages are needed to build, whatever the environment says.
    expect(prepare("install", { NODE_ENV: "production" })).toMatchObject({ status: 0, stdout: "" });
    expect(installed("one")).toBe(true);
    expect(prepare("install").lines).toEqual([]);

    lock({ one, two });
    expect(prepare("install").lines[0]).toBe("Installing packages (npm ci) …");
    expect(installed("two")).toBe(true);
    expect(prepare("install").lines).toEqual([]);

    // What npm ci leaves when it is killed half way: packages, but not npm's record of them.
    rmSync(path.join(root, "node_modules/.package-lock.json"));
    rmSync(path.join(root, "node_modules/two"), { recursive: true });
    expect(prepare("install").lines[0]).toBe("Installing packages (npm ci) …");
    expect(installed("two")).toBe(true);

    // Somebody's own npm ci is as good.
    expect(npm(["ci", "--no-audit", "--no-fund"], root).status).toBe(0);
    expect(prepare("install").lines).toEqual([]);
  });

  test("that fails says so in a sentence", () => {
    copyScripts();
    write(
      "package.json",
      JSON.stringify({ name: "small", version: "1.0.0", dependencies: { gone: "file:../gone.tgz" } }),
    );
    write("package-lock.json", JSON.stringify({ name: "small", version: "1.0.0", lockfileVersion: 3, packages: {} }));
    const { status, lines } = prepare("install");
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe("npm ci failed; its message stands above. Is the package registry reachable?");
  });
});

describe("refusals", () => {
  test.each([
    ["20.18.3", "Accord needs Node 20.19 or newer; this is Node 20.18.3."],
    ["v18.20.0", "Accord needs Node 20.19 or newer; this is Node 18.20.0."],
    ["20.19.0", undefined],
    ["v22.1.0", undefined],
    ["26.0.0", undefined],
  ])("Node %s", (version, sentence) => expect(unsupportedNode(version)).toBe(sentence));

  test("an old Node: one sentence and status 1, before anything is touched", () => {
    copyScripts();
    write("old.cjs", 'Object.defineProperty(process.versions, "node", { value: "18.19.1" });');
    expect(prepare("build", { NODE_OPTIONS: `--require ${JSON.stringify(path.join(root, "old.cjs"))}` })).toEqual({
      status: 1,
      stdout: "",
      lines: ["Accord needs Node 20.19 or newer; this is Node 18.19.1."],
    });
    expect(existsSync(path.join(root, ".prepare"))).toBe(false);
  });

  test("an unknown task", () => {
    copyScripts();
    expect(prepare("polish")).toEqual({
      status: 1,
      stdout: "",
      lines: ["Usage: node scripts/prepare.mjs install|build"],
    });
  });
});

describe("belongsHere reads npm's lists", () => {
  test.each([
    [{}, true],
    [{ os: ["linux"], cpu: ["x64"] }, true],
    [{ os: ["darwin", "linux"] }, true],
    [{ os: ["darwin"] }, false],
    [{ os: ["!win32"] }, true],
    [{ os: ["!linux"] }, false],
    [{ os: ["linux"], cpu: ["arm64"] }, false],
  ])("%j on linux x64: %s", (entry, expected) => expect(belongsHere(entry, "linux", "x64")).toBe(expected));
});

describe("installationMatches", () => {
  const lock = {
    packages: {
      "": { version: "1.0.0" },
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/b": { version: "1.0.0", optional: true },
    },
  };

  test.each([
    ["all", { "node_modules/a": lock.packages["node_modules/a"], "node_modules/b": { version: "1.0.0" } }, true],
    ["without an optional one", { "node_modules/a": lock.packages["node_modules/a"] }, true],
    ["without one that is needed", { "node_modules/b": { version: "1.0.0" } }, false],
    ["another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }, false],
    ["another content", { "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }, false],
  ])("%s", (_what, packages, expected) => expect(installationMatches(lock, { packages }, () => true)).toBe(expected));

  test("is false when a folder is missing that the record names", () =>
    expect(installationMatches(lock, lock, (where) => where !== "node_modules/a")).toBe(false));

  test("is false of a record that cannot be read", () =>
    expect(installationMatches(lock, undefined, () => true)).toBe(false));
});

describe("hashOf", () => {
  const hash = (inputs = ["src", "none"], except: string[] = []) => hashOf(root, inputs, except);

  test("changes with a name and with a content, not with what is left out", () => {
    write("src/a.ts", "1");
    write("src/b/c.ts", "2");
    const first = hash();
    expect(hash()).toBe(first);
    write("src/b/c.ts", "3");
    expect(hash()).not.toBe(first);
    write("src/b/c.ts", "2");
    expect(hash()).toBe(first);
    write("src/b/d.ts", "");
    expect(hash()).not.toBe(first);
    expect(hash(["src"], ["src/b/d.ts"])).toBe(first);
  });

  test("takes the files of one ending", () => {
    write("examples/a.graphql", "{ a }");
    const first = hash(["examples/*.graphql"]);
    write("examples/sample.ndjson", "{}");
    expect(hash(["examples/*.graphql"])).toBe(first);
    write("examples/b.graphql", "{ b }");
    expect(hash(["examples/*.graphql"])).not.toBe(first);
  });
});
