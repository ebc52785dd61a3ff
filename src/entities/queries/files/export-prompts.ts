import type { Criterion, InstructionPurpose, LabelerPool, LabelerStatus, OutputLabel } from "../../../vocabulary.js";
import type { Database } from "../../database/database.js";
import { type PromptFilterValues, promptCondition } from "../prompts/prompt-filter.js";
import { PROMPT_COLUMNS, type PromptRecord, promptTables } from "../prompts/prompts.js";
import { inForce, Parameters } from "../sql.js";

/** What an export is of: a dataset as of a revision, and which of its prompts. */
export interface ExportSelection {
  readonly datasetId: string;
  readonly revision: number;
  /** Whether what is kept with the prompts at present may be read instead of counted; never with minRankings. */
  readonly atPresent: boolean;
  readonly filter: PromptFilterValues;
}

/** The first and the last of a dataset's prompts: between them the primary key leads. Null: it has none. */
export async function promptRange(
  database: Database,
  datasetId: string,
): Promise<{ first: string; last: string } | null> {
  const [range] = await database.select<{ first: string | null; last: string }>(
    "select min(id) as first, max(id) as last from prompt where dataset_id = $1",
    [datasetId],
  );
  return range?.first == null ? null : { first: range.first, last: range.last };
}

/** A prompt and roughly how many bytes it takes written, with all its children. */
export interface WeighedPrompt {
  readonly id: string;
  readonly bytes: number;
}

/**
 * The next prompts in the order of their ids, weighed, so that pages are cut by bytes.
 * Indexes: prompt_pkey, (prompt_id, position) of the children.
 */
export function weighPrompts(
  database: Database,
  selection: ExportSelection,
  range: { readonly from: string; readonly to: string },
  count: number,
): Promise<WeighedPrompt[]> {
  const parameters = new Parameters();
  const revision = parameters.add(selection.revision);
  const sum = (table: string, expression: string, condition: string) =>
    `(select coalesce(sum(${expression}), 0) from ${table} c where c.prompt_id = p.id and ${condition})`;
  return database.select<WeighedPrompt>(
    `select p.id, (octet_length(p.text) + octet_length(p.few_shot::text) + octet_length(p.metadata::text)
        + ${sum("completion", "octet_length(c.text) + 100", `c.added_in <= ${revision}`)}
        + ${sum("demonstration", "octet_length(c.text) + 100", inForce("c", revision))}
        + ${sum("ranking", "coalesce(octet_length(c.note), 0) + 10 * cardinality(c.completions) + 150", inForce("c", revision))}
        + ${sum("assessment", "200", inForce("c", revision))}
        + ${sum("skip", "octet_length(c.reason) + 100", `c.added_in <= ${revision}`)})::float8 as bytes
      from prompt p
      where p.dataset_id = ${parameters.add(selection.datasetId)} and p.id >= ${parameters.add(range.from)}::bigint
        and p.id <= ${parameters.add(range.to)}::bigint and p.added_in <= ${revision}
        and ${promptCondition(selection.filter, revision, selection.atPresent, parameters)}
      order by p.id limit ${parameters.add(count)}`,
    parameters.values,
  );
}

/** A prompt without its children; createdAtGiven: whether its file said when it was made. */
export interface ExportedPrompt extends PromptRecord {
  readonly createdAtGiven: boolean;
}

/** These prompts as of a revision, in the order of their ids. Indexes: prompt_pkey, prompt_state_pkey, split_assignment_pkey. */
export const exportedPrompts = (
  database: Database,
  ids: readonly string[],
  revision: number,
): Promise<ExportedPrompt[]> =>
  database.select(
    `select ${PROMPT_COLUMNS}, p.created_at_given as "createdAtGiven", $2::integer as "asOf"
      from ${promptTables("$2")} where p.id = any($1::bigint[]) order by p.id`,
    [ids, revision],
  );

/** What every child of a prompt has. */
interface Child {
  readonly promptId: string;
  readonly position: number;
}

