import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, it as test } from "@jest/globals";
import pg from "pg";
import { clusterOf } from "../../src/embedded-postgres/cluster.js";
import { startEmbeddedPostgres } from "../../src/embedded-postgres/embedded-postgres.js";
import { findPostmaster, isAlive } from "../../src/embedded-postgres/server-process.js";
import { EmbeddedPostgresError, sleep } from "../../src/embedded-postgres/start-error.js";
import { canEnter, canUse, isRoot } from "../../src/embedded-postgres/system-user.js";
import { LaunchedPostgres } from "../support/launched-postgres.js";
import { onServer } from "../support/template-database.js";

// Real processes on a machine that may be busy; how long they take is nothing that is tested here.
jest.setTimeout(180_000);

const SILENT = { info: () => {}, warn: () => {} };
const QUICK = { fsync: "off", shared_buffers: "16MB" };

/** 65534 is `nobody` on every Linux; an ordinary user to be when the tests run as root. */
const NOBODY = { name: "nobody", uid: 65_534, gid: 65_534 };
const users: [string, typeof NOBODY | null][] = [[isRoot() ? "root" : "an ordinary user", null]];
if (
  isRoot() &&
  process.platform === "linux" &&
  canEnter(import.meta.dirname, NOBODY) &&
  canUse(process.execPath, NOBODY, 5)
) {
  users.push(["nobody", NOBODY]);
}

let parent: string;
let folder: string;
let madeBefore: string;
const launched: LaunchedPostgres[] = [];

/** Starts a process of its own on the test's folder. */
function launch(user: typeof NOBODY | null = null): LaunchedPostgres {
  const one = LaunchedPostgres.spawn(folder, user);
  launched.push(one);
  return one;
}

/** Gives the test a cluster that was stopped in order: a copy, as initdb takes seconds. */
function useCluster(user: typeof NOBODY | null = null): void {
  expect(spawnSync("cp", ["-a", madeBefore, folder]).status).toBe(0);
  if (user !== null) expect(spawnSync("chown", ["-R", `${user.uid}:${user.gid}`, folder]).status).toBe(0);
}

beforeAll(async () => {
  madeBefore = path.join(mkdtempSync(path.join(os.tmpdir(), "accord embedded-")), "made before");
  chmodSync(path.dirname(madeBefore), 0o711);
  await (await startEmbeddedPostgres({ dataDirectory: madeBefore, log: SILENT, settings: QUICK })).stop();
});

afterAll(() => rmSync(path.dirname(madeBefore), { recursive: true, force: true }));

beforeEach(() => {
  // As root, PostgreSQL's user has to get in; a blank, a quote and other letters belong to every path here.
  parent = mkdtempSync(path.join(os.tmpdir(), "accord embedded-"));
  chmodSync(parent, 0o711);
  folder = path.join(parent, "dätä 数据 o'x");
});

afterEach(async () => {
  for (const one of launched.splice(0)) await one.stop();
  const left = existsSync(clusterOf(folder)) ? findPostmaster(clusterOf(folder)) : null;
  if (left !== null) process.kill(left.pid, "SIGQUIT");
  while (left !== null && isAlive(left.pid)) await sleep(20);
  rmSync(parent, { recursive: true, force: true });
});

const count = (url: string) =>
  onServer(
    url,
    async (client) => (await client.query<{ n: number }>("select count(*)::int as n from kept")).rows[0]?.n,
  );

const keepOne = (url: string) =>
  onServer(url, (client) => client.query("create table if not exists kept (i int); insert into kept values (1)"));

