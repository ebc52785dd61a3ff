import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, type Stats, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { EmbeddedPostgresError } from "./start-error.js";

/** The account that PostgreSQL runs as. PostgreSQL refuses root, and a uid that the password file does not name. */
export interface DatabaseUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that a system commonly has for it; `_postgres` is macOS's. */
const CANDIDATES = ["postgres", "_postgres", "nobody"];

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * The account to run PostgreSQL as, or null for our own.
 * As root: the owner of the cluster where one exists (who began as an ordinary user may go on as root), else
 * `postgres`, else `nobody`. Refused: an own uid without an entry in the password file, and root without any of these.
 */
export function databaseUser(cluster: string): DatabaseUser | null {
  if (process.getuid === undefined) return null;
  if (!isRoot()) {
    try {
      os.userInfo();
    } catch {
      throw new EmbeddedPostgresError(
        `PostgreSQL must run as a user of the system, and uid ${process.getuid()} has no entry in its password file. ` +
          "Run as another user, or set DATABASE_URL to a PostgreSQL server.",
      );
    }
    return null;
  }
  const owner = existsSync(path.join(cluster, "PG_VERSION")) ? statSync(cluster).uid : 0;
  for (const candidate of owner === 0 ? CANDIDATES : [String(owner)]) {
    const user = lookUp(candidate);
    if (user !== null) return user;
  }
  throw new EmbeddedPostgresError(
    owner === 0
      ? `PostgreSQL refuses to run as root, and there is no user ${CANDIDATES.join(", ")} to run it as. ` +
          "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
      : `${cluster} belongs to uid ${owner}, which has no entry in the password file. Give the folder to another user.`,
  );
}

/** A user by name or uid, as `id` knows it; null when there is none. */
function lookUp(nameOrUid: string): DatabaseUser | null {
  const ask = (option: string) => {
    const { status, stdout } = spawnSync("id", [option, nameOrUid], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : null;
  };
  const [name, uid, gid] = [ask("-un"), ask("-u"), ask("-g")];
  if (name === null || uid === null || gid === null || Number(uid) === 0) return null;
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Has the user these permissions (4 read, 2 write, 1 execute or enter; their sum) by the mode of a file? */
function permits(stat: Stats, user: DatabaseUser, wanted: number): boolean {
  const shift = stat.uid === user.uid ? 6 : stat.gid === user.gid ? 3 : 0;
  return ((stat.mode >> shift) & wanted) === wanted;
}

/** May the user enter a folder, that is: it and all above it, as far as they exist already? */
export function canEnter(folder: string, user: DatabaseUser | null): boolean {
  if (user === null) return true;
  let existing = path.resolve(folder);
  while (!existsSync(existing)) existing = path.dirname(existing);
  for (let at = realpathSync(existing); ; at = path.dirname(at)) {
    if (!permits(statSync(at), user, 1)) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** May the user reach a file and read it (4), or read and run it (5)? */
export function canUse(file: string, user: DatabaseUser | null, wanted: 4 | 5): boolean {
  return user === null || (canEnter(path.dirname(file), user) && permits(statSync(file), user, wanted));
}

/**
 * The data directory when DATA_DIR is not set: `name` (".data") below the working directory; but as root below a
 * folder that PostgreSQL's user cannot enter, /var/lib/accord, with a note that says so.
 * canEnter: whether PostgreSQL's user may enter a folder.
 */
export function defaultDataDirectory(
  cwd: string,
  name: string,
  asRoot: boolean,
  canEnterFolder: (folder: string) => boolean,
): { directory: string; note: string | null } {
  if (!asRoot || canEnterFolder(cwd)) return { directory: path.join(cwd, name), note: null };
  const directory = path.join("/var/lib", name.replace(/^\.data/, "accord"));
  return {
    directory,
    note: `The data directory is ${directory}: PostgreSQL does not run as root, and its user cannot enter ${cwd}.`,
  };
}

/** defaultDataDirectory for this process. name: ".data", or ".data-demo" for the demonstration. */
export function chooseDataDirectory(cwd: string, name = ".data"): { directory: string; note: string | null } {
  const user = isRoot() ? databaseUser(path.join(cwd, name, "postgres")) : null;
  return defaultDataDirectory(cwd, name, isRoot(), (folder) => canEnter(folder, user));
}