interface Dated {
  readonly createdAt: Date;
  readonly createdAtGiven: boolean;
}

export interface ExportedCompletion extends Child, Dated {
  readonly text: string;
  readonly ended: boolean | null;
}

export interface ExportedDemonstration extends Child, Dated {
  readonly labeler: string;
  readonly instructions: number | null;
  readonly text: string;
}

export interface ExportedRanking extends Child, Dated {
  readonly id: string;
  readonly labeler: string;
  readonly instructions: number | null;
  readonly completions: readonly number[];
  readonly tiers: readonly number[];
  readonly displayOrder: readonly number[] | null;
  readonly durationMs: number | null;
  readonly note: string | null;
}

export interface ExportedAssessment extends Child, Dated {
  readonly labeler: string;
  readonly instructions: number | null;
  readonly rankingId: string | null;
  /** The position of the completion. */
  readonly completion: number;
  readonly overall: number | null;
  readonly labels: Partial<Record<OutputLabel, boolean | null>>;
  readonly input: number | null;
  readonly output: number | null;
  readonly relative: number | null;
  readonly continuity: number | null;
}

export interface ExportedSkip extends Child, Dated {
  readonly labeler: string;
  readonly reason: string;
}

const DATED = `c.created_at as "createdAt", c.created_at_given as "createdAtGiven"`;
const BY = `l.handle as labeler, i.version as instructions`;
const PEOPLE = `join labeler l on l.id = c.labeler_id left join instruction_version i on i.id = c.instruction_version_id`;

/** How each kind of child is read: its columns, its tables, its condition as of $2, and the bytes of a row. */
const CHILDREN = {
  completion: {
    columns: `c.text, c.ended, ${DATED}`,
    tables: "completion c",
    condition: "c.added_in <= $2",
    bytes: "octet_length(c.text) + 100",
  },
  demonstration: {
    columns: `${BY}, c.text, ${DATED}`,
    tables: `demonstration c ${PEOPLE}`,
    condition: inForce("c", "$2"),
    bytes: "octet_length(c.text) + 100",
  },
  ranking: {
    columns: `c.id, ${BY}, c.completions, c.tiers, c.display_order as "displayOrder", c.duration_ms as "durationMs", c.note, ${DATED}`,
    tables: `ranking c ${PEOPLE}`,
    condition: inForce("c", "$2"),
    bytes: "coalesce(octet_length(c.note), 0) + 20 * cardinality(c.completions) + 150",
  },
  assessment: {
    columns: `${BY}, c.ranking_id as "rankingId", k.position as completion, c.overall, c.labels, c.toxicity_input as input,
      c.toxicity_output as output, c.toxicity_relative as relative, c.continuity, ${DATED}`,
    tables: `assessment c ${PEOPLE} join completion k on k.id = c.completion_id`,
    condition: `c.ranking_id is null and ${inForce("c", "$2")}`,
    bytes: "200",
  },
  skip: {
    columns: `l.handle as labeler, c.reason, ${DATED}`,
    tables: "skip c join labeler l on l.id = c.labeler_id",
    condition: "c.added_in <= $2",
    bytes: "octet_length(c.reason) + 100",
  },
} as const;

/** The row that each kind of child is read as. */
export interface ExportedChildren {
  completion: ExportedCompletion;
  demonstration: ExportedDemonstration;
  ranking: ExportedRanking;
  assessment: ExportedAssessment;
  skip: ExportedSkip;
}

export type ExportedChild = keyof ExportedChildren;

const ORDER = `order by c.prompt_id, c.position, c.id`;

/** All children of one kind of these prompts, in the order of prompt and ordinal: for prompts that are light together. */
export const childrenOfPrompts = <Kind extends ExportedChild>(
  database: Database,
  kind: Kind,
  promptIds: readonly string[],
  revision: number,
): Promise<ExportedChildren[Kind][]> => {
  const { columns, tables, condition } = CHILDREN[kind];
  return database.select(
    `select c.prompt_id as "promptId", c.position, ${columns} from ${tables}
      where c.prompt_id = any($1::bigint[]) and ${condition} ${ORDER}`,
    [promptIds, revision],
  );
};

