import type { Database, Queryable } from "../../entities/database/database.js";
import {
  forgetCheckpointsOf,
  forgetRemovals,
  notedRemovals,
  noteRemovals,
} from "../../entities/queries/models/file-removals.js";
import { AppError } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import { removeUnusedModelFile } from "./model-files.js";

type Place = { readonly database: Database; readonly directory: DataDirectory };

/**
 * Within a transaction: forgets the checkpoints of jobs, and notes their folders to be removed after its commit.
 * @returns the places of the folders
 */
export async function letFilesGo(
  connection: Queryable,
  directory: DataDirectory,
  jobIds: readonly string[],
): Promise<string[]> {
  const folders = jobIds.map((id) => directory.placeOf(directory.job(id)));
  await forgetCheckpointsOf(connection, jobIds);
  await noteRemovals(connection, folders);
  return folders;
}

/**
 * Removes files and folders that a transaction has noted, after its commit: one that fails there must not have cost a file.
 * Refused (UNAVAILABLE): what cannot be removed. Its note stays, and every start and every hour tries again.
 */
export async function removeNoted({ database, directory }: Place, places: readonly string[]): Promise<void> {
  const gone: string[] = [];
  let failure: unknown = null;
  for (const place of places) {
    try {
      await removePlace({ database, directory }, place);
      gone.push(place);
    } catch (error) {
      failure = error;
    }
  }
  await forgetRemovals(database, gone);
  if (failure === null) return;
  const { code = "unknown error" } = Object(failure) as { code?: string };
  throw new AppError(
    "UNAVAILABLE",
    `What was asked for is done, but ${places.length - gone.length} of its files could not be removed from DATA_DIR (${code}); the server tries again every hour and when it starts.`,
  );
}

/** Removes all that is noted, whoever noted it. Returns how many places were. */
export async function removeAllNoted(place: Place): Promise<number> {
  const places = await notedRemovals(place.database);
  await removeNoted(place, places);
  return places.length;
}

/** A model's file stays for as long as another model has it. */
async function removePlace({ database, directory }: Place, place: string): Promise<void> {
  const sha256 = /^models\/([0-9a-f]{64})\.safetensors$/.exec(place)?.[1];
  if (sha256) await removeUnusedModelFile(database, directory, sha256);
  else await directory.removeAll(place);
}
