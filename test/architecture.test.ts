import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

/**
 * Who may import whom, by folder of src/ or file directly in it. The composition root may import everything. "types":
 * only with `import type`, so that nothing of it is there at run time.
 */
const MAY_IMPORT: Readonly<Record<string, { values: readonly string[]; types?: readonly string[] }>> = {
  cli: { values: ["config", "vocabulary", "errors", "datasets", "system-errors"] },
  server: {
    values: [
      "config",
      "errors",
      "vocabulary",
      "resolvers",
      "schema",
      "services",
      "entities",
      "datasets",
      "report",
      "system-errors",
    ],
    types: ["files"],
  },
  report: { values: ["vocabulary", "agreement", "datasets"], types: ["services"] },
  jobs: {
    values: [
      "errors",
      "vocabulary",
      "services",
      "entities",
      "datasets",
      "training",
      "files",
      "threads",
      "system-errors",
    ],
    types: ["config"],
  },
  files: { values: ["errors", "system-errors"] },
  resolvers: { values: ["errors", "vocabulary", "schema", "services"], types: ["entities", "agreement"] },
  schema: { values: ["errors", "vocabulary"], types: ["services", "agreement"] },
  services: {
    values: ["errors", "vocabulary", "entities", "agreement", "datasets", "files", "training", "threads"],
    types: ["config"],
  },
  entities: { values: ["errors", "vocabulary"] },
  training: { values: ["errors", "vocabulary", "random", "datasets", "agreement", "threads"] },
  agreement: { values: ["errors", "vocabulary", "random"] },
  datasets: { values: ["errors", "vocabulary"] },
  random: { values: ["errors"] },
  threads: { values: [] },
  "refused-ports": { values: [] },
  "system-errors": { values: [] },
  config: { values: ["refused-ports"] },
  errors: { values: [] },
  vocabulary: { values: [] },
};

/** The composition root, and the commands that start a server in their own process. */
const ROOT = ["main.ts", "run-server.ts", "start.ts", "cli/commands/demo.ts", "cli/main.ts"];

interface SourceFile {
  /** Below src/, with slashes. */
  readonly name: string;
  readonly text: string;
  readonly imports: readonly { readonly target: string; readonly isType: boolean }[];
}