/**
 * The next children of one kind of one prompt behind an ordinal, as many as are light together, one at least.
 * Indexes: (prompt_id, position) of completion, demonstration and ranking; of the others, the prompt's rows are sorted.
 */
export const nextChildren = <Kind extends ExportedChild>(
  database: Database,
  kind: Kind,
  promptId: string,
  revision: number,
  behind: number,
  limits: { readonly rows: number; readonly bytes: number },
): Promise<ExportedChildren[Kind][]> => {
  const { columns, tables, condition, bytes } = CHILDREN[kind];
  return database.select(
    `with page as (select c.id, c.position, (${bytes})::bigint as bytes from ${kind} c
        where c.prompt_id = $1 and ${condition} and c.position > $3 order by c.position, c.id limit $4),
      weighed as (select id, sum(bytes) over (order by position, id) - bytes as before from page)
    select c.prompt_id as "promptId", c.position, ${columns}
    from ${tables} join weighed w on w.id = c.id and w.before < $5
    ${ORDER}`,
    [promptId, revision, behind, limits.rows, limits.bytes],
  );
};

/** The assessments given with these rankings, in order. Index: assessment_by_ranking. */
export const exportedAssessmentsOfRankings = (
  database: Database,
  rankingIds: readonly string[],
): Promise<ExportedAssessment[]> =>
  database.select(
    `select c.prompt_id as "promptId", c.position, ${CHILDREN.assessment.columns} from ${CHILDREN.assessment.tables}
      where c.ranking_id = any($1::bigint[]) order by c.ranking_id, c.position, c.id`,
    [rankingIds],
  );

/** A completion without its text. */
export interface ExportedSample {
  readonly promptId: string;
  readonly key: string;
  readonly source: string | null;
  readonly sampleIndex: number;
  readonly version: number;
}

/** The completions of these prompts without their texts, by position. Index: completion_prompt_id_position_key. */
export const exportedSamplesOfPrompts = (
  database: Database,
  promptIds: readonly string[],
  revision: number,
): Promise<ExportedSample[]> =>
  database.select(
    `select prompt_id as "promptId", key, source, sample_index as "sampleIndex", version
      from completion where prompt_id = any($1::bigint[]) and added_in <= $2 order by prompt_id, position`,
    [promptIds, revision],
  );

export interface ExportedMember {
  readonly handle: string;
  readonly pool: LabelerPool;
  readonly status: LabelerStatus;
}

/** Who belongs to the dataset as of a revision, by handle. Index: dataset_labeler_dataset_id_labeler_id_added_in_key. */
export const exportedMembers = (
  database: Database,
  datasetId: string,
  revision: number,
  behind: string,
  count: number,
): Promise<ExportedMember[]> =>
  database.select(
    `select l.handle, m.pool, m.status from dataset_labeler m join labeler l on l.id = m.labeler_id
      where m.dataset_id = $1 and ${inForce("m", "$2")} and l.handle collate "C" > $3
      order by l.handle collate "C" limit $4`,
    [datasetId, revision, behind, count],
  );

export interface ExportedInstructions {
  readonly version: number;
  readonly purpose: InstructionPurpose;
  readonly text: string;
  readonly criteriaOrder: readonly Criterion[];
  readonly validFrom: Date;
}

/** The next version of the instructions behind one. Index: instruction_version_dataset_id_version_key. */
export const nextInstructions = (
  database: Database,
  datasetId: string,
  revision: number,
  behind: number,
): Promise<ExportedInstructions[]> =>
  database.select(
    `select version, purpose, text, criteria_order as "criteriaOrder", valid_from as "validFrom"
      from instruction_version where dataset_id = $1 and added_in <= $2 and version > $3 order by version limit 1`,
    [datasetId, revision, behind],
  );
