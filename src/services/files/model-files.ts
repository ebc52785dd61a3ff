import type { Database } from "../../entities/database/database.js";
import { connectionOf } from "../../entities/database/queryable.js";
import { isModelFileUsed, lockModelFile } from "../../entities/queries/models/model-writes.js";
import type { DataDirectory } from "../../files/data-directory.js";

/**
 * Removes the file of a hash unless a model has it. Whoever stores a model of the same hash at this moment waits, or is
 * waited for: a model that is there never loses its file.
 */
export async function removeUnusedModelFile(
  database: Database,
  directory: DataDirectory,
  sha256: string,
): Promise<void> {
  await database.transaction(async (manager) => {
    const connection = await connectionOf(manager);
    await lockModelFile(connection, sha256);
    if (!(await isModelFileUsed(connection, sha256))) directory.remove(directory.placeOf(directory.model(sha256)));
  });
}