describe("a cluster of its own", () => {
  test("is PostgreSQL 17 in UTF-8 and code-point order, for one role without a superuser's rights, behind a password", async () => {
    const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: SILENT, settings: QUICK });
    try {
      expect(postgres.adopted).toBe(false);
      const shown = await onServer(postgres.url, async (client) => {
        const { rows } = await client.query(
          `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding,
                  current_setting('TimeZone') as zone, current_setting('listen_addresses') as listen,
                  (select rolsuper from pg_roles where rolname = current_user) as super,
                  (select string_agg(x, '' order by x) from unnest(array['b', 'a', 'B', 'é', 'Z', '中']) x) as sorted,
                  upper('straße é') as upper`,
        );
        return rows[0];
      });
      // Code points: B 42, Z 5A, a 61, b 62, é E9, 中 4E2D.
      expect(shown).toEqual({
        major: 17,
        encoding: "UTF8",
        zone: "UTC",
        listen: "127.0.0.1",
        super: false,
        sorted: "BZabé中",
        // One letter to one letter, so ß stays.
        upper: "STRAßE É",
      });
      for (const [user, password] of [
        ["accord", "wrong"],
        ["postgres", ""],
        ["postgres", new URL(postgres.url).password],
      ]) {
        const url = new URL(postgres.url);
        const client = new pg.Client({
          host: url.hostname,
          port: Number(url.port),
          user,
          password,
          database: "postgres",
        });
        await expect(client.connect()).rejects.toThrow(/password/);
      }
      expect(existsSync(path.join(os.tmpdir(), `.s.PGSQL.${new URL(postgres.url).port}`))).toBe(false);
      const secret = statSync(path.join(clusterOf(folder), "accord.password"));
      expect(secret.mode & 0o777).toBe(0o600);
      expect(statSync(clusterOf(folder)).mode & 0o777).toBe(0o700);
    } finally {
      await postgres.stop();
    }
    expect(isAlive(postgres.pid())).toBe(false);
    expect(existsSync(path.join(clusterOf(folder), "postmaster.pid"))).toBe(false);
    expect(readFileSync(postgres.logFile, "utf8")).toMatch(/database system is shut down\n$/);
  });
});

describe.each(users)("as %s", (_name, user) => {
  beforeEach(() => {
    if (user !== null) chownSync(parent, user.uid, user.gid);
  });

  test("keeps data over a clean stop, refuses a second instance, and adopts what kill -9 left running", async () => {
    const first = launch(user);
    const one = await first.serving();
    await keepOne(one.url);
    const refusal = await launch(user).refusal();
    expect(refusal).toContain(`Another Accord (process ${first.process.pid}, since 2`);
    expect(refusal).toContain(folder);
    expect(await count(one.url)).toBe(1);

    await first.kill();
    expect(isAlive(one.pid)).toBe(true);
    const second = launch(user);
    const two = await second.serving();
    expect(two).toMatchObject({ adopted: true, pid: one.pid });
    expect(await count(two.url)).toBe(1);
    // The dead instance's password is no longer good: nobody writes but the one that holds the lock.
    await expect(count(one.url)).rejects.toThrow(/password authentication failed/);

    await second.stop();
    expect(isAlive(one.pid)).toBe(false);
    const third = await launch(user).serving();
    expect(third.adopted).toBe(false);
    expect(await count(third.url)).toBe(1);
  });

  test("recovers what was committed after PostgreSQL and Node were both killed with -9", async () => {
    useCluster(user);
    const first = launch(user);
    const one = await first.serving();
    await keepOne(one.url);
    await first.kill();
    process.kill(one.pid, "SIGKILL");
    const two = await launch(user).serving();
    expect(two.adopted).toBe(false);
    expect(await count(two.url)).toBe(1);
  });
});

if (users.length > 1) {
  test("an ordinary user and root take turns on one folder", async () => {
    chownSync(parent, NOBODY.uid, NOBODY.gid);
    useCluster(NOBODY);
    for (const user of [null, NOBODY, null]) {
      const one = launch(user);
      await keepOne((await one.serving()).url);
      await one.stop();
      expect(statSync(clusterOf(folder)).uid).toBe(NOBODY.uid);
    }
    expect(await count((await launch(NOBODY).serving()).url)).toBe(3);
  });
}

