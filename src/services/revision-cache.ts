import type { Database } from "../entities/database.js";

/**
 * Keeps answers that can never change: whatever is computed from a dataset as of a revision is the same for ever.
 * The least recently used go first. Requests for the same answer that come while it is computed share the work; a failure
 * is not kept.
 */
class RevisionCache<Value> {
  private readonly kept = new Map<string, Promise<Value>>();

  constructor(private readonly limit: number) {}

  /** The answer for a dataset, a revision and a question, computed at most once. question: JSON, in one order of fields. */
  get(datasetId: string, revision: number, question: unknown, compute: () => Promise<Value>): Promise<Value> {
    const key = JSON.stringify([datasetId, revision, question]);
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const value = compute();
    this.kept.set(key, value);
    value.catch(() => this.kept.delete(key));
    const oldest = this.kept.keys().next();
    if (this.kept.size > this.limit && !oldest.done) this.kept.delete(oldest.value);
    return value;
  }
}

/** A cache for each database, which goes with it. */
export class RevisionCaches<Value> {
  private readonly caches = new WeakMap<Database, RevisionCache<Value>>();

  /** @param limit answers that are kept for a database */
  constructor(private readonly limit: number) {}

  of(database: Database): RevisionCache<Value> {
    const cache = this.caches.get(database) ?? new RevisionCache<Value>(this.limit);
    this.caches.set(database, cache);
    return cache;
  }
}
