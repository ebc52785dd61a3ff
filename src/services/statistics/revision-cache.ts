import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Database } from "../../entities/database/database.js";
import { plainSize } from "./plain-size.js";

/** What an answer counts that is being computed, or that cannot be weighed, with its key, in bytes. */
const LEAST_BYTES = 512;

/** How much is kept: so many answers, and so many bytes of them. */
export interface Kept {
  readonly answers: number;
  readonly bytes: number;
}

/**
 * Keeps answers that can never change: whatever is computed from a dataset as of a revision is the same for ever.
 * The least recently used go first, and one that alone is larger than the bound is not kept. Requests for the same answer that
 * come while it is computed share the work; a failure is not kept. A question is known by its hash, however long it is.
 */
export class RevisionCache<Value> {
  private readonly kept: LRUCache<string, Promise<Value>>;

  /** @param weigh the bytes that an answer takes */
  constructor(
    { answers, bytes }: Kept,
    private readonly weigh: (value: Value) => number = plainSize,
  ) {
    this.kept = new LRUCache({ max: answers, maxSize: bytes });
  }

  /** How much is kept now. */
  get size(): Kept {
    return { answers: this.kept.size, bytes: this.kept.calculatedSize };
  }

  /** The answer for a dataset, a revision and a question, computed at most once. question: JSON, in one order of fields. */
  get(datasetId: string, revision: number, question: unknown, compute: () => Promise<Value>): Promise<Value> {
    const key = createHash("sha256")
      .update(JSON.stringify([datasetId, revision, question]))
      .digest("base64");
    const known = this.kept.get(key);
    if (known) return known;
    const value = compute();
    this.kept.set(key, value, { size: LEAST_BYTES });
    const isOurs = () => this.kept.peek(key) === value;
    value.then(
      (answer) => {
        if (!isOurs()) return;
        // To set an equal value would leave its size as it was.
        this.kept.delete(key);
        this.kept.set(key, value, { size: LEAST_BYTES + this.weigh(answer) });
      },
      () => {
        if (isOurs()) this.kept.delete(key);
      },
    );
    return value;
  }
}

/** A cache for each database, which goes with it. */
export class RevisionCaches<Value> {
  private readonly caches = new WeakMap<Database, RevisionCache<Value>>();

  constructor(
    private readonly limit: Kept,
    private readonly weigh?: (value: Value) => number,
  ) {}

  of(database: Database): RevisionCache<Value> {
    const cache = this.caches.get(database.whole) ?? new RevisionCache<Value>(this.limit, this.weigh);
    this.caches.set(database.whole, cache);
    return cache;
  }
}
