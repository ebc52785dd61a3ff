import { existsSync, readdirSync, readFileSync } from "node:fs";
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
  "system-errors": { values: [] },
  config: { values: [] },
  "embedded-postgres": { values: ["system-errors"] },
  errors: { values: [] },
  vocabulary: { values: [] },
};

/**
 * The rooms of a folder that has some, lowest first: each may import those before it, types too. Files that stand directly
 * in the folder are the room ".".
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  agreement: ["judgments", "intervals", "coefficients", "leaderboard", "quality", "report"],
  cli: ["terminal", "server", "commands", "."],
  datasets: ["text", "records", "splits", "formats", "tokenizers"],
  entities: [
    ".",
    "database",
    "queries",
    "queries/completions",
    "queries/jobs",
    "queries/judgments",
    "queries/keys",
    "queries/labelers",
    "queries/models",
    "queries/prompts",
    "queries/datasets",
    "queries/files",
    "queries/splits",
    "queries/training",
  ],
  resolvers: [".", "writes"],
  schema: [".", "analysis", "arguments", "inputs", "jobs"],
  server: ["requests", "graphql", "routes", "transports", "."],
  services: [
    "access",
    "input",
    "files",
    "statistics",
    "writes",
    "feeds",
    "request",
    "reads",
    "export",
    "import",
    "jobs",
    "models",
    "analysis",
    "jobs/start",
  ],
  training: [
    "config",
    "events",
    "tensors",
    "kernels",
    ".",
    "model",
    "optimization",
    "files",
    "hugging-face",
    "text",
    "shards",
    "sampling",
    "evaluation",
    "trainers",
    "ppo",
  ],
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

/** The room of a file within its folder: entities/queries/jobs/jobs.ts stands in queries/jobs. */
const roomOf = (name: string) => path.posix.dirname(name).split("/").slice(1).join("/") || ".";

test("a room imports none that stands above it in its folder", () => {
  const wrong = FILES.flatMap(({ name, imports }) => {
    const order = ROOMS[layerOf(name)];
    if (order === undefined) return [];
    return imports.flatMap(({ target }) => {
      if (!target.startsWith(".")) return [];
      const file = fileOf(name, target);
      const isAbove = layerOf(file) === layerOf(name) && order.indexOf(roomOf(file)) > order.indexOf(roomOf(name));
      return isAbove ? [`${name} imports ${target}`] : [];
    });
  });
  expect(wrong).toEqual([]);
});

test("every room has its place", () => {
  const rooms = FILES.filter(({ name }) => name.includes("/")).map(({ name }) => `${layerOf(name)}: ${roomOf(name)}`);
  const known = Object.entries(ROOMS).flatMap(([layer, order]) => order.map((room) => `${layer}: ${room}`));
  const single = [...new Set(rooms)].filter((room) => !(room.split(":")[0]! in ROOMS));
  expect(single.filter((room) => !room.endsWith(": ."))).toEqual([]);
  expect([...new Set(rooms)].filter((room) => !single.includes(room)).sort()).toEqual(known.sort());
});

test("docs/architecture.md names every room, and no file that is not there", () => {
  const page = readFileSync(path.join(SOURCE, "../docs/architecture.md"), "utf8");
  const rooms = Object.entries(ROOMS).flatMap(([layer, order]) => order.map((room) => `${layer}/${room}`));
  // Questions by table are told within the line of their folder.
  const own = rooms.filter((room) => !room.endsWith("/.") && !room.startsWith("entities/queries/"));
  expect(own.filter((room) => !page.includes(`\`${room}\``))).toEqual([]);
  const named = [...page.matchAll(/`(?:src\/)?([\w/-]+\.ts)`/g)].map(([, file = ""]) => file);
  expect(named.length).toBeGreaterThan(30);
  const isThere = (file: string) => FILES.some(({ name }) => name === file || name.endsWith(`/${file}`));
  expect(named.filter((file) => !isThere(file) && !existsSync(path.join(SOURCE, "..", file)))).toEqual([]);
});

