import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./launch-postgres.mjs", import.meta.url));

/** What the process told: one of these a line. */
export interface LaunchEvent {
  readonly url?: string;
  readonly adopted?: boolean;
  readonly pid?: number;
  readonly refused?: string;
  readonly lost?: string;
  readonly log?: string;
  readonly stopped?: boolean;
}

/** A Node process of its own that runs the embedded PostgreSQL on a folder. */
export class LaunchedPostgres {
  private readonly events: LaunchEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private complaint = "";
  private ended = false;

  private constructor(readonly process: ChildProcess) {}

  /** user: the account to run it as, null for our own. */
  static spawn(dataDirectory: string, user: { uid: number; gid: number } | null = null): LaunchedPostgres {
    const child = spawn(process.execPath, ["--no-warnings", SCRIPT, dataDirectory], {
      cwd: "/",
      stdio: ["pipe", "pipe", "pipe"],
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    const launched = new LaunchedPostgres(child);
    createInterface({ input: child.stdout }).on("line", (line) => launched.add(JSON.parse(line) as LaunchEvent));
    child.stderr.on("data", (data: Buffer) => {
      launched.complaint += data.toString();
    });
    child.on("close", () => {
      launched.ended = true;
      launched.wake();
    });
    return launched;
  }

  /** The first event that a condition holds for, past or to come; an error if the process ends without it. */
  async event(holds: (event: LaunchEvent) => boolean): Promise<LaunchEvent> {
    for (;;) {
      const found = this.events.find(holds);
      if (found !== undefined) return found;
      if (this.ended) throw new Error(`It ended with ${JSON.stringify(this.events)} ${this.complaint}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** What it has logged so far. */
  logged(): string[] {
    return this.events.flatMap((event) => (event.log === undefined ? [] : [event.log]));
  }

  /** Resolves when PostgreSQL serves. */
  async serving(): Promise<{ url: string; adopted: boolean; pid: number }> {
    const event = await this.event((one) => one.url !== undefined || one.refused !== undefined);
    if (event.url === undefined) throw new Error(`Refused: ${event.refused}`);
    return event as { url: string; adopted: boolean; pid: number };
  }

  /** The sentence with which the start is refused. */
  async refusal(): Promise<string> {
    const event = await this.event((one) => one.url !== undefined || one.refused !== undefined);
    if (event.refused === undefined) throw new Error("It was not refused.");
    return event.refused;
  }

  /** Ends it in order; PostgreSQL with it. */
  async stop(): Promise<void> {
    if (this.ended) return;
    this.process.kill("SIGTERM");
    await this.gone();
  }

  /** kill -9, which leaves PostgreSQL running. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.gone();
  }

  private async gone(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  private add(event: LaunchEvent): void {
    this.events.push(event);
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
