import type { Worker } from "node:worker_threads";
import type { Database } from "../../entities/database/database.js";
import { AppError, type ErrorCode } from "../../errors.js";
import { startThread } from "../../threads.js";
import type { Analyses } from "./analyses.js";

/** The thread's compiled entry; this file stands three folders below the package's root, compiled or not. */
const ENTRY = new URL("../../../dist/services/analysis/analysis-worker.js", import.meta.url);

/** JavaScript's own heap of the thread, in MiB; counts and judgments are kept outside of it. */
const HEAP_MIB = 2048;

/** How long the thread may take to close its connections, in milliseconds; then it is ended. */
const CLOSE_MS = 1_000;

/** What the thread is asked, and that it shall close its connections and end. */
export type ToAnalysis =
  | { readonly kind: "ask"; readonly id: number; readonly name: keyof Analyses; readonly question: unknown }
  | { readonly kind: "close" };

/** An answer, a refusal that a client may see, or a fault. */
export type FromAnalysis =
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | {
      readonly kind: "refusal";
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly field: string | undefined;
    }
  | {
      readonly kind: "fault";
      readonly id: number;
      readonly message: string;
      readonly stack: string | undefined;
      readonly name: string;
      readonly code: unknown;
    };

export type AnalysisRequest<Name extends keyof Analyses> = Parameters<Analyses[Name]>[1];
export type AnalysisAnswer<Name extends keyof Analyses> = Awaited<ReturnType<Analyses[Name]>>;

const threads = new WeakMap<Database, AnalysisThread>();

/**
 * Asks the thread that analyses, one for each database: it reads over connections of its own, so that the thread that answers
 * requests does no long work. It begins with the first question and ends with the database; where it runs out of memory its
 * questions are refused with UNPROCESSABLE, and the next question begins another.
 */
export function analyse<Name extends keyof Analyses>(
  database: Database,
  name: Name,
  question: AnalysisRequest<Name>,
): Promise<AnalysisAnswer<Name>> {
  const known = threads.get(database.whole);
  const thread = known === undefined || known.isLost ? new AnalysisThread(database.url) : known;
  threads.set(database.whole, thread);
  if (known === undefined) database.onClose(async () => threads.get(database.whole)?.close());
  return thread.ask(name, question) as Promise<AnalysisAnswer<Name>>;
}

/** A thread with the questions that it has not answered yet. */
export class AnalysisThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void }
  >();
  private asked = 0;
  private death: Error | null = null;
  private isClosing = false;
  private readonly ended: Promise<void>;

  constructor(url: string, heapMiB = HEAP_MIB) {
    this.worker = startThread(ENTRY, { workerData: { url }, heapMiB });
    // A process that has nothing else to do may end.
    this.worker.unref();
    this.worker.on("message", (message: FromAnalysis) => this.settle(message));
    this.worker.on("error", (error: Error & { code?: string }) =>
      this.die(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? this.outOfMemory(heapMiB) : error),
    );
    this.ended = new Promise((resolve) => {
      this.worker.on("exit", (code) => {
        this.die(new AppError("UNAVAILABLE", `The thread that analyses ended with ${code}; ask again.`));
        resolve();
      });
    });
  }

  /** Whether it ended without being asked to: another may begin in its place, but none where the server is stopping. */
  get isLost(): boolean {
    return this.death !== null && !this.isClosing;
  }

  ask(name: keyof Analyses, question: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.death !== null) {
        reject(this.death);
        return;
      }
      const id = this.asked++;
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ kind: "ask", id, name, question } satisfies ToAnalysis);
    });
  }

  /** Ends the thread; what it was asked and has not answered is refused as UNAVAILABLE. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.die(new AppError("UNAVAILABLE", "The server is stopping; ask again."));
    this.worker.postMessage({ kind: "close" } satisfies ToAnalysis);
    const timer = setTimeout(() => this.worker.terminate(), CLOSE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  private settle(message: FromAnalysis): void {
    const asker = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.kind === "answer") asker?.resolve(message.answer);
    else if (message.kind === "refusal") asker?.reject(new AppError(message.code, message.message, message.field));
    else asker?.reject(faultOf(message));
  }

  /** Of several questions nobody knows which was too large: then each may be asked again. */
  private outOfMemory(heapMiB: number): AppError {
    return this.waiting.size > 1
      ? new AppError(
          "UNAVAILABLE",
          `${this.waiting.size} analyses at once need more memory than their thread may have, ${heapMiB} MiB; ask again, or for less with a filter.`,
        )
      : new AppError(
          "UNPROCESSABLE",
          `The analysis needs more memory than its thread may have, ${heapMiB} MiB; ask for less with a filter.`,
        );
  }

  private die(why: Error): void {
    this.death ??= why;
    for (const { reject } of this.waiting.values()) reject(this.death);
    this.waiting.clear();
  }
}

/** The error as it was in the thread, but for its class: its code tells a lost database from a mistake. */
function faultOf({ message, stack, name, code }: Extract<FromAnalysis, { kind: "fault" }>): Error {
  const error = new Error(message);
  return Object.assign(error, { stack: stack ?? error.stack, name }, code === undefined ? {} : { code });
}
