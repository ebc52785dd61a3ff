import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Database } from "../entities/database/database.js";
import { storedCheckpoints } from "../entities/queries/jobs/job-log.js";
import { writerOfPartial } from "../files/atomic-write.js";
import type { DataDirectory } from "../files/data-directory.js";

/** The files of one run: its input, its checkpoints, and one that is just being written; all name its lease. */
const INPUT = /^input-(\d+)\.ndjson$/;
const CHECKPOINT = /^(\d+)-\d+-[0-9a-f]{64}\.safetensors$/;

/**
 * Removes what runs of a job have left and nothing refers to: inputs, which hold texts, and checkpoints that were never
 * stored or never whole. Runs up to a lease are over and fenced off, so what they have not stored by now they never will.
 * @param lease of the last of these runs
 * @returns how many files were removed
 */
export async function removeLeftovers(
  database: Database,
  directory: DataDirectory,
  jobId: string,
  lease: string,
): Promise<number> {
  const folder = directory.job(jobId);
  const over = list(folder).filter((name) => {
    const of = (INPUT.exec(name) ?? CHECKPOINT.exec(name))?.[1] ?? writerOfPartial(name);
    return of !== null && BigInt(of) <= BigInt(lease);
  });
  const kept = new Set(
    over.length === 0 ? [] : (await storedCheckpoints(database, jobId)).map(({ file }) => path.basename(file)),
  );
  const left = over.filter((name) => !kept.has(name));
  for (const name of left) rmSync(path.join(folder, name), { force: true });
  return left.length;
}

/** The names in a folder; none where it is not there. */
export function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
