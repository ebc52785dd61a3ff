import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";

/** A demonstration as the API reads it. */
export interface DemonstrationRecord {
  readonly id: string;
  readonly datasetId: string;
  readonly promptId: string;
  readonly labelerId: string;
  readonly instructionVersionId: string | null;
  readonly text: string;
  readonly createdAt: Date;
  readonly asOf: number;
}

/** The columns of a DemonstrationRecord but asOf, from `w` (demonstration). */
export const DEMONSTRATION_COLUMNS = `w.id, w.dataset_id as "datasetId", w.prompt_id as "promptId",
  w.labeler_id as "labelerId", w.instruction_version_id as "instructionVersionId", w.text, w.created_at as "createdAt"`;

/** Which demonstrations have these ids, removed or not? Index: demonstration_pkey. */
const DEMONSTRATIONS_BY_ID: Statement = {
  name: "demonstrations-by-id",
  text: `select ${DEMONSTRATION_COLUMNS}, $2::integer as "asOf" from demonstration w
    where w.id = any($1::bigint[]) and w.added_in <= $2`,
};

/** Which demonstrations do these prompts have as of a revision? Index: demonstration_prompt_id_position_key. */
const DEMONSTRATIONS_OF_PROMPTS: Statement = {
  name: "demonstrations-of-prompts",
  text: `select ${DEMONSTRATION_COLUMNS}, $2::integer as "asOf" from demonstration w
    where w.prompt_id = any($1::bigint[]) and ${inForce("w", "$2")}
    order by w.prompt_id, w.position`,
};

export const demonstrationsById = (
  database: Database,
  ids: readonly string[],
  asOf: number,
): Promise<DemonstrationRecord[]> => database.rows<DemonstrationRecord>(DEMONSTRATIONS_BY_ID, [ids, asOf]);

export const demonstrationsOfPrompts = (
  database: Database,
  promptIds: readonly string[],
  asOf: number,
): Promise<DemonstrationRecord[]> => database.rows<DemonstrationRecord>(DEMONSTRATIONS_OF_PROMPTS, [promptIds, asOf]);
