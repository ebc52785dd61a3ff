import type { LabelerPool, PromptSource, Split } from "../../../vocabulary.js";
import type { Database } from "../../database/database.js";
import { inForce, Parameters } from "../sql.js";
import type { ComparedRanking } from "./reward-prompts.js";

/** A stored completion; sampling: the number of how it was sampled, where a job of ours did it. */
interface StoredCompletion {
  readonly text: string;
  readonly ended: boolean | null;
  readonly sampling: string | null;
}

/** A prompt as an evaluation reads it; what its metrics do not ask for is empty. */
export interface EvaluationPromptRecord {
  readonly rowId: string;
  /** Its identity within the dataset. */
  readonly id: string;
  readonly source: PromptSource;
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  readonly demonstrations: readonly string[];
  readonly completions: readonly { readonly position: number; readonly id: string; readonly text: string }[];
  readonly rankings: readonly ComparedRanking[];
  readonly responses: readonly StoredCompletion[];
  readonly otherResponses: number;
  readonly baseline: readonly StoredCompletion[];
}

/** The completions of a model that were sampled in one of some ways, the first sample of each; of others they are counted. */
interface EvaluatedModel {
  /** The name under which a model's completions are stored. */
  readonly name: string;
  /** Numbers of samplings. */
  readonly samplings: readonly string[];
}

/** The completions of a source; version: those of it, else the newest of each sample (null). */
interface EvaluatedSource {
  readonly name: string;
  readonly version: number | null;
}

/**
 * Which prompts: of a dataset as of a revision, in a split, not excluded, of which the metrics have something to measure: what
 * people demonstrated or ranked, or responses.
 */
export interface EvaluationSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly split: Split;
  readonly demonstrations: boolean;
  readonly rankings: boolean;
  /** Whose rankings: of labelers of this pool; of TRAINING and HELD_OUT where there is none. */
  readonly pool?: LabelerPool | null;
  /** Whose completions are the responses: a model's, which answers where none is stored that it would give, or a source's; null: no metric asks for responses. */
  readonly responses: EvaluatedModel | EvaluatedSource | null;
  readonly baseline: EvaluatedSource | null;
}

/**
 * The prompts after one, in the order in which they came, at most so many. Labelers count who are TRAINING or HELD_OUT, or of the pool that is named.
 * Indexes: prompt_pkey, completion_prompt_id_position_key, demonstration_prompt_id_position_key, ranking_prompt_id_position_key.
 */
export function evaluationPrompts(
  database: Database,
  selection: EvaluationSelection,
  afterRowId: string,
  limit: number,
): Promise<EvaluationPromptRecord[]> {
  const parameters = new Parameters();
  const { lists, from } = chosen(selection, parameters);
  return database.select<EvaluationPromptRecord>(
    `select p.id as "rowId", p.identity as id, p.source, p.text, p.few_shot as "fewShot", ${lists}
      ${from} and p.id > ${parameters.add(afterRowId)} order by p.id limit ${parameters.add(limit)}`,
    parameters.values,
  );
}

/** How many prompts there are, counted up to a limit, and how many of those have a completion of the baseline. */
export async function countEvaluationPrompts(
  database: Database,
  selection: EvaluationSelection,
  limit: number,
): Promise<{ readonly prompts: number; readonly withBaseline: number }> {
  const parameters = new Parameters();
  const { from } = chosen(selection, parameters);
  const [row] = await database.select<{ prompts: number; withBaseline: number }>(
    `select count(*)::integer as prompts, count(*) filter (where chosen.baseline)::integer as "withBaseline"
      from (select b.list <> '[]' as baseline ${from} order by p.id limit ${parameters.add(limit)}) chosen`,
    parameters.values,
  );
  return row ?? { prompts: 0, withBaseline: 0 };
}

/** Whose labels count where no pool is named: candidates are still being tried. */
const COUNTED: readonly LabelerPool[] = ["TRAINING", "HELD_OUT"];

