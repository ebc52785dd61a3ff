import { realpathSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { reasonOf } from "../system-errors.js";
import { type Binaries, findPackage, prepareBinaries } from "./binaries.js";
import { clusterOf, makeCluster, makeDataDirectory } from "./cluster.js";
import {
  findPostmaster,
  freePort,
  isAlive,
  launchPostmaster,
  type Postmaster,
  stopPostmaster,
} from "./server-process.js";
import { openSession, provisionOwner, takeInstanceLock, urlOf } from "./session.js";
import { EmbeddedPostgresError, errorCode, type LauncherLog, sleep } from "./start-error.js";
import { type DatabaseUser, databaseUser } from "./system-user.js";

/** How long recovery from the write-ahead log may take at a start, in milliseconds. */
const READY_MS = 600_000;

/** How long a process may be up without answering at all, in milliseconds. */
const SILENT_MS = 60_000;

/** How long a port stays taken or the processes of a killed PostgreSQL live on, in milliseconds. */
const RETRY_MS = 60_000;

/** What the server asks of PostgreSQL beyond its defaults; docs: postgresql.org/docs/17/runtime-config.html. */
const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: "100",
  shared_buffers: "256MB",
  work_mem: "16MB",
  maintenance_work_mem: "128MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  synchronous_commit: "on",
  fsync: "on",
  full_page_writes: "on",
  random_page_cost: "1.1",
  jit: "off",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] %a ",
  logging_collector: "off",
  // A statement whose client was killed ends within five seconds; Windows cannot tell.
  ...(process.platform === "win32" ? {} : { client_connection_check_interval: "5s" }),
  // A container gives /dev/shm 64 MB, which a parallel hash join outgrows; the postmaster needs System V anyway.
  ...(process.platform === "linux" ? { dynamic_shared_memory_type: "sysv" } : {}),
};

/** What to start: settings overlay the ones above ({ fsync: "off" } for a throw-away database). */
export interface EmbeddedPostgresOptions {
  readonly dataDirectory: string;
  readonly log: LauncherLog;
  readonly settings?: Readonly<Record<string, string>>;
  /** Called once if the database is lost for good: another instance took it over, or it cannot be started again. */
  readonly onLost?: (error: Error) => void;
}

/** A PostgreSQL of our own, up until stop(). */
export interface EmbeddedPostgres {
  /** postgres://accord:…@127.0.0.1:PORT/accord; stays the same when PostgreSQL has to be started again. */
  readonly url: string;
  /** Whether it was still running from an instance that had been killed. */
  readonly adopted: boolean;
  readonly logFile: string;
  /** The process number of PostgreSQL's main process, now. */
  pid(): number;
  /** Fast shutdown: ends all sessions, writes everything, resolves when the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL 17 on a data directory, or adopts the one that an instance killed with -9 left running there, and
 * keeps it up: should it die it is started again on the same port.
 * One instance at a time: a second one is refused with an EmbeddedPostgresError, as is whatever keeps PostgreSQL from
 * running (platform, user, folder, version, disk), in sentences that say what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const launcher = await Launcher.prepare(options);
    return await launcher.start();
  } catch (error) {
    // A disk that is full, a folder that changed hands: the system's own words, with the place.
    if (error instanceof EmbeddedPostgresError || errorCode(error) === undefined) throw error;
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL cannot be started on ${options.dataDirectory}: ${reasonOf(error)}.`,
    );
  }
}

/** Where PostgreSQL serves from, and a superuser's session on it that holds the lock of the data directory. */
interface Serving {
  readonly postmaster: Postmaster;
  readonly session: pg.Client;
  readonly adopted: boolean;
}

class Launcher {
  private readonly cluster: string;
  private readonly logFile: string;
  private serving: Serving | null = null;
  private stopping: Promise<void> | null = null;
  private recovery: Promise<void> | null = null;

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly dataDirectory: string,
    private readonly user: DatabaseUser | null,
    private readonly binaries: Binaries,
  ) {
    this.cluster = clusterOf(dataDirectory);
    this.logFile = path.join(dataDirectory, "postgres.log");
  }

  /** Everything that must stand before the process starts: user, folder, binaries, cluster. */
  static async prepare(options: EmbeddedPostgresOptions): Promise<Launcher> {
    const source = findPackage();
    const wanted = path.resolve(options.dataDirectory);
    const user = databaseUser(clusterOf(wanted));
    makeDataDirectory(wanted, user);
    const dataDirectory = realpathSync(wanted);
    const binaries = prepareBinaries(source, user, dataDirectory, options.log);
    await makeCluster(clusterOf(dataDirectory), binaries, user, options.settings?.fsync !== "off");
    return new Launcher(options, dataDirectory, user, binaries);
  }

  async start(): Promise<EmbeddedPostgres> {
    const { postmaster, session, adopted } = await this.serve(null);
    this.serving = { postmaster, session, adopted };
    const url = urlOf(postmaster.port, await provisionOwner(session).catch((error) => this.abandon(error)));
    this.watch(session);
    if (adopted) {
      this.options.log.info(`PostgreSQL (process ${postmaster.pid}) was still running; it is taken over.`);
    }
    return {
      url,
      adopted,
      logFile: this.logFile,
      pid: () => this.serving?.postmaster.pid ?? postmaster.pid,
      stop: () => {
        this.stopping ??= this.stop();
        return this.stopping;
      },
    };
  }