describe("two at once", () => {
  test("on a fresh folder: one serves, the other is refused", async () => {
    const both = [launch(), launch()];
    const events = await Promise.all(
      both.map((one) => one.event((event) => event.url !== undefined || event.refused !== undefined)),
    );
    const [served] = events.filter((event) => event.url !== undefined);
    const refused = events.filter((event) => event.refused !== undefined);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.refused).toMatch(/^Another Accord \(process \d+/);
    await keepOne(served?.url as string);
    // Neither pulled PostgreSQL from under the other.
    expect(both.flatMap((one) => one.logged()).filter((line) => /broke/.test(line))).toEqual([]);
  });

  test("after a kill -9: one adopts, the other is refused", async () => {
    useCluster();
    const first = launch();
    const { pid } = await first.serving();
    await first.kill();
    const both = [launch(), launch()];
    const events = await Promise.all(
      both.map((one) => one.event((event) => event.url !== undefined || event.refused !== undefined)),
    );
    expect(events.filter((event) => event.adopted === true && event.pid === pid)).toHaveLength(1);
    expect(events.filter((event) => event.refused !== undefined)).toHaveLength(1);
  });
});

describe("while it serves", () => {
  test("comes back at the same address when PostgreSQL is killed, with all that was committed", async () => {
    useCluster();
    const one = launch();
    const { url, pid } = await one.serving();
    await keepOne(url);
    process.kill(pid, "SIGKILL");
    await one.event((event) => /serves again/.test(event.log ?? ""));
    expect(await count(url)).toBe(1);
    await keepOne(url);
    const now = findPostmaster(clusterOf(folder));
    expect(now?.pid).not.toBe(pid);
    await one.stop();
    expect(isAlive(now?.pid as number)).toBe(false);
  });

  test("keeps the lock when the session that holds it is ended from outside", async () => {
    useCluster();
    const one = launch();
    const { url, pid } = await one.serving();
    const superuser = new URL(url);
    superuser.username = "postgres";
    superuser.password = readFileSync(path.join(clusterOf(folder), "accord.password"), "utf8");
    await onServer(superuser.href, (client) =>
      client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'accord launcher %'",
      ),
    );
    await one.event((event) => /serves again/.test(event.log ?? ""));
    expect(await launch().refusal()).toContain(`process ${one.process.pid}`);
    expect(findPostmaster(clusterOf(folder))?.pid).toBe(pid);
  });
});