/** The select list of what a prompt has, and the rest of the statement up to its order. */
function chosen(selection: EvaluationSelection, parameters: Parameters): { lists: string; from: string } {
  const { demonstrations, rankings, pool = null, responses, baseline } = selection;
  const dataset = parameters.add(selection.datasetId);
  const revision = parameters.add(selection.asOf);
  const split = parameters.add(selection.split);
  const labelersOf = (pools: readonly LabelerPool[]) =>
    `join dataset_labeler m on m.dataset_id = ${dataset} and m.labeler_id = w.labeler_id
      and m.pool = any(${parameters.add(pools)}::text[]) and ${inForce("m", revision)}`;
  const ofPrompt = `w.prompt_id = p.id and ${inForce("w", revision)}`;
  const measured = [
    ...(demonstrations ? ["cardinality(d.texts) > 0", "(p.source = 'LABELER' and p.few_shot <> '[]')"] : []),
    ...(rankings ? ["r.rankings is not null"] : []),
    ...(responses ? ["samplings" in responses ? "true" : "o.list <> '[]'"] : []),
  ];
  const listOf = (alias: string, from: EvaluatedModel | EvaluatedSource | null) =>
    `cross join lateral (${storedOf(from, revision, parameters)}) ${alias}`;
  return {
    lists: `d.texts as demonstrations, o.list as responses, o.others as "otherResponses", b.list as baseline, coalesce(r.rankings, '[]') as rankings,
      coalesce(c.completions, '[]') as completions`,
    from: `from prompt p
      join prompt_state s on s.prompt_id = p.id and ${inForce("s", revision)} and s.exclusion_reason is null
      join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", revision)} and a.split = ${split}
      cross join lateral (
        select coalesce(array_agg(w.text order by w.position), '{}') as texts from demonstration w ${labelersOf(COUNTED)}
        where ${demonstrations} and ${ofPrompt}) d
      cross join lateral (
        select json_agg(json_build_object('labeler', l.handle, 'completions', w.completions, 'tiers', w.tiers)
          order by w.position) as rankings
        from ranking w ${labelersOf(pool === null ? COUNTED : [pool])} join labeler l on l.id = w.labeler_id where ${rankings} and ${ofPrompt}) r
      cross join lateral (
        select json_agg(json_build_object('position', w.position, 'id', w.key, 'text', w.text) order by w.position) as completions
        from completion w where ${rankings} and w.prompt_id = p.id and w.added_in <= ${revision}) c
      ${listOf("o", responses)}
      ${listOf("b", baseline)}
      where p.dataset_id = ${dataset} and p.added_in <= ${revision} and (${measured.join(" or ")})`,
  };
}

/** Stored completions of `p` as a list, by sample, and how many others there are. */
function storedOf(from: EvaluatedModel | EvaluatedSource | null, revision: string, parameters: Parameters): string {
  if (from === null) return "select '[]'::jsonb as list, 0 as others";
  const name = parameters.add(from.name);
  if ("samplings" in from) return madeAs(from, name, revision, parameters);
  return newestOf(from, name, revision, parameters);
}

const listed = (order: string, which = ""): string =>
  `coalesce(jsonb_agg(jsonb_build_object('text', n.text, 'ended', n.ended, 'sampling', n.sampling_id::text) order by ${order}) ${which}, '[]')`;

/** Of a source: of one version, or the newest of each sample. */
function newestOf({ version }: EvaluatedSource, name: string, revision: string, parameters: Parameters): string {
  const ofVersion = version === null ? "true" : `w.version = ${parameters.add(version)}`;
  return `select ${listed("n.sample_index")} as list, 0 as others from (
    select distinct on (w.sample_index) w.sample_index, w.text, w.ended, w.sampling_id from completion w
    where w.prompt_id = p.id and w.source = ${name} and w.added_in <= ${revision} and ${ofVersion}
    order by w.sample_index, w.version desc) n`;
}

/** Of a model: the first samples of some samplings, and how many others are stored under its name. */
function madeAs({ samplings }: EvaluatedModel, name: string, revision: string, parameters: Parameters): string {
  return `select ${listed("n.id", "filter (where n.is_so)")} as list,
      count(*) filter (where not n.is_so)::integer as others
    from (select w.id, w.text, w.ended, w.sampling_id,
        w.sample_index = 0 and coalesce(w.sampling_id = any(${parameters.add(samplings)}::bigint[]), false) as is_so
      from completion w where w.prompt_id = p.id and w.source = ${name} and w.added_in <= ${revision}) n`;
}
