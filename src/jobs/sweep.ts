import { rmdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Database } from "../entities/database/database.js";
import { storedCheckpoints } from "../entities/queries/jobs/job-log.js";
import { leaseOfJob } from "../entities/queries/jobs/job-queue.js";
import type { DataDirectory } from "../files/data-directory.js";
import { removeUnusedModelFile } from "../services/files/model-files.js";
import { removeAllNoted } from "../services/files/remove-files.js";
import { list, removeLeftovers } from "./leftovers.js";

/** What is younger may belong to a job that is just storing it, in milliseconds. */
const AGE_MS = 24 * 3_600_000;

/**
 * Removes what killed processes left below DATA_DIR. At once: what a deletion has let go, and inputs and checkpoints, whole
 * or not, of runs that are over. When a day old: model files that no model has, files of jobs that nobody knows, model files
 * that were never whole, and uploads of models.
 * @param now the moment, in milliseconds since 1970
 * @returns how many files were removed
 */
export async function sweepFiles(database: Database, directory: DataDirectory, now: number): Promise<number> {
  // What cannot be removed is told in the end: it must not keep the rest on the disk.
  let failure: unknown = null;
  let removed = await removeAllNoted({ database, directory }).catch((error: unknown) => {
    failure = error;
    return 0;
  });
  const models = directory.models();
  for (const name of oldFiles(models, now)) {
    const sha256 = /^([0-9a-f]{64})\.safetensors$/.exec(name)?.[1];
    if (sha256) await removeUnusedModelFile(database, directory, sha256);
    else rmSync(path.join(models, name), { force: true });
    if (!oldFiles(models, now).includes(name)) removed += 1;
  }
  const jobs = directory.job("");
  for (const id of list(jobs).filter((name) => /^\d{1,18}$/.test(name))) {
    const folder = directory.job(id);
    const job = await leaseOfJob(database, id);
    // What runs now holds the newest lease; all runs before it are over.
    if (job) removed += await removeLeftovers(database, directory, id, job.lastOver);
    const kept = new Set((await storedCheckpoints(database, id)).map(({ file }) => path.basename(file)));
    for (const name of oldFiles(folder, now).filter((name) => !kept.has(name))) {
      rmSync(path.join(folder, name), { force: true });
      removed += 1;
    }
    // One that was just made is about to be written to.
    if (list(folder).length === 0 && ageOf(folder, now) > AGE_MS) rmdirSync(folder);
  }
  for (const name of list(directory.incoming("")).filter((name) => name.startsWith("."))) {
    const folder = directory.incoming(name);
    if (ageOf(folder, now) <= AGE_MS) continue;
    rmSync(folder, { recursive: true, force: true });
    removed += 1;
  }
  if (failure !== null) throw failure;
  return removed;
}

/** How long nothing has changed in a file or folder, in milliseconds; 0: it is gone. */
const ageOf = (place: string, now: number): number =>
  now - (statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? now);

function oldFiles(folder: string, now: number): string[] {
  return list(folder).filter((name) => {
    const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() === true && now - stat.mtimeMs > AGE_MS;
  });
}
