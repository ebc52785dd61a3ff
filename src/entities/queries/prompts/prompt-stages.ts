import type { Stage } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";

/** What was said of a prompt as of a revision, 1 or 0 each: what its stages derive from. */
export interface StageFactsRecord {
  readonly id: string;
  readonly demonstrations: number;
  readonly rankings: number;
  readonly strictPairs: number;
  readonly assessments: number;
}

/** Whether `p` has a row of a table that is in force as of a revision. Indexes: the tables' own on prompt_id. */
const has = (table: string, revision: string, also = ""): string =>
  `exists (select from ${table} w where w.prompt_id = p.id and ${inForce("w", revision)}${also})`;

const hasStrictPair = (revision: string): string => has("ranking", revision, " and w.strict_pairs > 0");

/** What was said of these prompts? Indexes: demonstration_prompt_id_position_key, ranking_prompt_id_position_key, assessment_by_prompt. */
const STAGE_FACTS: Statement = {
  name: "stage-facts-of-prompts",
  text: `select p.id, ${has("demonstration", "$2")}::integer as demonstrations, ${has("ranking", "$2")}::integer as rankings,
      ${hasStrictPair("$2")}::integer as "strictPairs", ${has("assessment", "$2")}::integer as assessments
    from unnest($1::bigint[]) as p (id)`,
};

export const stageFactsOfPrompts = (
  database: Database,
  promptIds: readonly string[],
  asOf: number,
): Promise<StageFactsRecord[]> => database.rows<StageFactsRecord>(STAGE_FACTS, [promptIds, asOf]);

/** The rule of src/datasets/records/stages.ts for one stage as a condition on `p` (prompt) and `s` (prompt_state). */
export function inStage(stage: Stage, revision: string): string {
  const derived: Record<Stage, string> = {
    SFT: `((p.source = 'LABELER' and p.few_shot <> '[]') or ${has("demonstration", revision)})`,
    RM: hasStrictPair(revision),
    PPO: `(p.source = 'CUSTOMER' and not ${has("demonstration", revision)} and not ${has("ranking", revision)}
      and not ${has("assessment", revision)})`,
  };
  return `case when s.stages is null then ${derived[stage]} else '${stage}' = any(s.stages) end`;
}
