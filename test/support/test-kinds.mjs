/**
 * Which test files are pure and which need a server, read from what they import; nobody keeps a list.
 *
 * A test file is a server test when
 *  - it, a module of test/ that it loads, or a module of src/ that one of these imports, imports something that reaches
 *    out of the process (OUTSIDE): a database, a socket, a child process, a thread, a browser; or
 *  - a module that it loads, however far away, names a file of the build (dist/): a thread's entry, the kernels.
 * Every other one is pure: `npm run test:quick` runs it without PostgreSQL and without a build.
 */
import fs from "node:fs";
import path from "node:path";

/** What reaches out of the process. */
const OUTSIDE = new Set([
  "node:child_process",
  "node:http",
  "node:https",
  "node:net",
  "node:worker_threads",
  "fastify",
  "pg",
  "playwright-core",
  "typeorm",
  "ws",
]);

/** Every *.test.ts below test/ of this root, in the order of their names. */
export function testFiles(root) {
  return fs
    .readdirSync(path.join(root, "test"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => path.join(root, "test", name))
    .sort();
}

/** Those of them that are server tests. */
export function serverTestFiles(root) {
  const test = path.join(root, "test") + path.sep;
  const modules = new Map();
  const read = (file) => {
    if (!modules.has(file)) modules.set(file, readModule(file));
    return modules.get(file);
  };
  return testFiles(root).filter((testFile) => {
    const loaded = new Set([testFile]);
    for (const file of loaded) {
      const { namesBuild, imports, reachesOut } = read(file);
      if (namesBuild || (file === testFile && reachesOut)) return true;
      // What src/ imports in its turn may reach out: a pure function may stand beside one that asks the database.
      if (file.startsWith(test) && imports.some((next) => read(next).reachesOut)) return true;
      for (const next of imports) loaded.add(next);
    }
    return false;
  });
}

function readModule(file) {
  const source = fs.readFileSync(file, "utf8");
  const specifiers = importsOf(source);
  return {
    reachesOut: specifiers.some((from) => OUTSIDE.has(from)),
    namesBuild: /["'`/]dist\//.test(source),
    imports: specifiers
      .filter((from) => from.startsWith("."))
      .map((from) => path.resolve(path.dirname(file), from).replace(/\.js$/, ".ts"))
      .filter((name) => name.endsWith(".ts") && fs.existsSync(name)),
  };
}

/** What a module imports; imports of types alone are gone at run time and do not count. */
function importsOf(source) {
  const statements = source.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^;"]*?\sfrom\s*)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm,
  );
  return [...statements].filter(([, type]) => type === undefined).map(([, , from, dynamic]) => from ?? dynamic);
}
