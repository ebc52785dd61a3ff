import type { PromptKind, PromptSource, PromptTrait, Split, Stage, UseCase } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";

/** A prompt as of a revision: what never changes, its state, and the split of its group. */
export interface PromptRecord {
  readonly id: string;
  readonly datasetId: string;
  readonly externalId: string | null;
  readonly text: string;
  readonly kind: PromptKind;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  readonly source: PromptSource;
  readonly author: string | null;
  readonly tags: readonly string[];
  readonly metadata: Record<string, unknown>;
  readonly rankingCount: number;
  readonly createdAt: Date;
  readonly useCase: UseCase | null;
  readonly language: string | null;
  readonly traitValues: Partial<Record<PromptTrait, boolean | null>>;
  readonly explicitStages: readonly Stage[] | null;
  readonly exclusionReason: string | null;
  readonly exclusionFrom: readonly Stage[] | null;
  readonly excludedBy: string | null;
  readonly excludedAt: Date | null;
  readonly split: Split | null;
  /** The revision under which it was read; what hangs on it is read under the same. */
  readonly asOf: number;
}

/** The columns of a PromptRecord from `p` (prompt), `s` (prompt_state) and `a` (split_assignment). */
export const PROMPT_COLUMNS = `p.id, p.dataset_id as "datasetId", p.external_id as "externalId", p.text, p.kind,
  p.few_shot as "fewShot", p.source, p.author, p.tags, p.metadata, p.ranking_count as "rankingCount",
  p.created_at as "createdAt", s.use_case as "useCase", s.language, s.traits as "traitValues",
  s.stages as "explicitStages", s.exclusion_reason as "exclusionReason", s.exclusion_from as "exclusionFrom",
  s.excluded_by as "excludedBy", s.excluded_at as "excludedAt", a.split`;

/** `p` with its state and split as of a revision (a placeholder). Indexes: prompt_state_pkey, split_assignment_pkey. */
export const promptTables = (revision: string, prompts = "prompt"): string => `${prompts} p
  join prompt_state s on s.prompt_id = p.id and ${inForce("s", revision)}
  left join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", revision)}`;

/** Which prompts have these ids? Index: prompt_pkey. */
const PROMPTS_BY_ID: Statement = {
  name: "prompts-by-id",
  text: `select ${PROMPT_COLUMNS}, $2::integer as "asOf" from ${promptTables("$2")} where p.id = any($1::bigint[])`,
};

/** A prompt of a dataset as of a revision, by its identity. */
export interface IdentityKey {
  readonly datasetId: string;
  readonly identity: string;
  readonly asOf: number;
}

/** Which prompts have these identities, each in its dataset and as of its revision? Index: prompt_dataset_id_identity_key. */
const PROMPTS_BY_IDENTITY: Statement = {
  name: "prompts-of-identities",
  text: `select ${PROMPT_COLUMNS}, p.identity, k.as_of as "asOf" from ${promptTables(
    "k.as_of",
    `unnest($1::bigint[], $2::uuid[], $3::integer[]) as k (dataset_id, identity, as_of)
      cross join lateral (select * from prompt where dataset_id = k.dataset_id and identity = k.identity)`,
  )}`,
};

export const promptsByIdentities = (
  database: Database,
  keys: readonly IdentityKey[],
): Promise<(PromptRecord & { readonly identity: string })[]> =>
  database.rows(PROMPTS_BY_IDENTITY, [
    keys.map(({ datasetId }) => datasetId),
    keys.map(({ identity }) => identity),
    keys.map(({ asOf }) => asOf),
  ]);

export const promptsById = (database: Database, ids: readonly string[], asOf: number): Promise<PromptRecord[]> =>
  database.rows<PromptRecord>(PROMPTS_BY_ID, [ids, asOf]);
