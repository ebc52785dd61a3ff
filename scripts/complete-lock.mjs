/**
 * Adds to package-lock.json the platform packages that it lacks, as `npm ci` refuses a lock file without them.
 * npm leaves them out when the registry it asked does not carry them (a mirror that knows one platform). Run it after
 * a dependency was added:
 *
 *   node scripts/complete-lock.mjs
 *
 * An entry made here has a version, since those ranges are exact, and the platform that its name tells, but no
 * integrity: npm checks what it downloads against the registry alone.
 */
import fs from "node:fs";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const CPUS = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** The `os`, `cpu` and `libc` that a platform package's name tells: "@swc/core-linux-x64-gnu". */
export function platformOf(name) {
  const words = name.split("/").at(-1).replace("windows", "win32").split("-");
  const os = SYSTEMS.find((one) => words.includes(one));
  const cpu = CPUS.find((one) => words.includes(one));
  const libc = words.map((word) => /^(?:(musl)|gnu|glibc)/.exec(word)).find((match) => match !== null);
  return {
    ...(os !== undefined && { os: [os] }),
    ...(cpu !== undefined && { cpu: [cpu] }),
    ...(libc !== undefined && { libc: [libc[1] ?? "glibc"] }),
  };
}

/** The optional packages that a lock file's packages ask for and that it has no entry for, by their path. */
export function missingEntries(lock) {
  const missing = {};
  for (const [where, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!resolves(lock, where, name)) {
        missing[`node_modules/${name}`] = {
          version: range,
          ...(entry.dev === true && { dev: true }),
          optional: true,
          ...platformOf(name),
        };
      }
    }
  }
  return missing;
}

/** Does a package find a dependency, in its own node_modules or in those above it? */
function resolves(lock, where, name) {
  for (let at = where; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (lock.packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === "") return false;
  }
}

function main() {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(fs.readFileSync(file, "utf8"));
  const missing = Object.entries(missingEntries(lock));
  const inexact = missing.filter(([, { version }]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  if (inexact.length > 0) throw new Error(`Only exact versions can be added, not ${JSON.stringify(inexact)}.`);
  Object.assign(lock.packages, Object.fromEntries(missing));
  const order = (a, b) => a.localeCompare(b, "en");
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => order(a, b)));
  fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} platform packages added to package-lock.json.\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
