import type { Queryable } from "../../entities/database/database.js";
import { copyIn } from "../../entities/queries/files/copy-in.js";
import {
  addInstructions,
  addSplitPolicy,
  addToRankingCounts,
  registerLabelers,
} from "../../entities/queries/files/import-write.js";
import { newIds } from "../../entities/queries/new-ids.js";
import { assignGroups, nameAuthorsGroups, newGroups } from "../../entities/queries/splits/split-groups.js";
import { ensureMembers } from "../writes/membership.js";
import type { ImportBatch } from "./import-batch-state.js";
import {
  ASSESSMENTS,
  assessmentRows,
  COMPLETIONS,
  completionRows,
  DEMONSTRATIONS,
  demonstrationRows,
  LINES,
  lineRows,
  nestedAssessmentRows,
  PROMPTS,
  promptRows,
  RANKINGS,
  rankingRows,
  SKIPS,
  STATES,
  skipRows,
  stateRows,
} from "./import-rows.js";

/** Somebody else has changed what a batch had read: it is to be read and written again. */
export class BatchOvertaken extends Error {
  override readonly name = "BatchOvertaken";
}

/** Whether a batch adds anything at all. */
export function addsNothing({ added }: ImportBatch): boolean {
  // Whatever is added, a line has added it, and its hash with it.
  return added.hashes.length === 0;
}

/** Writes all that a batch adds, on the connection of its transaction, with the dataset locked. */
export async function writeBatch(connection: Queryable, batch: ImportBatch, revision: number): Promise<void> {
  const { datasetId, added, policy } = batch;
  await writePeople(connection, batch, revision);
  if (policy?.isNew) await addSplitPolicy(connection, datasetId, policy, revision);
  for (const instructions of added.instructions) {
    instructions.id = await addInstructions(connection, datasetId, instructions, revision);
  }
  await writeGroups(connection, batch, revision);

  await giveIds(connection, "prompt", added.prompts);
  await copyIn(connection, PROMPTS, promptRows(batch, revision));
  await copyIn(connection, STATES, stateRows(batch, revision));
  await giveIds(
    connection,
    "completion",
    added.completions.map(({ completion }) => completion),
  );
  await copyIn(connection, COMPLETIONS, completionRows(batch, revision));
  await copyIn(connection, DEMONSTRATIONS, demonstrationRows(batch, revision));
  const rankingIds = await newIds(connection, "ranking", added.rankings.length);
  await copyIn(connection, RANKINGS, rankingRows(batch, revision, rankingIds));
  await copyIn(connection, ASSESSMENTS, assessmentRows(batch, revision));
  await copyIn(connection, ASSESSMENTS, nestedAssessmentRows(batch, revision, rankingIds));
  await copyIn(connection, SKIPS, skipRows(batch, revision));
  await copyIn(connection, LINES, lineRows(batch));
  await countRankingsOfKnown(connection, batch);
}

/** Registers the labelers that are new, and makes all that the batch names members. */
async function writePeople(connection: Queryable, { datasetId, added }: ImportBatch, revision: number): Promise<void> {
  const members = [...added.members];
  const fresh = members.filter(({ id }) => id === null);
  const ids = await registerLabelers(connection, fresh);
  for (const labeler of fresh) {
    const id = ids.get(labeler.handle);
    if (id === undefined) throw new BatchOvertaken(`The labeler ${labeler.handle} was registered meanwhile.`);
    labeler.id = id;
  }
  await ensureMembers(
    connection,
    datasetId,
    members.map(({ id }) => id as string),
    revision,
  );
}

async function writeGroups(connection: Queryable, { datasetId, added }: ImportBatch, revision: number): Promise<void> {
  const groups = [...added.groups];
  const ids = await newGroups(connection, datasetId, groups.length);
  for (const [i, group] of groups.entries()) group.id = ids[i]!;
  const named = groups.filter(({ author }) => author !== null);
  await nameAuthorsGroups(
    connection,
    datasetId,
    named.map(({ author }) => author as string),
    named.map(({ id }) => id as string),
  );
  const split = [...added.splits];
  await assignGroups(
    connection,
    split.map(({ id }) => id as string),
    split.map((group) => group.split ?? "TRAIN"),
    revision,
  );
}

async function giveIds(connection: Queryable, table: string, records: { id: string | null }[]): Promise<void> {
  const ids = await newIds(connection, table, records.length);
  for (const [i, record] of records.entries()) record.id = ids[i]!;
}

/** A new prompt is written with its count; one known before is counted up. */
async function countRankingsOfKnown(connection: Queryable, { added, prompts }: ImportBatch): Promise<void> {
  const fresh = new Set(added.prompts);
  const known = [...prompts.values()].filter((prompt) => prompt.addedRankings > 0 && !fresh.has(prompt));
  await addToRankingCounts(
    connection,
    known.map(({ id }) => id as string),
    known.map(({ addedRankings }) => addedRankings),
  );
}
