import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server in a process of its own, run from the sources. */
export interface ChildServer {
  readonly url: string;
  readonly adminKey: string;
  readonly process: ChildProcess;
  /** Ends it, at once with SIGKILL, and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

const HOOKS = new URL("./typescript-hooks.mjs", import.meta.url).href;
const REGISTER = `data:text/javascript,import { register } from "node:module"; register(${JSON.stringify(HOOKS)});`;
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Starts the server over a database that is there, on a free port. */
export async function startChildServer(databaseUrl: string): Promise<ChildServer> {
  const adminKey = "an-administrator-of-the-tests-0123456789";
  const child = spawn(process.execPath, ["--no-warnings", "--import", REGISTER, MAIN], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, PORT: "0", ADMIN_API_KEY: adminKey, MIGRATE: "false" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  };
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text.toString();
      const found = /Accord listens on (http:\/\/[\w.:[\]]+)/.exec(said)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}: ${said}`)));
  });
  return { url, adminKey, process: child, kill };
}
