import type { PromptKind, PromptSource, PromptTrait, Stage, UseCase } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** What never changes about a new prompt. */
export interface NewPromptRow {
  readonly identity: string;
  readonly externalId: string | null;
  readonly text: string;
  readonly kind: PromptKind;
  readonly fewShot: readonly { query: string; response: string }[];
  readonly source: PromptSource;
  readonly author: string | null;
  readonly tags: readonly string[];
  readonly metadata: Record<string, unknown>;
}

/** What may change about it, as it begins. */
export interface NewPromptState {
  readonly promptId: string;
  readonly splitGroupId: string;
  readonly useCase: UseCase | null;
  readonly language: string | null;
  readonly traits: Partial<Record<PromptTrait, boolean | null>>;
  readonly stages: readonly Stage[] | null;
}

/** Stores prompts in the order given, except those whose identity is there. Index: prompt_dataset_id_identity_key. */
const INSERT_PROMPTS: Statement = {
  name: "insert-prompts",
  text: `insert into prompt (dataset_id, identity, external_id, text, kind, few_shot, source, author, tags, metadata,
      created_at, created_at_given, added_in)
    select $1, (p ->> 'identity')::uuid, p ->> 'externalId', p ->> 'text', p ->> 'kind', (p -> 'fewShot')::jsonb,
      p ->> 'source', p ->> 'author', array(select json_array_elements_text(p -> 'tags')), p -> 'metadata', $3, true, $4
    from json_array_elements($2::json) with ordinality as given (p, ordinal)
    order by ordinal
    on conflict (dataset_id, identity) do nothing
    returning id, identity`,
};

const INSERT_PROMPT_STATES: Statement = {
  name: "insert-prompt-states",
  text: `insert into prompt_state (prompt_id, dataset_id, split_group_id, use_case, language, traits, stages, added_in)
    select (s ->> 'promptId')::bigint, $1, (s ->> 'splitGroupId')::bigint, s ->> 'useCase', s ->> 'language',
      (s -> 'traits')::jsonb,
      case when json_typeof(s -> 'stages') = 'array' then array(select json_array_elements_text(s -> 'stages')) end, $3
    from json_array_elements($2::json) as s`,
};

/** Stores new prompts; returns the number of each that was stored, by identity. */
export async function insertPrompts(
  connection: Queryable,
  datasetId: string,
  prompts: readonly NewPromptRow[],
  createdAt: Date,
  revision: number,
): Promise<Map<string, string>> {
  const rows = await rowsOf<{ id: string; identity: string }>(connection, INSERT_PROMPTS, [
    datasetId,
    JSON.stringify(prompts),
    createdAt,
    revision,
  ]);
  return new Map(rows.map(({ id, identity }) => [identity, id]));
}

export async function insertPromptStates(
  connection: Queryable,
  datasetId: string,
  states: readonly NewPromptState[],
  revision: number,
): Promise<void> {
  await rowsOf(connection, INSERT_PROMPT_STATES, [datasetId, JSON.stringify(states), revision]);
}

/** Which datasets do these prompts belong to? Index: prompt_pkey. */
const DATASETS_OF_PROMPTS: Statement = {
  name: "datasets-of-prompts",
  text: `select id, dataset_id as "datasetId" from prompt where id = any($1::bigint[])`,
};

export const datasetsOfPrompts = (
  connection: Queryable,
  promptIds: readonly string[],
): Promise<{ id: string; datasetId: string }[]> => rowsOf(connection, DATASETS_OF_PROMPTS, [promptIds]);

/** The part of a prompt's state that people change, as the audit log keeps it. */
export interface StateWords {
  readonly promptId: string;
  readonly useCase: UseCase | null;
  readonly language: string | null;
  readonly traits: Partial<Record<PromptTrait, boolean | null>>;
  readonly stages: readonly Stage[] | null;
  readonly exclusionReason: string | null;
  readonly exclusionFrom: readonly Stage[] | null;
}

