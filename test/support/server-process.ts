import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Answer } from "./server.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The key of role ADMIN that these processes are started with. */
export const ADMIN_KEY = "accord_a-key-of-forty-characters-for-tests";

type Line = Record<string, unknown> & { readonly msg?: string };

/** A folder for an embedded PostgreSQL that its user may enter, also as root. */
export function makeDataDirectory(): { directory: string; remove(): void } {
  const directory = mkdtempSync(path.join(os.tmpdir(), "accord-process-"));
  chmodSync(directory, 0o711);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }) };
}

/** A server in a process of its own, as `npm start` runs it. */
export class ServerProcess {
  readonly lines: Line[] = [];
  readonly exited: Promise<{ status: number | null; stderr: string }>;
  private readonly waiting = new Set<() => void>();
  private ended = false;

  private constructor(private readonly child: ChildProcess) {
    let stderr = "";
    child.stderr?.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => this.add(line));
    this.exited = new Promise((resolve) => {
      child.on("close", (status) => {
        this.ended = true;
        this.wake();
        resolve({ status, stderr });
      });
    });
  }

  /** flags: of Node itself, such as --max-old-space-size=4096. */
  static spawn(environment: Record<string, string>, flags: readonly string[] = []): ServerProcess {
    return ServerProcess.run([...flags, MAIN], environment);
  }

  /** A process that runs jobs and serves none but its health, as `accord worker` runs it. */
  static spawnWorker(environment: Record<string, string>, flags: readonly string[] = []): ServerProcess {
    return ServerProcess.run([...flags, CLI, "worker"], environment);
  }

  private static run(program: readonly string[], environment: Record<string, string>): ServerProcess {
    const { PATH = "", HOME = "" } = process.env;
    return new ServerProcess(
      spawn(process.execPath, ["--no-warnings", ...program], {
        env: {
          PATH,
          HOME,
          PORT: "0",
          ADMIN_API_KEY: ADMIN_KEY,
          RATE_LIMIT: "10000000",
          LOG_LEVEL: "info",
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  get pid(): number {
    return this.child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The first log line that fits, past or to come; an error if the process ends without it. */
  async line(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found) return found;
      if (this.ended) throw new Error(`The server ended: ${(await this.exited).stderr}\n${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** Its address, once it listens. */
  async url(): Promise<string> {
    return String((await this.line(({ url }) => url !== undefined)).url);
  }

  private add(text: string): void {
    if (text.startsWith("{")) this.lines.push(JSON.parse(text) as Line);
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** Sends a GraphQL operation as the administrator; what is no answer at all is thrown. */
export async function send<Data>(url: string, query: string, variables: object = {}): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

/** The process number of the PostgreSQL that runs on a data directory. */
export function postmasterOf(dataDirectory: string): number {
  return Number(readFileSync(path.join(dataDirectory, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
}
