import type { LabelerPool, Split } from "../../../vocabulary.js";
import { inForce, type Parameters } from "../sql.js";

/** Which work of labelers (rankings, demonstrations); null or absent: not asked. An empty list matches none. */
export interface WorkFilterValues {
  readonly labelerIds?: readonly string[] | null;
  readonly pool?: LabelerPool | null;
  readonly split?: Split | null;
  readonly instructionVersionId?: string | null;
  /** From this moment on. */
  readonly createdFrom?: Date | null;
  /** Before this moment. */
  readonly createdTo?: Date | null;
}

/**
 * A filter as one condition on `w` (ranking or demonstration) as of a revision (a placeholder): a labeler's pool and a
 * prompt's split are those in force then. Indexes: dataset_labeler_dataset_id_labeler_id_added_in_key, prompt_state_pkey,
 * split_assignment_pkey.
 */
export function workCondition(filter: WorkFilterValues, revision: string, parameters: Parameters): string {
  const conditions = [inForce("w", revision)];
  const { labelerIds, pool, split, instructionVersionId, createdFrom, createdTo } = filter;
  if (labelerIds != null) conditions.push(`w.labeler_id = any(${parameters.add(labelerIds)}::bigint[])`);
  if (pool != null)
    conditions.push(`exists (select from dataset_labeler m where m.dataset_id = w.dataset_id
      and m.labeler_id = w.labeler_id and ${inForce("m", revision)} and m.pool = ${parameters.add(pool)})`);
  if (split != null)
    conditions.push(`exists (select from prompt_state s join split_assignment a on a.split_group_id = s.split_group_id
      where s.prompt_id = w.prompt_id and ${inForce("s", revision)} and ${inForce("a", revision)}
      and a.split = ${parameters.add(split)})`);
  if (instructionVersionId != null)
    conditions.push(`w.instruction_version_id = ${parameters.add(instructionVersionId)}::bigint`);
  if (createdFrom != null) conditions.push(`w.created_at >= ${parameters.add(createdFrom.toISOString())}::timestamptz`);
  if (createdTo != null) conditions.push(`w.created_at < ${parameters.add(createdTo.toISOString())}::timestamptz`);
  return conditions.join(" and ");
}
