import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ACCORD = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line against a server, as a user would. */
export function accordAt(
  server: { readonly url: string; readonly adminKey: string },
  args: readonly string[],
  options: { input?: string | Uint8Array; environment?: Record<string, string>; cwd?: string } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ACCORD, ...args], {
      env: { PATH: process.env.PATH, ACCORD_URL: server.url, ACCORD_API_KEY: server.adminKey, ...options.environment },
      cwd: options.cwd,
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
    // A command that ends before it has read all of its input breaks the pipe: what it said is what counts.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}
