/** Server processes of a benchmark. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const PATIENCE_MS = 60_000;

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts a Node program that serves, and waits until it answers at `ready`. What it writes to stderr goes to ours, what it
 * writes to stdout is thrown away.
 */
export async function startChild(file, { args = [], nodeArgs = [], env = {}, url, ready }) {
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${file} ended with status ${child.exitCode}.`);
    const up = await fetch(`${url}${ready}`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${file} did not answer at ${url}${ready} within ${PATIENCE_MS} ms.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { pid: child.pid, url, stop };
}

/** The most memory that a process has held so far, in MB (resident set); null where the system does not tell (Linux does). */
export function peakMemory(pid) {
  try {
    const [, kB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(kB) / 1024;
  } catch {
    return null;
  }
}