/** The circles of a graph: the sets of nodes each of which leads to every other. */
function circles(next: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>(next.get(from));
    for (const node of seen) for (const further of next.get(node) ?? []) seen.add(further);
    return seen;
  };
  const reached = new Map([...next.keys()].map((node) => [node, reach(node)]));
  const inCircle = [...next.keys()].filter((node) => reached.get(node)?.has(node));
  const sets = inCircle.map((node) =>
    inCircle.filter((one) => reached.get(node)?.has(one) && reached.get(one)?.has(node)),
  );
  return [...new Map(sets.map((set) => [set.sort().join(), set])).values()];
}

/** Who imports whom, types too, by what `of` makes of a file's name. */
function importGraph(of: (name: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { name, imports } of FILES) {
    const from = of(name);
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const { target } of imports) {
      if (!target.startsWith(".")) continue;
      const to = of(fileOf(name, target));
      if (to !== from || of === named) targets.add(to);
    }
  }
  return graph;
}
const named = (name: string) => name;

test("no circle of imports, of types either, between files or between folders, a folder and its subfolder included", () => {
  expect(
    circles(
      new Map([
        ["a", new Set(["b"])],
        ["b", new Set(["c"])],
        ["c", new Set(["b"])],
      ]),
    ),
  ).toEqual([["b", "c"]]);
  expect(circles(importGraph(named))).toEqual([]);
  // What stands directly in src/ is a room by itself: errors.ts is the lowest, start.ts the highest.
  expect(circles(importGraph((name) => (name.includes("/") ? path.posix.dirname(name) : name)))).toEqual([]);
});

test("no folder of src/ has more than 25 entries, and no file more than 300 lines", () => {
  const folders = readdirSync(SOURCE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const full = [SOURCE, ...folders.map((entry) => path.join(entry.parentPath, entry.name))]
    .map((folder) => ({ folder: path.relative(SOURCE, folder), entries: readdirSync(folder).length }))
    .filter(({ entries }) => entries > 25);
  expect(full).toEqual([]);
  const length = (text: string) => text.split("\n").length - 1;
  expect(FILES.filter(({ text }) => length(text) > 300).map(({ name, text }) => `${name}: ${length(text)}`)).toEqual(
    [],
  );
});

test("a name is exported by one file", () => {
  const places = new Map<string, Set<string>>();
  const exported = /^export (?:abstract )?(?:async )?(?:function\*?|const|class|interface|type|enum) (\w+)/gm;
  for (const { name, text } of FILES) {
    for (const [, what = ""] of text.matchAll(exported)) places.set(what, (places.get(what) ?? new Set()).add(name));
  }
  const double = [...places].filter(([, files]) => files.size > 1);
  expect(double.map(([what, files]) => `${what}: ${[...files].join(", ")}`)).toEqual([]);
});

test("nothing of src/ is imported under another name", () => {
  expect(lines(() => true, /^import (type )?\{[^}]* as [^}]*\} from "\./)).toEqual([]);
});

/** What runs in the thread that trains, and in the one that converts models. */
const IN_THREAD = /^(jobs\/(worker|run|trainers)|services\/models\/convert-model-worker)\.ts$/;

test("the threads that train and convert know files and training, and neither database nor services", () => {
  const inThread = FILES.filter(({ name }) => IN_THREAD.test(name));
  const wrong = inThread.flatMap(({ name, imports }) =>
    imports
      .filter(({ target }) => target.startsWith("."))
      .map(({ target }) => fileOf(name, target))
      .filter(
        (file) =>
          /^(entities|services|server|resolvers)\//.test(file) && path.posix.dirname(file) !== path.posix.dirname(name),
      )
      .map((file) => `${name}: ${file}`),
  );
  expect([inThread.length, wrong]).toEqual([4, []]);
});

/** What of training/ all may import who do not run in the thread that trains: the one that answers the API loads no TensorFlow.js. */
const OPEN_TRAINING = /^training\/(config|events)\/[^/]+\.ts$/;

test("of training all but the thread that trains import configurations and events alone", () => {
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

test("TensorFlow.js is loaded by training/backend.ts alone, which nothing that others import loads", () => {
  const importers = FILES.filter(({ imports }) => imports.some(({ target }) => target.startsWith("@tensorflow/")));
  expect(importers.map(({ name }) => name).sort()).toEqual(["training/backend.ts", "training/tensors/tensorflow.ts"]);
  expect(lines((name) => name !== "training/backend.ts", /loadTensorFlow\(/)).toEqual([]);
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
