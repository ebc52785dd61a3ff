import type {
  AgreementCluster,
  AgreementMeasure,
  LabelerPool,
  OutputLabel,
  PromptSource,
  Split,
  UseCase,
} from "../../../vocabulary.js";
import type { Database } from "../../database/database.js";
import { fetchRows } from "../cursor.js";
import { inForce, Parameters } from "../sql.js";

/** Which judgments of a dataset enter a measure of agreement; an absent filter lets all through. */
export interface JudgmentFilter {
  readonly datasetId: string;
  readonly asOf: number;
  /** Of these prompts only. */
  readonly promptIds?: readonly string[];
  /** Which label is compared; null unless the measure is LABEL. */
  readonly label: OutputLabel | null;
  readonly cluster: AgreementCluster;
  readonly pool: LabelerPool | null;
  readonly labelerIds: readonly string[] | null;
  readonly split: Split | null;
  readonly useCases: readonly UseCase[] | null;
  readonly sources: readonly PromptSource[] | null;
  /** At or after … */
  readonly createdFrom: Date | null;
  /** … and before. */
  readonly createdTo: Date | null;
  readonly instructionVersionId: string | null;
}

/** A judgment of any kind: of which prompt and cluster, by whom, when. */
export interface Judgment {
  readonly promptId: string;
  readonly clusterId: string;
  readonly labelerId: string;
  readonly createdAt: Date;
  readonly ordinal: number;
}

export interface JudgedRanking extends Judgment {
  readonly completions: readonly number[];
  readonly tiers: readonly number[];
}

/** A ranking with what is known of how it was made. */
export interface RankingWorkRow extends JudgedRanking {
  /** False where createdAt is only when the ranking was stored. */
  readonly isTimeKnown: boolean;
  readonly durationMs: number | null;
  readonly displayOrder: readonly number[] | null;
}

export interface RatingRow extends Judgment {
  /** False where createdAt is only when the judgment was stored. */
  readonly isTimeKnown: boolean;
  readonly position: number;
  readonly value: number;
}

/**
 * The rankings that pass a filter, prompt by prompt, streamed through a cursor. Index: ranking_by_creation or a scan;
 * the sort by prompt is done once.
 */
export function rankingJudgments(database: Database, filter: JudgmentFilter): AsyncGenerator<JudgedRanking[]> {
  return stream(database, filter, "ranking", "j.completions, j.tiers, j.position as ordinal", "true");
}

/** The same rankings with what is known of how they were made. */
export function rankingWorks(database: Database, filter: JudgmentFilter): AsyncGenerator<RankingWorkRow[]> {
  const columns = `j.completions, j.tiers, j.position as ordinal, j.created_at_given as "isTimeKnown",
    j.duration_ms as "durationMs", j.display_order as "displayOrder"`;
  return stream(database, filter, "ranking", columns, "true");
}

/** A measure whose values stand in assessments. */
export type RatingMeasure = Exclude<AgreementMeasure, "RANKING">;

/** The value of each measure in an assessment `j`; null is missing. */
const VALUES: Readonly<Record<Exclude<RatingMeasure, "LABEL">, string>> = {
  OVERALL: "j.overall",
  TOXICITY_OUTPUT: "j.toxicity_output",
  TOXICITY_RELATIVE: "j.toxicity_relative",
  CONTINUITY: "j.continuity",
};

/**
 * The values of a measure that pass a filter, prompt by prompt, streamed through a cursor; of a label 0 is false and 1 true, and
 * what was not asked or is not applicable is no value. Indexes as of rankings.
 */
export function ratingJudgments(
  database: Database,
  filter: JudgmentFilter,
  measure: RatingMeasure,
): AsyncGenerator<RatingRow[]> {
  const parameters = new Parameters();
  const value =
    measure === "LABEL" ? `(j.labels ->> ${parameters.add(filter.label)}::text)::boolean::integer` : VALUES[measure];
  return stream(
    database,
    filter,
    "assessment",
    `c.position, ${value} as value, j.created_at_given as "isTimeKnown", row_number() over (partition by j.prompt_id order by j.id)::integer as ordinal`,
    `${value} is not null`,
    "join completion c on c.id = j.completion_id",
    parameters,
  );
}

async function* stream<Row>(
  database: Database,
  filter: JudgmentFilter,
  table: "ranking" | "assessment",
  columns: string,
  also: string,
  join = "",
  parameters = new Parameters(),
): AsyncGenerator<Row[]> {
  const dataset = parameters.add(filter.datasetId);
  const asOf = `${parameters.add(filter.asOf)}::integer`;
  const conditions = [`j.dataset_id = ${dataset}`, inForce("j", asOf), also];
  if (filter.promptIds) conditions.push(`j.prompt_id = any(${parameters.add(filter.promptIds)}::bigint[])`);
  if (filter.labelerIds) conditions.push(`j.labeler_id = any(${parameters.add(filter.labelerIds)}::bigint[])`);
  if (filter.createdFrom)
    conditions.push(`j.created_at >= ${parameters.add(filter.createdFrom.toISOString())}::timestamptz`);
  if (filter.createdTo)
    conditions.push(`j.created_at < ${parameters.add(filter.createdTo.toISOString())}::timestamptz`);
  if (filter.instructionVersionId)
    conditions.push(`j.instruction_version_id = ${parameters.add(filter.instructionVersionId)}`);
  if (filter.sources) conditions.push(`p.source = any(${parameters.add(filter.sources)}::text[])`);
  if (filter.pool) {
    conditions.push(`exists (select from dataset_labeler m where m.dataset_id = ${dataset} and m.labeler_id = j.labeler_id
      and m.pool = ${parameters.add(filter.pool)} and ${inForce("m", asOf)})`);
  }
  if (filter.useCases || filter.split) {
    const state = [`s.prompt_id = j.prompt_id`, inForce("s", asOf)];
    if (filter.useCases) state.push(`s.use_case = any(${parameters.add(filter.useCases)}::text[])`);
    if (filter.split) {
      state.push(`exists (select from split_assignment a where a.split_group_id = s.split_group_id
        and a.split = ${parameters.add(filter.split)} and ${inForce("a", asOf)})`);
    }
    conditions.push(`exists (select from prompt_state s where ${state.join(" and ")})`);
  }
  // An author's name cannot collide with a prompt's number: one begins with "author:", the other with "prompt:".
  const cluster =
    filter.cluster === "AUTHOR" ? `coalesce('author:' || p.author, 'prompt:' || p.id)` : `'prompt:' || p.id`;
  const text = `select j.prompt_id as "promptId", ${cluster} as "clusterId", j.labeler_id as "labelerId",
      j.created_at as "createdAt", ${columns}
    from ${table} j join prompt p on p.id = j.prompt_id ${join}
    where ${conditions.join(" and ")}
    order by j.prompt_id, j.id`;
  for await (const { rows } of fetchRows<Row>(database, text, parameters.values)) yield rows;
}
