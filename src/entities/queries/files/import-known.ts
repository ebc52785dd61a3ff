import type {
  Criterion,
  InstructionPurpose,
  LabelerPool,
  LabelerStatus,
  PromptKind,
  PromptSource,
  PromptTrait,
  SplitGrouping,
  Stage,
  UseCase,
} from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** What an import asks of a prompt that may come again. */
export interface KnownPrompt {
  readonly id: string;
  readonly identity: string;
  readonly groupId: string;
  readonly externalId: string | null;
  readonly text: string;
  readonly kind: PromptKind;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  readonly source: PromptSource;
  readonly author: string | null;
  readonly tags: readonly string[];
  readonly metadata: Record<string, unknown>;
  readonly createdAt: Date;
  readonly createdAtGiven: boolean;
  readonly useCase: UseCase | null;
  readonly language: string | null;
  readonly traits: Partial<Record<PromptTrait, boolean | null>>;
  readonly stages: readonly Stage[] | null;
  readonly exclusionReason: string | null;
  readonly exclusionFrom: readonly Stage[] | null;
  readonly excludedBy: string | null;
  readonly excludedAt: Date | null;
  readonly demonstrations: number;
  readonly rankings: number;
  readonly assessments: number;
  readonly skips: number;
}

export interface KnownCompletion {
  readonly id: string;
  readonly promptId: string;
  readonly position: number;
  readonly key: string;
  /** Null where it was not asked for. */
  readonly text: string | null;
  readonly source: string | null;
  readonly sampleIndex: number;
  readonly version: number;
  readonly ended: boolean | null;
  readonly createdAt: Date;
  readonly createdAtGiven: boolean;
}

export interface KnownLabeler {
  readonly id: string;
  readonly handle: string;
  readonly pool: LabelerPool;
  readonly status: LabelerStatus;
  readonly isMember: boolean;
}

export interface KnownInstructions {
  readonly id: string;
  readonly version: number;
  readonly purpose: InstructionPurpose;
  readonly text: string;
  readonly criteriaOrder: readonly Criterion[];
  readonly validFrom: Date;
}

export interface KnownSplitPolicy {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
  readonly groupBy: SplitGrouping;
  readonly assignedAt: Date;
}

/** Which of these lines were imported before? Index: import_line_pkey. */
const KNOWN_LINES: Statement = {
  name: "import-known-lines",
  text: "select hash from import_line where dataset_id = $1 and hash = any($2::uuid[])",
};

export async function knownLines(
  connection: Queryable,
  datasetId: string,
  hashes: readonly string[],
): Promise<Set<string>> {
  const rows = await rowsOf<{ hash: string }>(connection, KNOWN_LINES, [datasetId, hashes]);
  return new Set(rows.map(({ hash }) => hash));
}

/**
 * Which of these prompts are there, and with what next ordinals of their children?
 * Indexes: prompt_dataset_id_identity_key, prompt_state_in_force, (prompt_id, position) of the children.
 */
const KNOWN_PROMPTS: Statement = {
  name: "import-known-prompts",
  text: `select p.id, p.identity, s.split_group_id as "groupId", p.external_id as "externalId", p.text, p.kind,
      p.few_shot as "fewShot", p.source, p.author, p.tags, p.metadata, p.created_at as "createdAt",
      p.created_at_given as "createdAtGiven", s.use_case as "useCase", s.language, s.traits, s.stages,
      s.exclusion_reason as "exclusionReason", s.exclusion_from as "exclusionFrom", s.excluded_by as "excludedBy",
      s.excluded_at as "excludedAt",
      (select coalesce(max(position) + 1, 0) from demonstration c where c.prompt_id = p.id) as demonstrations,
      (select coalesce(max(position) + 1, 0) from ranking c where c.prompt_id = p.id) as rankings,
      (select coalesce(max(position) + 1, 0) from assessment c where c.prompt_id = p.id and c.ranking_id is null)
        as assessments,
      (select coalesce(max(position) + 1, 0) from skip c where c.prompt_id = p.id) as skips
    from prompt p join prompt_state s on s.prompt_id = p.id and s.removed_in is null
    where p.dataset_id = $1 and p.identity = any($2::uuid[])`,
};

