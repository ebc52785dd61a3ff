import type { Database } from "../../entities/database/database.js";
import { type Kept, RevisionCaches } from "./revision-cache.js";

/** What is kept for a database. */
export const KEPT_ANSWERS: Kept = { answers: 1_000, bytes: 16 << 20 };

const answers = new RevisionCaches<unknown>(KEPT_ANSWERS);

/** An answer about a dataset as of a revision, computed once; question names it with all its arguments. */
export function answerOnce<T>(
  database: Database,
  datasetId: string,
  asOf: number,
  question: readonly unknown[],
  compute: () => Promise<T>,
): Promise<T> {
  return answers.of(database).get(datasetId, asOf, question, compute) as Promise<T>;
}
