import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { type Binaries, cannotRun, childEnvironment, programOf } from "./binaries.js";
import { isAlive } from "./server-process.js";
import { EmbeddedPostgresError, errorCode, messageOf } from "./start-error.js";
import { canEnter, type DatabaseUser, isRoot } from "./system-user.js";

/** The superuser of a cluster; only the launcher connects as it. */
export const SUPERUSER = "postgres";

/** Holds the superuser's password, within the cluster: the two are made, moved and restored as one. */
const PASSWORD_FILE = "accord.password";

/** Where a data directory keeps its cluster. */
export const clusterOf = (dataDirectory: string): string => path.join(dataDirectory, "postgres");

/**
 * Makes the data directory where there is none, so that PostgreSQL's user may enter it and nobody else may list it.
 * Refused: one that cannot be made or written to, and one that PostgreSQL's user cannot enter.
 */
export function makeDataDirectory(dataDirectory: string, user: DatabaseUser | null): void {
  try {
    const first = mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    if (first !== undefined && isRoot()) openFolders(dataDirectory, first);
    const probe = path.join(dataDirectory, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data directory ${dataDirectory} cannot be written to (${errorCode(error) ?? messageOf(error)}). ` +
        "Give it to this user, or set DATA_DIR to another folder.",
    );
  }
  if (!canEnter(dataDirectory, user)) {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, and its user ${user?.name} cannot enter ${dataDirectory}. ` +
        "Set DATA_DIR to a folder that others may enter, such as /var/lib/accord.",
    );
  }
}

/** Lets others enter, but not list, the folders just made: from `folder` up to `first`. chmod heeds no umask. */
function openFolders(folder: string, first: string): void {
  for (let at = folder; at.length >= first.length; at = path.dirname(at)) chmodSync(at, 0o711);
}

/**
 * Makes the cluster where there is none. initdb works beside the place and the result is renamed into it, so a
 * cluster is either whole or not there; of two processes that make one at once, one wins and both use it.
 * Refused: a folder of another major version, one that holds something else, one that belongs to another user.
 */
export async function makeCluster(
  cluster: string,
  binaries: Binaries,
  user: DatabaseUser | null,
  sync: boolean,
): Promise<void> {
  sweepDrafts(cluster);
  if (isCluster(cluster, binaries.major)) return;
  const draft = `${cluster}.init-${process.pid}`;
  const passwordFile = `${draft}.password`;
  const give = (file: string) => user !== null && chownSync(file, user.uid, user.gid);
  try {
    mkdirSync(draft, { mode: 0o700 });
    give(draft);
    writeFileSync(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
    give(passwordFile);
    await initdb(binaries, user, draft, passwordFile, sync);
    renameSync(passwordFile, path.join(draft, PASSWORD_FILE));
    renameSync(draft, cluster);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes(errorCode(error) ?? "") || !isCluster(cluster, binaries.major)) {
      throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
  }
}

/** Removes what initdb left behind in processes that are no more. */
function sweepDrafts(cluster: string): void {
  const prefix = `${path.basename(cluster)}.init-`;
  for (const name of readdirSync(path.dirname(cluster))) {
    if (!name.startsWith(prefix) || isAlive(Number.parseInt(name.slice(prefix.length), 10))) continue;
    rmSync(path.join(path.dirname(cluster), name), { recursive: true, force: true });
  }
}

/** Is there a cluster of this version that we may use? False when the place is free; anything else is refused. */
function isCluster(cluster: string, major: string): boolean {
  if (!existsSync(cluster)) return false;
  let version: string | null;
  try {
    version = readFileSync(path.join(cluster, "PG_VERSION"), "utf8").trim();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") {
      throw new EmbeddedPostgresError(
        `${cluster} belongs to another user (uid ${statSync(cluster).uid}). Start as that user or as root, ` +
          "or set DATA_DIR to another folder.",
      );
    }
    version = null;
  }
  if (version === null) {
    if (readdirSync(cluster).length === 0) return false;
    throw new EmbeddedPostgresError(
      `${cluster} holds files, but no PostgreSQL database (no PG_VERSION). Move it away, or set DATA_DIR to another folder.`,
    );
  }
  if (version !== major) {
    throw new EmbeddedPostgresError(
      `${cluster} was made by PostgreSQL ${version}; this is PostgreSQL ${major}. Move it away, ` +
        `or serve it with PostgreSQL ${version} and set DATABASE_URL.`,
    );
  }
  return true;
}

/** Runs initdb: UTF-8, code-point order on every system, and a password for every connection. */
async function initdb(
  binaries: Binaries,
  user: DatabaseUser | null,
  cluster: string,
  passwordFile: string,
  sync: boolean,
): Promise<void> {
  const options = [
    ...["-D", cluster, "-U", SUPERUSER, "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    // The C library's part: Linux has C.UTF-8; elsewhere C, which orders the same.
    `--locale=${process.platform === "linux" ? "C.UTF-8" : "C"}`,
    ...["--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-instructions"],
    ...(sync ? [] : ["--no-sync"]),
  ];
  await new Promise<void>((resolve, reject) => {
    let said = "";
    const child = spawn(programOf(binaries, "initdb"), options, {
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
      cwd: cluster,
      env: childEnvironment(),
      stdio: ["ignore", "ignore", "pipe"],
      windowsHide: true,
    });
    child.stderr.on("data", (data: Buffer) => {
      said += data.toString();
    });
    child.on("error", (error) => reject(cannotRun("initdb", error)));
    child.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new EmbeddedPostgresError(`PostgreSQL could not make a database in ${cluster}:\n${said.trim()}`));
    });
  });
}

/** The superuser's password of a cluster. */
export function passwordOf(cluster: string): string {
  try {
    return readFileSync(path.join(cluster, PASSWORD_FILE), "utf8");
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The password of the embedded database cannot be read from ${path.join(cluster, PASSWORD_FILE)} ` +
        `(${errorCode(error) ?? messageOf(error)}); without it the database cannot be opened.`,
    );
  }
}
