import type { PromptKind, PromptSource, PromptTrait, Split, Stage, UseCase } from "../../../vocabulary.js";
import { contains, inForce, type Parameters } from "../sql.js";
import { inStage } from "./prompt-stages.js";

/** Which prompts of a dataset; null or absent: not asked. An empty list matches none. */
export interface PromptFilterValues {
  readonly kinds?: readonly PromptKind[] | null;
  readonly useCases?: readonly UseCase[] | null;
  readonly sources?: readonly PromptSource[] | null;
  readonly splits?: readonly Split[] | null;
  readonly stages?: readonly Stage[] | null;
  readonly author?: string | null;
  readonly language?: string | null;
  readonly tag?: string | null;
  /** A part of the text, whatever the case. */
  readonly search?: string | null;
  readonly excluded?: boolean | null;
  /** The trait that was judged true. */
  readonly trait?: PromptTrait | null;
  readonly minRankings?: number | null;
}

/** How many rankings `p` has: kept with the prompt at present, counted for an earlier revision. */
export const rankingCount = (revision: string, atPresent: boolean): string =>
  atPresent
    ? "p.ranking_count"
    : `(select count(*) from ranking w where w.prompt_id = p.id and ${inForce("w", revision)})::integer`;

/**
 * A filter as one condition on `p` (prompt) as of a revision (a placeholder). atPresent: whether that is the dataset's
 * present revision.
 */
export function promptCondition(
  filter: PromptFilterValues,
  revision: string,
  atPresent: boolean,
  parameters: Parameters,
): string {
  const ofPrompt = ["true"];
  const ofState: string[] = [];
  const anyOf = (column: string, words: readonly string[]) => `${column} = any(${parameters.add(words)}::text[])`;
  if (filter.kinds != null) ofPrompt.push(anyOf("p.kind", filter.kinds));
  if (filter.sources != null) ofPrompt.push(anyOf("p.source", filter.sources));
  if (filter.author != null) ofPrompt.push(`p.author = ${parameters.add(filter.author)}`);
  if (filter.tag != null) ofPrompt.push(`${parameters.add(filter.tag)} = any(p.tags)`);
  if (filter.search != null) ofPrompt.push(contains("p.text", filter.search, parameters));
  if (filter.minRankings != null)
    ofPrompt.push(`${rankingCount(revision, atPresent)} >= ${parameters.add(filter.minRankings)}::integer`);
  if (filter.useCases != null) ofState.push(anyOf("s.use_case", filter.useCases));
  if (filter.language != null) ofState.push(`s.language = ${parameters.add(filter.language)}`);
  if (filter.excluded != null) ofState.push(`s.exclusion_reason is ${filter.excluded ? "not null" : "null"}`);
  if (filter.trait != null)
    ofState.push(`s.traits @> ${parameters.add(JSON.stringify({ [filter.trait]: true }))}::jsonb`);
  if (filter.splits != null)
    ofState.push(`exists (select from split_assignment a where a.split_group_id = s.split_group_id
      and ${inForce("a", revision)} and ${anyOf("a.split", filter.splits)})`);
  if (filter.stages != null)
    ofState.push(`(${filter.stages.map((stage) => inStage(stage, revision)).join(" or ") || "false"})`);
  if (ofState.length > 0)
    ofPrompt.push(`exists (select from prompt_state s where s.prompt_id = p.id and ${inForce("s", revision)}
      and ${ofState.join(" and ")})`);
  return ofPrompt.join(" and ");
}
