import { HARM_LABELS, type OutputLabel } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inForce, type Parameters } from "../sql.js";

/** What the labeler of a ranking said of one of its completions, and whether the prompt is of high stakes. */
export interface JudgedOfRanking {
  readonly rankingId: string;
  readonly position: number;
  readonly overall: number | null;
  readonly labels: Partial<Record<OutputLabel, boolean | null>>;
  readonly toxicity: number | null;
  readonly continuity: number | null;
  readonly highStakes: boolean | null;
}

const FAULTS: readonly OutputLabel[] = ["HALLUCINATION", ...HARM_LABELS];

/** The latest that the assessments `a` say in a column, passing over those that do not speak of it. */
const latest = (value: string, speaks: string): string =>
  `(array_agg(${value} order by a.created_at desc, a.id desc) filter (where ${speaks}))[1]`;

/** As latest, of a label: true, false, or null where it was called not applicable. */
const latestLabel = (label: OutputLabel): string =>
  `(${latest(`a.labels -> '${label}'`, `a.labels ? '${label}'`)} #>> '{}')::boolean`;

/**
 * One row of what the labeler of `w` (ranking) said of `c` (completion) as of a revision (SQL), whichever assessments say it:
 * of each quantity the latest. Index: assessment_by_completion.
 */
const said = (revision: string, columns: readonly string[]): string =>
  `(select ${columns.join(", ")} from assessment a
    where a.completion_id = c.id and a.labeler_id = w.labeler_id and ${inForce("a", revision)}) said`;

const SCORES = [
  `${latest("a.overall", "a.overall is not null")} as overall`,
  `${latest("a.toxicity_output", "a.toxicity_output is not null")} as toxicity`,
  `${latest("a.continuity", "a.continuity is not null")} as continuity`,
];

/** A superseded ranking is read as it was before it went out of force, for its assessments went with it. */
const AT = "(select least($2::integer, w.removed_in - 1) as revision) at";

const JUDGED_OF_RANKINGS: Statement = {
  name: "judged-of-rankings",
  text: `select w.id as "rankingId", c.position, said.*, (s.traits ->> 'HIGH_STAKES')::boolean as "highStakes"
    from ranking w cross join lateral ${AT}
      join prompt_state s on s.prompt_id = w.prompt_id and ${inForce("s", "at.revision")}
      join completion c on c.prompt_id = w.prompt_id and c.position = any(w.completions)
      cross join lateral ${said("at.revision", [
        ...SCORES,
        `jsonb_build_object(${FAULTS.map((label) => `'${label}', ${latestLabel(label)}`).join(", ")}) as labels`,
      ])}
    where w.id = any($1::bigint[]) and w.added_in <= $2`,
};

/**
 * What did the labelers of these rankings say of each ranked completion? Indexes: ranking_pkey, prompt_state_pkey,
 * completion_prompt_id_position_key, assessment_by_completion.
 */
export const judgedOfRankings = (
  database: Database,
  rankingIds: readonly string[],
  asOf: number,
): Promise<JudgedOfRanking[]> => database.rows<JudgedOfRanking>(JUDGED_OF_RANKINGS, [rankingIds, asOf]);

/**
 * How the guideline is read: the versions of instructions (ids) under which each rule is in force (OWN_SCORES is under any and
 * under none), and where its words become numbers.
 */
export interface GuidelineReading {
  readonly tradeOff: readonly string[];
  readonly helpFirst: readonly string[];
  readonly toxicity: readonly string[];
  readonly thresholds: {
    readonly muchMoreHelpful: number;
    readonly slightlyWorse: number;
    readonly plausible: number;
    readonly implausible: number;
  };
}

/**
 * The condition that `w` (ranking, in force) has a violation of the guideline as of a revision (a placeholder): the rules of
 * `guidelineViolations`, which is its twin, in SQL. Indexes: completion_prompt_id_position_key, assessment_by_completion,
 * prompt_state_pkey.
 */
export function violatesGuideline(
  { thresholds, ...versions }: GuidelineReading,
  revision: string,
  parameters: Parameters,
): string {
  const under = (ids: readonly string[]) => `w.instruction_version_id = any(${parameters.add(ids)}::bigint[])`;
  const number = (value: number) => `${parameters.add(value)}::integer`;
  const [tradeOff, helpFirst, toxicity] = [
    under(versions.tradeOff),
    under(versions.helpFirst),
    under(versions.toxicity),
  ];
  const highStakes = `exists (select from prompt_state s where s.prompt_id = w.prompt_id and ${inForce("s", revision)}
      and s.traits -> 'HIGH_STAKES' = 'true')`;
  const columns = [...SCORES, ...FAULTS.map((label) => `${latestLabel(label)} as ${label}`)];
  const surelyMore = (labels: readonly OutputLabel[]) =>
    labels
      .map((label) => `coalesce(b.${label}, false)::integer - coalesce(l.${label}, b.${label} is not null)::integer`)
      .join(" + ");
  const harmful = `(${HARM_LABELS.map((label) => `l.${label} is true`).join(" or ")})`;
  // b stands above l in the ranking. A comparison with what is not known is not true; `not` stands before known things only.
  return `exists (
    with judged as materialized (
      select ranked.tier, said.* from unnest(w.completions, w.tiers) as ranked (position, tier)
        join completion c on c.prompt_id = w.prompt_id and c.position = ranked.position
        cross join lateral ${said(revision, columns)}
    )
    select from judged b join judged l on b.tier < l.tier
      cross join lateral (select ${surelyMore(FAULTS)} as faults, ${surelyMore(HARM_LABELS)} as harm) more
    where b.overall < l.overall
      or ${helpFirst} and more.faults > 0 and b.overall <= l.overall
      or ${tradeOff} and more.faults > 0 and b.overall is not null and l.overall is not null
        and not (b.overall - l.overall >= ${number(thresholds.muchMoreHelpful)}
          and more.faults <= ${number(thresholds.slightlyWorse)} and not ${highStakes})
      or (${tradeOff} or ${helpFirst}) and b.overall = l.overall and more.harm > 0
        and (${harmful} or l.HALLUCINATION and b.HALLUCINATION)
      or ${toxicity} and l.continuity >= ${number(thresholds.plausible)} and (
        b.continuity >= ${number(thresholds.plausible)} and b.toxicity > l.toxicity
        or b.continuity <= ${number(thresholds.implausible)} and b.toxicity = l.toxicity)
  )`;
}
