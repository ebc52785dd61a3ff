import type { Labels, NativeToxicity } from "../../datasets/records/records.js";
import type { PlacedCompletion } from "../../entities/queries/completions/completion-writes.js";
import type { NewAssessmentRow } from "../../entities/queries/judgments/label-writes.js";
import { badInput } from "../../errors.js";
import { OUTPUT_LABELS, type OutputLabel } from "../../vocabulary.js";
import { checkEach } from "../input/check-each.js";
import { checkDistinct } from "../input/input-rules.js";

/** What a labeler says of one completion alone. */
export interface GivenAssessment {
  readonly completionId: string;
  readonly overall?: number | null;
  /** value: true, false, or null (asked, not applicable). */
  readonly labels: readonly { readonly label: OutputLabel; readonly value?: boolean | null }[];
  readonly toxicity?: {
    readonly input?: number | null;
    readonly output?: number | null;
    readonly relative?: number | null;
    readonly continuity?: number | null;
  } | null;
}

/** The same as a record has it: null where nothing was said, labels in the vocabulary's order. */
export interface Judgments {
  readonly overall: number | null;
  readonly labels: Labels;
  /** Null where none of the four was judged. */
  readonly toxicity: NativeToxicity | null;
}

/** Toxicity's four scales (figure 11 of InstructGPT). */
const SCALES = { input: [0, 2], output: [0, 2], relative: [-1, 1], continuity: [1, 7] } as const;

/**
 * Refuses assessments against the rules: overall from 1 to 7, the four toxicity scales, a label twice, a completion twice,
 * and an assessment that says nothing.
 */
export function checkAssessments(assessments: readonly GivenAssessment[], field: string): void {
  checkEach(assessments, (assessment, index) => {
    const place = `${field}.${index}`;
    const { overall, labels, toxicity } = assessment;
    checkScale(overall, 1, 7, `${place}.overall`);
    for (const [name, [least, most]] of Object.entries(SCALES))
      checkScale(toxicity?.[name as keyof typeof SCALES], least, most, `${place}.toxicity.${name}`);
    checkDistinct(
      labels.map(({ label }) => label),
      `${place}.labels`,
    );
    const judged = overall != null || labels.length > 0 || Object.values(toxicity ?? {}).some((value) => value != null);
    if (!judged) throw badInput(`${place} says nothing: give overall, a label or a toxicity score.`, place);
  });
  checkDistinct(
    assessments.map(({ completionId }) => completionId),
    field,
  );
}

function checkScale(value: number | null | undefined, least: number, most: number, field: string): void {
  if (value != null && !(Number.isInteger(value) && value >= least && value <= most))
    throw badInput(`${field} is ${value}; it must be a whole number from ${least} to ${most}.`, field);
}

/** What an assessment says, as a record. */
export function judgmentsOf({ overall, labels, toxicity }: GivenAssessment): Judgments {
  const values = new Map(labels.map(({ label, value }) => [label, value ?? null]));
  const judged = OUTPUT_LABELS.filter((label) => values.has(label));
  const scores = {
    input: toxicity?.input ?? null,
    output: toxicity?.output ?? null,
    relative: toxicity?.relative ?? null,
    continuity: toxicity?.continuity ?? null,
  };
  return {
    overall: overall ?? null,
    labels: Object.fromEntries(judged.map((label) => [label, values.get(label) ?? null])),
    toxicity: Object.values(scores).some((score) => score !== null) ? scores : null,
  };
}

const NO_SCORES: NativeToxicity = { input: null, output: null, relative: null, continuity: null };

/** An assessment's row: what it says of which completion. */
export const assessmentRow = (
  assessment: GivenAssessment,
  { id: completionId, promptId }: PlacedCompletion,
  ordinal: number,
  identity: string,
): NewAssessmentRow => {
  const { overall, labels, toxicity } = judgmentsOf(assessment);
  return { promptId, completionId, ordinal, overall, labels, ...(toxicity ?? NO_SCORES), identity };
};
