import type { Database, Question } from "../database.js";
import { inForce } from "./sql.js";

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

/** The columns of a DemonstrationRecord but asOf, from `d` (demonstration). */
export const DEMONSTRATION_COLUMNS = `d.id, d.dataset_id as "datasetId", d.prompt_id as "promptId",
  d.labeler_id as "labelerId", d.instruction_version_id as "instructionVersionId", d.text, d.created_at as "createdAt"`;

/** Which demonstrations have these ids, removed or not? Index: demonstration_pkey. */
const DEMONSTRATIONS_BY_ID: Question = {
  name: "demonstrations-by-id",
  text: `select ${DEMONSTRATION_COLUMNS}, $2::integer as "asOf" from demonstration d
    where d.id = any($1::bigint[]) and d.added_in <= $2`,
};

/** Which demonstrations do these prompts have as of a revision? Index: demonstration_prompt_id_position_key. */
const DEMONSTRATIONS_OF_PROMPTS: Question = {
  name: "demonstrations-of-prompts",
  text: `select ${DEMONSTRATION_COLUMNS}, $2::integer as "asOf" from demonstration d
    where d.prompt_id = any($1::bigint[]) and ${inForce("d", "$2")}
    order by d.prompt_id, d.position`,
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
