import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

/** Whether PgBouncer, the pooler of Debian's package pgbouncer, is installed. */
export const hasPooler = (): boolean => spawnSync("pgbouncer", ["--version"]).status === 0;

export type PoolMode = "session" | "transaction" | "statement";

/** A user who is not root, for PgBouncer does not run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Runs work with the URL of a PgBouncer before a database. */
export async function withPooler<T>(
  database: string,
  settings: { readonly mode: PoolMode; readonly size?: number; readonly isRoundRobin?: boolean },
  work: (url: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "accord-pooler-"));
  const port = await freePort();
  const { hostname, port: databasePort, username, password, pathname } = new URL(database);
  const file = path.join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
pooled = host=${hostname} port=${databasePort} dbname=${pathname.slice(1)} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${settings.mode}
default_pool_size = ${settings.size ?? 20}
server_round_robin = ${settings.isRoundRobin ? 1 : 0}
`,
  );
  chmodSync(folder, 0o755);
  if (NOBODY.uid !== undefined) chownSync(file, NOBODY.uid, NOBODY.gid);
  chmodSync(file, 0o600); // it holds the password
  const child = spawn("pgbouncer", [file], { ...NOBODY, stdio: ["ignore", "ignore", "pipe"] });
  try {
    await answers(child, port);
    return await work(`postgres://anybody@127.0.0.1:${port}/pooled`);
  } finally {
    const ended = child.exitCode === null ? once(child, "exit") : null;
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until a program takes connections. */
async function answers(child: ChildProcess, port: number): Promise<void> {
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  while (child.exitCode === null) {
    const socket = net.connect(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`PgBouncer ended with ${child.exitCode}: ${said}`);
}
