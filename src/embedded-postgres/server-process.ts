import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, fchownSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { type Binaries, cannotRun, childEnvironment, programOf } from "./binaries.js";
import { EmbeddedPostgresError, errorCode, messageOf, sleep } from "./start-error.js";
import type { DatabaseUser } from "./system-user.js";

/** PostgreSQL's main process as its own postmaster.pid tells of it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** A log longer than this is put aside at the next start, in bytes. */
const LOG_LIMIT = 10 * 1024 * 1024;

/** How long a fast shutdown may take before PostgreSQL is told to drop everything, in milliseconds. */
const STOP_MS = 60_000;

/** Is there a process of this number that still runs? One that has ended and was not collected does not. */
export function isAlive(pid: number): boolean {
  if (!hasEntry(pid)) return false;
  if (process.platform !== "linux") return true;
  try {
    // The state follows the command, which stands in parentheses and may hold any character.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch (error) {
    return errorCode(error) !== "ENOENT";
  }
}

/** Does the system know this number as a process, be it an ended one that nobody has collected? */
function hasEntry(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** The command line of a process as one text; null where the system does not tell. */
function commandLine(pid: number): string | null {
  if (process.platform === "linux") {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return null;
    }
  }
  if (process.platform === "win32") return null;
  const { status, stdout } = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return status === 0 ? stdout : null;
}

/**
 * Is this the command line of something else than the cluster's postmaster? A postmaster names its folder. One whose
 * folder is not there any more may be ours all the same, its data directory having been moved while it ran.
 */
function isForeign(command: string, cluster: string): boolean {
  if (command.includes(`postgres -D ${cluster} `)) return false;
  const [, folder] = /postgres -D (.*) -p \d/.exec(command) ?? [];
  return folder === undefined || existsSync(folder);
}

/**
 * The living postmaster of a cluster, by its postmaster.pid; null when there is none.
 * After a crash of the machine the file stays, and its number may be another process's by now. PostgreSQL would take
 * that process for a postmaster and not start, so the file goes.
 */
export function findPostmaster(cluster: string): Postmaster | null {
  const file = path.join(cluster, "postmaster.pid");
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").split("\n");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!hasEntry(pid)) return null;
  const command = commandLine(pid);
  if (!isAlive(pid) || (command !== null && isForeign(command, cluster))) {
    rmSync(file, { force: true });
    return null;
  }
  return Number.isSafeInteger(port) && port > 0 ? { pid, port } : null;
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A postmaster that was just started, until it is known to serve. */
export interface Launch extends Postmaster {
  /** Whether it has ended, and what it wrote to the log. */
  exited(): boolean;
  said(): string;
}

/** Starts PostgreSQL as a process of its own: it outlives a Node that is killed, and Ctrl-C does not reach it. */
export async function launchPostmaster(
  cluster: string,
  binaries: Binaries,
  user: DatabaseUser | null,
  port: number,
  settings: Readonly<Record<string, string>>,
  logFile: string,
): Promise<Launch> {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openLog(logFile, user);
  const begin = statSync(logFile).size;
  let ended = false;
  const child = spawn(
    programOf(binaries, "postgres"),
    ["-D", cluster, "-p", String(port), "-h", "127.0.0.1", "-k", "", ...options],
    {
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
      cwd: cluster,
      env: childEnvironment(),
      stdio: ["ignore", log, log],
      detached: true,
      windowsHide: true,
    },
  );
  closeSync(log);
  child.on("exit", () => {
    ended = true;
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(cannotRun("postgres", error)));
  });
  child.unref();
  return {
    pid: child.pid as number,
    port,
    exited: () => ended,
    said: () => readFileSync(logFile).subarray(begin).toString("utf8"),
  };
}

/** Opens the log for appending; one over 10 MB becomes postgres.log.1 first. It belongs to PostgreSQL's user. */
function openLog(logFile: string, user: DatabaseUser | null): number {
  try {
    const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_LIMIT) renameSync(logFile, `${logFile}.1`);
    const log = openSync(logFile, "a", 0o600);
    if (user !== null) fchownSync(log, user.uid, user.gid);
    return log;
  } catch (error) {
    throw new EmbeddedPostgresError(`The log ${logFile} cannot be written (${errorCode(error) ?? messageOf(error)}).`);
  }
}

/**
 * Fast shutdown: sessions are ended, everything is written, the process is gone when this resolves.
 * Should that take more than a minute it is made to quit; the next start then recovers from the write-ahead log.
 */
export async function stopPostmaster(
  cluster: string,
  pid: number,
  binaries: Binaries,
  user: DatabaseUser | null,
): Promise<void> {
  signal(pid, "fast", cluster, binaries, user);
  for (let waited = 0; isAlive(pid); waited += 10) {
    if (waited === STOP_MS) signal(pid, "immediate", cluster, binaries, user);
    await sleep(10);
  }
}

function signal(
  pid: number,
  mode: "fast" | "immediate",
  cluster: string,
  binaries: Binaries,
  user: DatabaseUser | null,
): void {
  // Windows has no signals: pg_ctl speaks to PostgreSQL through a pipe.
  if (process.platform === "win32") {
    const ids = user === null ? {} : { uid: user.uid, gid: user.gid };
    spawnSync(programOf(binaries, "pg_ctl"), ["stop", "-D", cluster, "-m", mode, "-W"], { ...ids, stdio: "ignore" });
    return;
  }
  try {
    process.kill(pid, mode === "fast" ? "SIGINT" : "SIGQUIT");
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