/** Every TypeScript file of the server; the explorer's browser code and the kernels' AssemblyScript are programs of their own. */
const FILES: readonly SourceFile[] = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll(path.sep, "/"))
  .filter((name) => name.endsWith(".ts") && !/^(explorer|training\/kernels\/assembly)\//.test(name))
  .map((name) => {
    const text = readFileSync(path.join(SOURCE, name), "utf8");
    return { name, text, imports: importsOf(text) };
  });

/** The modules a text imports or re-exports, statically or by import(). */
function importsOf(text: string): { target: string; isType: boolean }[] {
  const statements = [...text.matchAll(/^(?:import|export)\b([^;"']*?\bfrom\s*)?["']([^"']+)["']/gms)].map(
    ([, clause = "", target = ""]) => ({ target, isType: /^\s*type\b/.test(clause) || onlyTypes(clause) }),
  );
  const dynamic = [...text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)].map(([, target = ""]) => ({
    target,
    isType: false,
  }));
  return [...statements, ...dynamic];
}

/** Whether all that stands in the braces of an import clause is a type. */
function onlyTypes(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*from\s*$/
    .exec(clause)?.[1]
    ?.split(",")
    .map((name) => name.trim());
  return names?.every((name) => name === "" || name.startsWith("type ")) ?? false;
}

const layerOf = (name: string) => name.split("/")[0]?.replace(/\.ts$/, "") ?? "";

/** The file of src/ that an import means. */
const fileOf = (name: string, target: string) =>
  path.posix.normalize(path.posix.join(path.posix.dirname(name), target)).replace(/\.js$/, ".ts");

test("nobody imports whom they may not", () => {
  const wrong = FILES.filter(({ name }) => !ROOT.includes(name)).flatMap(({ name, imports }) =>
    imports.flatMap(({ target, isType }) => {
      if (!target.startsWith(".")) return [];
      const from = layerOf(name);
      const to = layerOf(fileOf(name, target));
      const rule = MAY_IMPORT[from];
      const may = from === to || rule?.values.includes(to) || (isType && rule?.types?.includes(to));
      return may ? [] : [`${name} imports ${isType ? "types of " : ""}${target}`];
    }),
  );
  expect(wrong).toEqual([]);
});

/** What runs in the thread that trains, and in the one that converts models. */
const IN_THREAD = /^(jobs\/(worker|run|trainers)|services\/convert-model-worker)\.ts$/;

test("the threads that train and convert know files and training, and neither database nor services", () => {
  const inThread = FILES.filter(({ name }) => IN_THREAD.test(name));
  const wrong = inThread.flatMap(({ name, imports }) =>
    imports
      .filter(({ target }) => /^\.\.\/(entities|services|server|resolvers)\//.test(target))
      .map(({ target }) => `${name}: ${target}`),
  );
  expect([inThread.length, wrong]).toEqual([4, []]);
});

/** What of training/ all may import who do not run in the thread that trains: the one that answers the API loads no TensorFlow.js. */
const OPEN_TRAINING = /^training\/(config\/[^/]+|metrics|events|prompts)\.ts$/;

test("of training all but the thread that trains import configurations, metrics, events and prompts alone", () => {
  const wrong = FILES.filter(({ name }) => !name.startsWith("training/") && !IN_THREAD.test(name)).flatMap(
    ({ name, imports }) =>
      imports
        .filter(({ isType }) => !isType)
        .map(({ target }) => fileOf(name, target))
        .filter((file) => file.startsWith("training/") && !OPEN_TRAINING.test(file))
        .map((file) => `${name} imports ${file}`),
  );
  expect(wrong).toEqual([]);
});

test("TensorFlow.js is imported by training/backend.ts alone, which nothing that others import loads", () => {
  const importers = FILES.filter(({ imports }) => imports.some(({ target }) => target.startsWith("@tensorflow/")));
  expect(importers.map(({ name }) => name)).toEqual(["training/backend.ts"]);
  const loaded = new Set(FILES.map(({ name }) => name).filter((name) => OPEN_TRAINING.test(name)));
  for (const name of loaded) {
    const { imports = [] } = FILES.find((file) => file.name === name) ?? {};
    for (const { target, isType } of imports) if (target.startsWith(".") && !isType) loaded.add(fileOf(name, target));
  }
  expect(loaded.size).toBeGreaterThan(5);
  expect([...loaded]).not.toContain("training/backend.ts");
});

test("every folder of src/ has a rule", () => {
  const layers = new Set(FILES.filter(({ name }) => !ROOT.includes(name)).map(({ name }) => layerOf(name)));
  expect([...layers].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

/** The lines of some files that match, as "file: line". */
function lines(files: (name: string) => boolean, pattern: RegExp): string[] {
  return FILES.filter(({ name }) => files(name)).flatMap(({ name, text }) =>
    text
      .split("\n")
      .filter((line) => pattern.test(line) && !/^\s*(\*|\/\*|\/\/)/.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
}

const isPure = (name: string) => /^(agreement|datasets|report|training)\//.test(name) || name === "random.ts";

test("agreement, datasets, report and training read no clock, environment or chance, and do no I/O", () => {
  // Which Node this is does not change: it is no environment.
  const impure = /Math\.random|Date\.now|new Date\(\)|performance\.now|process\.(?!versions\b|arch\b)|\bfetch\(/;
  expect(lines(isPure, impure)).toEqual([]);
  // The kernels are code, which is read as every module is, but not by an import.
  const loadsCode = "training/kernels/load-kernels.ts";
  const io = FILES.filter(({ name }) => isPure(name) && name !== loadsCode).flatMap(({ name, imports }) =>
    imports
      .filter(({ target }) => /^node:(?!crypto|buffer|util|worker_threads)/.test(target))
      .map(({ target }) => `${name}: ${target}`),
  );
  expect(io).toEqual([]);
});

test("the environment is read where a program begins, and by what a child process needs of it, nowhere else", () => {
  const begins = ["main.ts", "cli/main.ts", "embedded-postgres/binaries.ts"];
  expect(lines((name) => !begins.includes(name), /process\.env/)).toEqual([]);
});

/**
 * Who passes on the message of whatever was thrown: libraries of one exact version (graphql, fastify, modern-tar), faults of
 * our own for those who mend them, and logs. The words of Node and of the system have codes: system-errors.ts tells them.
 */
const QUOTES = [
  "entities/database/database.ts",
  "jobs/worker-host.ts",
  "jobs/worker.ts",
  "embedded-postgres/start-error.ts",
  "server/requests/format-error.ts",
  "server/requests/http-errors.ts",
  "server/graphql/limits.ts",
  "server/requests/logger.ts",
  "server/graphql/operations.ts",
  "server/transports/websocket.ts",
  "services/models/upload-model.ts",
  "system-errors.ts",
];

test("no sentence hangs on the words of an engine", () => {
  const cast = /\bas (NodeJS\.Errno|Syntax|Type|Range)?(Error|Exception)( \| null)?\)\??\.message/;
  const instance = /instanceof Error \? \(?\w+\.(stack \?\? \w+\.)?message/;
  const isListed = (name: string) => QUOTES.includes(name) || name === "cli/main.ts" || name === "training/backend.ts";
  expect(lines((name) => !isListed(name), new RegExp(`${cast.source}|${instance.source}`))).toEqual([]);
});

test("threads are begun, and the engine is told flags, in one place each", () => {
  expect(lines((name) => name !== "threads.ts", /new Worker\(|process\.execArgv/)).toEqual([]);
  expect(lines((name) => name !== "training/kernels/load-kernels.ts", /setFlagsFromString/)).toEqual([]);
});

test("resolvers and schema know nothing of the database's library", () => {
  const outside = FILES.filter(({ name }) => /^(resolvers|schema)\//.test(name)).flatMap(({ name, imports }) =>
    imports.filter(({ target }) => /^(typeorm|pg)/.test(target)).map(({ target }) => `${name}: ${target}`),
  );
  expect(outside).toEqual([]);
});

test("named exports only, no any, nothing that silences the compiler", () => {
  expect(lines(() => true, /^export default|\bexport \* from/)).toEqual([]);
  expect(lines(() => true, /[:<(,]\s*any\b[\s;,)>[\]=|]|\bas any\b|@ts-(ignore|nocheck|expect-error)/)).toEqual([]);
});

test("nothing is left to be done", () => {
  expect(lines(() => true, /TODO|FIXME|XXX|not implemented/i)).toEqual([]);
});
