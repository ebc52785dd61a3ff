import { counted } from "../../datasets/text/counted.js";
import { RateLimited } from "./rate-limit.js";
import { mostOf } from "./waiting-bytes.js";

/** How many operations of one key run at a time, and how many more wait their turn. */
export interface OperationBounds {
  readonly running: number;
  readonly waiting: number;
}

/** The operations of one key: how many run, and how to go on with each that waits, the first come first. */
interface Turns {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Bounds how many operations (and, by runInTurn, how many statements) of one key run at a time, by whatever transport they
 * come, so that one key never holds all connections of the database. Those beyond wait their turn, among those of the same
 * key alone: no key waits for another.
 */
export class RunningOperations {
  private readonly ofKey = new Map<string, Turns>();

  /** @param onRefused told of each operation that is refused because too many wait */
  constructor(
    private readonly bounds: OperationBounds,
    private readonly onRefused: () => void = () => {},
  ) {}

  /** What runs now, of all and of the key with most; and what waits. */
  get use(): Record<"running" | "waiting", { readonly all: number; readonly key: number }> {
    const count = (of: (turns: Turns) => number) => {
      const counts = new Map([...this.ofKey].map(([key, turns]) => [key, of(turns)]));
      return { all: [...counts.values()].reduce((sum, n) => sum + n, 0), key: mostOf(counts) };
    };
    return { running: count(({ running }) => running), waiting: count(({ waiting }) => waiting.size) };
  }

  /** Runs work of a key in its turn. Refused with RATE_LIMITED: one more than may wait. */
  async run<T>(keyId: string, work: () => Promise<T>): Promise<T> {
    const waiting = this.ofKey.get(keyId)?.waiting.size ?? 0;
    if (this.isBusy(keyId) && waiting >= this.bounds.waiting) {
      this.onRefused();
      const running = counted(this.bounds.running, "operation");
      throw new RateLimited(
        `This key has ${running} running and ${waiting} waiting; come back when some are answered.`,
        1,
      );
    }
    return this.runInTurn(keyId, work);
  }

  /** The same for work that is never refused, for what it belongs to is bounded: an open subscription's, a statement of an operation. */
  async runInTurn<T>(keyId: string, work: () => Promise<T>): Promise<T> {
    const turns = this.turnsOf(keyId);
    // Whoever ends hands its place on, so that nobody who comes meanwhile takes it.
    if (turns.running >= this.bounds.running) await new Promise<void>((go) => turns.waiting.add(go));
    else turns.running++;
    try {
      return await work();
    } finally {
      this.handOn(keyId, turns);
    }
  }

  private isBusy(keyId: string): boolean {
    return (this.ofKey.get(keyId)?.running ?? 0) >= this.bounds.running;
  }

  private turnsOf(keyId: string): Turns {
    const turns = this.ofKey.get(keyId) ?? { running: 0, waiting: new Set() };
    this.ofKey.set(keyId, turns);
    return turns;
  }

  private handOn(keyId: string, turns: Turns): void {
    const [next] = turns.waiting;
    if (next) {
      turns.waiting.delete(next);
      next();
      return;
    }
    turns.running--;
    if (turns.running === 0) this.ofKey.delete(keyId);
  }
}