describe("a start", () => {
  const startAndStop = async () =>
    (await startEmbeddedPostgres({ dataDirectory: folder, log: SILENT, settings: QUICK })).stop();

  const refusal = async (settings: Record<string, string> = QUICK): Promise<string> => {
    try {
      await (await startEmbeddedPostgres({ dataDirectory: folder, log: SILENT, settings })).stop();
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) return error.message;
      throw error;
    }
    throw new Error("It was not refused.");
  };

  test("is not kept back by a postmaster.pid whose number is another process's by now", async () => {
    useCluster();
    // What a power cut leaves, and after it this very process got the number.
    const stale = path.join(clusterOf(folder), "postmaster.pid");
    writeFileSync(stale, `${process.pid}\n${clusterOf(folder)}\n1700000000\n54321\n\n127.0.0.1\n  0 0\nready\n`);
    const { uid, gid } = statSync(clusterOf(folder));
    chownSync(stale, uid, gid);
    const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: SILENT, settings: QUICK });
    expect(postgres.adopted).toBe(false);
    expect(postgres.pid()).not.toBe(process.pid);
    await postgres.stop();
  });

  test("makes folders that PostgreSQL's user can enter, under any umask", async () => {
    const before = process.umask(0o077);
    try {
      folder = path.join(folder, "two", "levels");
      await startAndStop();
      expect(statSync(folder).mode & 0o777).toBe(isRoot() ? 0o711 : 0o700);
    } finally {
      process.umask(before);
    }
  });

  test("removes what an initdb that was killed left behind", async () => {
    useCluster();
    // Numbers of processes end at 4,194,304 on Linux.
    mkdirSync(`${clusterOf(folder)}.init-4194305`);
    writeFileSync(`${clusterOf(folder)}.init-4194305.password`, "half");
    await startAndStop();
    expect(existsSync(`${clusterOf(folder)}.init-4194305`)).toBe(false);
    expect(existsSync(`${clusterOf(folder)}.init-4194305.password`)).toBe(false);
  });

  test("is refused on a cluster of another major version, and leaves it alone", async () => {
    mkdirSync(clusterOf(folder), { recursive: true });
    chmodSync(folder, 0o711);
    writeFileSync(path.join(clusterOf(folder), "PG_VERSION"), "16\n");
    expect(await refusal()).toMatch(
      /postgres was made by PostgreSQL 16; this is PostgreSQL 17\. Move it away, or serve/,
    );
    expect(readFileSync(path.join(clusterOf(folder), "PG_VERSION"), "utf8")).toBe("16\n");
  });

  test("is refused on a folder that holds something else", async () => {
    mkdirSync(clusterOf(folder), { recursive: true });
    chmodSync(folder, 0o711);
    writeFileSync(path.join(clusterOf(folder), "thesis.txt"), "years of work");
    expect(await refusal()).toMatch(/holds files, but no PostgreSQL database \(no PG_VERSION\)/);
    expect(readFileSync(path.join(clusterOf(folder), "thesis.txt"), "utf8")).toBe("years of work");
  });

  test("is refused where a file stands in the way of the data directory", async () => {
    writeFileSync(folder, "a file");
    expect(await refusal()).toMatch(
      /cannot be written to \((EEXIST|ENOTDIR)\)\. Give it to this user, or set DATA_DIR/,
    );
  });

  test("tells the end of PostgreSQL's log when PostgreSQL does not come up, and leaves nothing running", async () => {
    useCluster();
    const sentence = await refusal({ ...QUICK, shared_buffers: "lots" });
    expect(sentence).toContain(
      `PostgreSQL did not start on ${folder}. The end of ${path.join(folder, "postgres.log")}:`,
    );
    expect(sentence).toContain('invalid value for parameter "shared_buffers": "lots"');
    expect(findPostmaster(clusterOf(folder))).toBeNull();
  });

  test("is refused when the password of the cluster is not there or not right, and leaves nothing running", async () => {
    useCluster();
    const file = path.join(clusterOf(folder), "accord.password");
    const right = readFileSync(file, "utf8");
    writeFileSync(file, "wrong");
    expect(await refusal()).toMatch(/does not take the password that is kept in/);
    rmSync(file);
    expect(await refusal()).toMatch(/password of the embedded database cannot be read from .* \(ENOENT\)/);
    expect(findPostmaster(clusterOf(folder))).toBeNull();
    writeFileSync(file, right, { mode: 0o600 });
    await startAndStop();
  });

  test("puts a log of more than 10 MB aside", async () => {
    useCluster();
    writeFileSync(path.join(folder, "postgres.log"), "x".repeat(10 * 1024 * 1024 + 1));
    await startAndStop();
    expect(statSync(path.join(folder, "postgres.log.1")).size).toBe(10 * 1024 * 1024 + 1);
    expect(statSync(path.join(folder, "postgres.log")).size).toBeLessThan(100_000);
  });

  if (isRoot()) {
    test("as root is refused below a folder that PostgreSQL's user cannot enter", async () => {
      chmodSync(parent, 0o700);
      expect(await refusal()).toMatch(
        /does not run as root, and its user \w+ cannot enter .*\. Set DATA_DIR to a folder/,
      );
    });
  } else {
    test("is refused where the data directory cannot be written to", async () => {
      chmodSync(parent, 0o500);
      expect(await refusal()).toMatch(/cannot be written to \(EACCES\)/);
      chmodSync(parent, 0o700);
    });
  }
});
