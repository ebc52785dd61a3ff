import type { Database } from "../entities/database.js";
import { RevisionCaches } from "./revision-cache.js";

/** How many answers are kept for a database. */
const KEPT = 1000;

const answers = new RevisionCaches<unknown>(KEPT);

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
