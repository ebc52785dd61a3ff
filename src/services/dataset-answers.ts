import type { Database } from "../entities/database.js";
import { RevisionCache } from "./revision-cache.js";

/** How many answers are kept for a database. */
const KEPT = 1000;

const caches = new WeakMap<Database, RevisionCache<unknown>>();

/** An answer about a dataset as of a revision, computed once; question names it with all its arguments. */
export function answerOnce<T>(
  database: Database,
  datasetId: string,
  asOf: number,
  question: readonly unknown[],
  compute: () => Promise<T>,
): Promise<T> {
  const cache = caches.get(database) ?? new RevisionCache<unknown>(KEPT);
  caches.set(database, cache);
  return cache.get(datasetId, asOf, question, compute) as Promise<T>;
}