  /** Leaves nothing running after a start that failed. */
  private async abandon(error: unknown): Promise<never> {
    await this.stop();
    throw error;
  }

  /**
   * Adopts the running postmaster or starts one, and takes the lock. Goes round again when another process was
   * quicker, when the port was taken in between, and while the processes of a killed postmaster still hold its memory.
   * fixedPort: the port that must be used again; null for any.
   */
  private async serve(fixedPort: number | null): Promise<Serving> {
    const deadline = Date.now() + RETRY_MS;
    for (;;) {
      const running = findPostmaster(this.cluster);
      if (running !== null) {
        const session = await this.whenReady(running, () => !isAlive(running.pid));
        if (session === null) continue;
        return { postmaster: running, session: await this.locked(session), adopted: true };
      }
      const port = fixedPort ?? (await freePort());
      const launched = await this.launch(port);
      if (typeof launched !== "string") return launched;
      const passing = /postmaster\.pid" already exists|shared memory block|Address already in use/.test(launched);
      if (!passing || Date.now() > deadline) {
        const tail = launched.trim().split("\n").slice(-12).join("\n");
        throw new EmbeddedPostgresError(
          `PostgreSQL did not start on ${this.dataDirectory}. The end of ${this.logFile}:\n${tail}`,
        );
      }
      await sleep(100);
    }
  }

  /** Starts a postmaster and takes the lock; what it said in the log if it ended instead. */
  private async launch(port: number): Promise<Serving | string> {
    const settings = { ...SETTINGS, ...this.options.settings };
    const postmaster = await launchPostmaster(this.cluster, this.binaries, this.user, port, settings, this.logFile);
    let session: pg.Client | null;
    try {
      session = await this.whenReady(postmaster, postmaster.exited);
    } catch (error) {
      await stopPostmaster(this.cluster, postmaster.pid, this.binaries, this.user);
      throw error;
    }
    if (session === null) return postmaster.said();
    // Should another instance have taken the lock in this moment, the postmaster is that one's now and stays.
    return { postmaster, session: await this.locked(session), adopted: false };
  }

  /** A session as soon as the postmaster serves; null when it has ended before. */
  private async whenReady(postmaster: Postmaster, ended: () => boolean): Promise<pg.Client | null> {
    const begin = Date.now();
    let told = begin;
    while (!ended()) {
      if (this.stopping !== null) throw new EmbeddedPostgresError("PostgreSQL was stopped while it started.");
      const session = await openSession(this.cluster, postmaster.port);
      if (typeof session !== "string") return session;
      if (Date.now() - begin > (session === "silent" ? SILENT_MS : READY_MS)) {
        throw new EmbeddedPostgresError(
          `PostgreSQL (process ${postmaster.pid} by ${path.join(this.cluster, "postmaster.pid")}) does not answer ` +
            `on port ${postmaster.port}; see ${this.logFile}.`,
        );
      }
      if (Date.now() - told > 10_000) {
        told = Date.now();
        this.options.log.info(`Waiting for PostgreSQL to recover; see ${this.logFile}.`);
      }
      await sleep(25);
    }
    return null;
  }

  private async locked(session: pg.Client): Promise<pg.Client> {
    try {
      await takeInstanceLock(session, this.dataDirectory);
      return session;
    } catch (error) {
      await session.end().catch(() => {});
      throw error;
    }
  }

  /** When the session that holds the lock breaks, PostgreSQL has died (or that session was ended): both are mended. */
  private watch(session: pg.Client): void {
    session.once("end", () => {
      if (this.stopping !== null) return;
      this.recovery = this.recover().catch((error: unknown) => {
        if (this.stopping !== null) return;
        this.serving = null;
        this.options.log.warn(`PostgreSQL is lost: ${reasonOf(error)}`);
        this.options.onLost?.(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  private async recover(): Promise<void> {
    const before = this.serving?.postmaster;
    this.options.log.warn(`The connection to PostgreSQL (process ${before?.pid}) broke; it is being brought back.`);
    const serving = await this.serve(before?.port ?? null);
    if (serving.postmaster.port !== before?.port) {
      await serving.session.end();
      throw new EmbeddedPostgresError(`it serves on port ${serving.postmaster.port} now, not on ${before?.port}.`);
    }
    this.serving = serving;
    this.watch(serving.session);
    this.options.log.info(`PostgreSQL serves again (process ${serving.postmaster.pid}).`);
  }

  private async stop(): Promise<void> {
    await this.recovery;
    if (this.serving === null) return;
    const { postmaster, session } = this.serving;
    // Its number may be another process's by now if it died in the meantime.
    if (findPostmaster(this.cluster)?.pid === postmaster.pid) {
      await stopPostmaster(this.cluster, postmaster.pid, this.binaries, this.user);
    }
    await session.end().catch(() => {});
  }
}