export const knownPrompts = (
  connection: Queryable,
  datasetId: string,
  identities: readonly string[],
): Promise<KnownPrompt[]> => rowsOf(connection, KNOWN_PROMPTS, [datasetId, identities]);

/** Which completions do these prompts have? Texts only of the prompts in $2. Index: completion_prompt_id_position_key. */
const KNOWN_COMPLETIONS: Statement = {
  name: "import-known-completions",
  text: `select id, prompt_id as "promptId", position, key, case when prompt_id = any($2::bigint[]) then text end as text,
      source, sample_index as "sampleIndex", version, ended, created_at as "createdAt", created_at_given as "createdAtGiven"
    from completion where prompt_id = any($1::bigint[]) order by prompt_id, position`,
};

export const knownCompletions = (
  connection: Queryable,
  promptIds: readonly string[],
  withTextOf: readonly string[],
): Promise<KnownCompletion[]> => rowsOf(connection, KNOWN_COMPLETIONS, [promptIds, withTextOf]);

/** The tables whose records are recognised by (prompt, identity). */
export type IdentifiedTable = "demonstration" | "ranking" | "assessment" | "skip";

/** Which of these (prompt, identity) pairs are there? Index: (prompt_id, identity) of each table. */
const KNOWN_IDENTITIES: Record<IdentifiedTable, Statement> = {
  demonstration: knownIdentitiesIn("demonstration"),
  ranking: knownIdentitiesIn("ranking"),
  assessment: knownIdentitiesIn("assessment", "and c.ranking_id is null"),
  skip: knownIdentitiesIn("skip"),
};

function knownIdentitiesIn(table: IdentifiedTable, condition = ""): Statement {
  return {
    name: `import-known-${table}-identities`,
    text: `select c.prompt_id as "promptId", c.identity
      from unnest($1::bigint[], $2::uuid[]) as given (prompt_id, identity)
      join ${table} c on c.prompt_id = given.prompt_id and c.identity = given.identity ${condition}`,
  };
}

export const knownIdentities = (
  connection: Queryable,
  table: IdentifiedTable,
  promptIds: readonly string[],
  identities: readonly string[],
): Promise<{ promptId: string; identity: string }[]> =>
  rowsOf(connection, KNOWN_IDENTITIES[table], [promptIds, identities]);

/** Which labelers have these handles, and are they members? Indexes: labeler_handle_key, dataset_labeler_in_force. */
const KNOWN_LABELERS: Statement = {
  name: "import-known-labelers",
  text: `select l.id, l.handle, l.pool, l.status, m.id is not null as "isMember"
    from labeler l
    left join dataset_labeler m on m.dataset_id = $1 and m.labeler_id = l.id and m.removed_in is null
    where l.handle = any($2::text[])`,
};

export const knownLabelers = (
  connection: Queryable,
  datasetId: string,
  handles: readonly string[],
): Promise<KnownLabeler[]> => rowsOf(connection, KNOWN_LABELERS, [datasetId, handles]);

/** Which of these versions of the instructions are there? Index: instruction_version_dataset_id_version_key. */
const KNOWN_INSTRUCTIONS: Statement = {
  name: "import-known-instructions",
  text: `select id, version, purpose, text, criteria_order as "criteriaOrder", valid_from as "validFrom"
    from instruction_version where dataset_id = $1 and version = any($2::integer[])`,
};

export const knownInstructions = (
  connection: Queryable,
  datasetId: string,
  versions: readonly number[],
): Promise<KnownInstructions[]> => rowsOf(connection, KNOWN_INSTRUCTIONS, [datasetId, versions]);

/** The split policy in force. Index: split_policy_in_force. */
const KNOWN_POLICY: Statement = {
  name: "import-known-split-policy",
  text: `select train, validation, test, seed, group_by as "groupBy", assigned_at as "assignedAt"
    from split_policy where dataset_id = $1 and removed_in is null`,
};

export async function knownSplitPolicy(connection: Queryable, datasetId: string): Promise<KnownSplitPolicy | null> {
  const [policy] = await rowsOf<KnownSplitPolicy>(connection, KNOWN_POLICY, [datasetId]);
  return policy ?? null;
}
