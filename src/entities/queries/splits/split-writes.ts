import type { Split, SplitGrouping } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** A prompt as the assignment of splits sees it. */
export interface PromptToSplit {
  readonly id: string;
  readonly identity: string;
  readonly author: string | null;
  readonly text: string;
  readonly groupId: string;
  readonly split: Split | null;
}

const BATCH = 2000;

/**
 * A dataset's prompts with the groups and splits in force, in batches through a cursor, so that their texts are never in
 * memory at once. Indexes: prompt_by_creation, prompt_state_in_force, split_assignment_in_force.
 */
export async function* promptsToSplit(connection: Queryable, datasetId: string): AsyncGenerator<PromptToSplit[]> {
  await connection.query({
    text: `declare prompts_to_split no scroll cursor for
      select p.id, p.identity, p.author, p.text, s.split_group_id as "groupId", a.split
      from prompt p
        join prompt_state s on s.prompt_id = p.id and s.removed_in is null
        left join split_assignment a on a.split_group_id = s.split_group_id and a.removed_in is null
      where p.dataset_id = $1`,
    values: [datasetId],
  });
  for (;;) {
    const { rows } = await connection.query({ text: `fetch ${BATCH} from prompts_to_split` });
    if (rows.length === 0) break;
    yield rows as PromptToSplit[];
  }
  await connection.query({ text: "close prompts_to_split" });
}

/** Ends the states in force of prompts and begins the same in other groups. Index: prompt_state_in_force. */
const MOVE_PROMPTS: Statement = {
  name: "move-prompts",
  text: `with given as (
      select * from unnest($2::bigint[], $3::bigint[]) as given (prompt_id, group_id)),
    old as (
      update prompt_state s set removed_in = $1 from given
      where s.prompt_id = given.prompt_id and s.removed_in is null
      returning s.*, given.group_id)
    insert into prompt_state (prompt_id, dataset_id, split_group_id, use_case, language, traits, stages, exclusion_reason,
      exclusion_from, excluded_by, excluded_at, added_in)
    select prompt_id, dataset_id, group_id, use_case, language, traits, stages, exclusion_reason, exclusion_from,
      excluded_by, excluded_at, $1 from old`,
};

/** Moves prompts to other groups; groups: by prompt. */
export async function movePrompts(
  connection: Queryable,
  groups: ReadonlyMap<string, string>,
  revision: number,
): Promise<void> {
  if (groups.size > 0) await rowsOf(connection, MOVE_PROMPTS, [revision, [...groups.keys()], [...groups.values()]]);
}

const END_ASSIGNMENTS: Statement = {
  name: "end-assignments",
  text: "update split_assignment set removed_in = $2 where split_group_id = any($1::bigint[]) and removed_in is null",
};

export async function endAssignments(
  connection: Queryable,
  groupIds: readonly string[],
  revision: number,
): Promise<void> {
  if (groupIds.length > 0) await rowsOf(connection, END_ASSIGNMENTS, [groupIds, revision]);
}

/** How splits were assigned. */
export interface SplitPolicyFacts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
  readonly groupBy: SplitGrouping;
}

const POLICY_COLUMNS = `train, validation, test, seed, group_by as "groupBy"`;

/** Ends the policy in force. Index: split_policy_in_force. */
const END_POLICY: Statement = {
  name: "end-split-policy",
  text: `update split_policy set removed_in = $2 where dataset_id = $1 and removed_in is null returning ${POLICY_COLUMNS}`,
};

const INSERT_POLICY: Statement = {
  name: "insert-split-policy",
  text: `insert into split_policy (dataset_id, train, validation, test, seed, group_by, assigned_at, added_in)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

/** Puts a policy in force; returns the one that it replaces, if any. */
export async function replacePolicy(
  connection: Queryable,
  datasetId: string,
  { train, validation, test, seed, groupBy }: SplitPolicyFacts,
  assignedAt: Date,
  revision: number,
): Promise<SplitPolicyFacts | null> {
  const [before] = await rowsOf<SplitPolicyFacts>(connection, END_POLICY, [datasetId, revision]);
  const values = [datasetId, train, validation, test, seed, groupBy, assignedAt, revision];
  await rowsOf(connection, INSERT_POLICY, values);
  return before ?? null;
}