const STATE_WORDS = `prompt_id as "promptId", use_case as "useCase", language, traits, stages,
  exclusion_reason as "exclusionReason", exclusion_from as "exclusionFrom"`;

/** The state in force of these prompts. Index: prompt_state_in_force. */
const STATES_IN_FORCE: Statement = {
  name: "states-in-force",
  text: `select ${STATE_WORDS} from prompt_state where prompt_id = any($1::bigint[]) and removed_in is null
    order by prompt_id`,
};

export const statesInForce = (connection: Queryable, promptIds: readonly string[]): Promise<StateWords[]> =>
  rowsOf(connection, STATES_IN_FORCE, [promptIds]);

/**
 * Ends the states in force of some prompts and begins new ones that differ in the columns named: the expressions may use
 * the old row as `old` and the parameters from $3 on. Index: prompt_state_in_force.
 */
const changeStates = (name: string, changed: Readonly<Record<string, string>>): Statement => {
  const columns = [
    "split_group_id",
    "use_case",
    "language",
    "traits",
    "stages",
    "exclusion_reason",
    "exclusion_from",
    "excluded_by",
    "excluded_at",
  ];
  return {
    name,
    text: `with old as (
        update prompt_state set removed_in = $2 where prompt_id = any($1::bigint[]) and removed_in is null returning *)
      insert into prompt_state (prompt_id, dataset_id, ${columns.join(", ")}, added_in)
      select old.prompt_id, old.dataset_id, ${columns.map((column) => changed[column] ?? `old.${column}`).join(", ")}, $2
      from old`,
  };
};

/** $3, $5 and $10 say whether the use case, the language and the stages change, $7 whether all traits are taken back first. */
const ANNOTATE = changeStates("annotate-prompts", {
  use_case: "case when $3::boolean then $4::text else old.use_case end",
  language: "case when $5::boolean then $6::text else old.language end",
  traits: "((case when $7::boolean then '{}'::jsonb else old.traits end) - $8::text[]) || $9::jsonb",
  stages: "case when $10::boolean then $11::text[] else old.stages end",
});

/** What changes about some prompts: undefined leaves as it is, null clears. */
export interface Annotations {
  readonly useCase?: UseCase | null | undefined;
  readonly language?: string | null | undefined;
  /** Traits that are set; null takes all back. */
  readonly traits?: Partial<Record<PromptTrait, boolean | null>> | null | undefined;
  /** Traits that are taken back. */
  readonly withoutTraits: readonly PromptTrait[];
  readonly stages?: readonly Stage[] | null | undefined;
}

export async function annotateStates(
  connection: Queryable,
  promptIds: readonly string[],
  { useCase, language, traits, withoutTraits, stages }: Annotations,
  revision: number,
): Promise<void> {
  await rowsOf(connection, ANNOTATE, [
    promptIds,
    revision,
    useCase !== undefined,
    useCase ?? null,
    language !== undefined,
    language ?? null,
    traits === null,
    withoutTraits,
    JSON.stringify(traits ?? {}),
    stages !== undefined,
    stages ?? null,
  ]);
}

const EXCLUDE = changeStates("exclude-prompts", {
  exclusion_reason: "$3::text",
  exclusion_from: "$4::text[]",
  excluded_by: "$5::text",
  excluded_at: "$6::timestamptz",
});

export async function excludeStates(
  connection: Queryable,
  promptIds: readonly string[],
  exclusion: { reason: string; from: readonly Stage[]; by: string; at: Date },
  revision: number,
): Promise<void> {
  const { reason, from, by, at } = exclusion;
  await rowsOf(connection, EXCLUDE, [promptIds, revision, reason, from, by, at]);
}

const RESTORE = changeStates("restore-prompts", {
  exclusion_reason: "null",
  exclusion_from: "null",
  excluded_by: "null",
  excluded_at: "null",
});

export async function restoreStates(
  connection: Queryable,
  promptIds: readonly string[],
  revision: number,
): Promise<void> {
  await rowsOf(connection, RESTORE, [promptIds, revision]);
}
