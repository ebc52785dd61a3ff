/**
 * The labeling guideline held against a ranking (InstructGPT, sections 3.5 and B.2, figures 11 and 12). It advises: a
 * violation is a question to the labeler, never a correction.
 */
import { type Criterion, HARM_LABELS, type InstructionPurpose, type OutputLabel } from "../../vocabulary.js";
import { comparisons } from "./comparisons.js";

/** The rules, in the order in which their violations are listed. */
export const GUIDELINE_RULES = ["TRADE_OFF", "HELP_FIRST", "EQUAL_HELP", "OWN_SCORES", "TOXICITY"] as const;
export type GuidelineRule = (typeof GUIDELINE_RULES)[number];

/** Where the guideline's words become numbers. */
export interface GuidelineThresholds {
  /** Much more helpful: an overall score higher by at least this. */
  readonly muchMoreHelpful: number;
  /** Slightly worse: at most so many faults more. */
  readonly slightlyWorse: number;
  /** A plausible continuation: continuity of at least this. */
  readonly plausible: number;
  /** An implausible continuation: continuity of at most this. */
  readonly implausible: number;
}

export const GUIDELINE_THRESHOLDS: GuidelineThresholds = {
  muchMoreHelpful: 2,
  slightlyWorse: 1,
  plausible: 4,
  implausible: 2,
};

/** What one labeler said of one completion; null, or a label that is absent: not known. */
export interface JudgedCompletion {
  /** 1–7 */
  readonly overall: number | null;
  readonly labels: Readonly<Partial<Record<OutputLabel, boolean | null>>>;
  /** Toxicity of the output, 0–2. */
  readonly toxicity: number | null;
  /** 1–7 */
  readonly continuity: number | null;
}

/** One completion ranked above another against a rule. */
export interface GuidelineViolation<T> {
  readonly preferred: T;
  readonly over: T;
  readonly rule: GuidelineRule;
  /** A sentence with the values. */
  readonly explanation: string;
}

/**
 * The rules under which a ranking was made.
 * OWN_SCORES always; TOXICITY under instructions for TOXICITY, and nothing else then. Otherwise the order of the criteria
 * decides, a criterion that it does not name standing behind those it names: HELP_FIRST where helpfulness comes before truth and harmlessness,
 * TRADE_OFF where both come before helpfulness, and EQUAL_HELP beside either. An order that names none is that of the
 * purpose: helpful first for TRAINING_DATA, last for FINAL_EVALUATION. An order in between puts neither in force.
 * @param instructions null: not known, so that only OWN_SCORES speaks
 */
export function rulesInForce(
  instructions: { readonly purpose: InstructionPurpose; readonly criteriaOrder: readonly Criterion[] } | null,
): readonly GuidelineRule[] {
  if (instructions === null) return ["OWN_SCORES"];
  const { purpose, criteriaOrder } = instructions;
  if (purpose === "TOXICITY") return ["OWN_SCORES", "TOXICITY"];
  const place = (criterion: Criterion): number => {
    const index = criteriaOrder.indexOf(criterion);
    return index < 0 ? criteriaOrder.length : index;
  };
  const others = [place("TRUTHFUL"), place("HARMLESS")];
  const unstated = criteriaOrder.length === 0;
  if (unstated ? purpose === "TRAINING_DATA" : place("HELPFUL") < Math.min(...others))
    return ["HELP_FIRST", "EQUAL_HELP", "OWN_SCORES"];
  if (unstated ? purpose === "FINAL_EVALUATION" : place("HELPFUL") > Math.max(...others))
    return ["TRADE_OFF", "EQUAL_HELP", "OWN_SCORES"];
  return ["OWN_SCORES"];
}

/**
 * Where a ranking goes against the guideline: every strict comparison w ≻ l that breaks a rule in force.
 *
 * help(x) = overall; untruthful(x) = HALLUCINATION; harm(x) = how many of HARM_LABELS are true; faults(x) = untruthful(x) +
 * harm(x).
 *  - TRADE_OFF: faults(w) > faults(l), unless help(w) − help(l) ≥ muchMoreHelpful, faults(w) − faults(l) ≤ slightlyWorse, and
 *    the prompt is not of high stakes.
 *  - HELP_FIRST: faults(w) > faults(l) although help(w) ≤ help(l).
 *  - EQUAL_HELP: help(w) = help(l), both have faults, and harm(w) > harm(l); but not where w is only harmful and l only
 *    untruthful, for which of the two does more damage is not known and a tie would be expected.
 *  - OWN_SCORES: help(w) < help(l).
 *  - TOXICITY: both plausible (continuity ≥ plausible) and w more toxic; or w implausible (≤ implausible), l plausible, at
 *    equal toxicity.
 * Nothing unknown makes a violation: a rule that looks at a score is silent where the score of either is not known; a label
 * that is known of neither is left out, and one that is known of one of the two counts as if the other's spoke against a
 * violation (w has not the fault, l has it).
 *
 * @param tiers completions, best first
 * @param judgedOf what the ranking's labeler said of a completion
 * @param nameOf how the explanation calls it, such as its key
 * @param circumstances the rules in force; whether the prompt has the trait HIGH_STAKES, null: not known, which counts as
 *   false, and the explanation says so
 * @returns violations in the order of the comparisons, of one pair in that of GUIDELINE_RULES
 */
export function guidelineViolations<T>(
  tiers: readonly (readonly T[])[],
  judgedOf: (completion: T) => JudgedCompletion,
  nameOf: (completion: T) => string,
  { rules, highStakes }: { readonly rules: readonly GuidelineRule[]; readonly highStakes: boolean | null },
  thresholds: GuidelineThresholds = GUIDELINE_THRESHOLDS,
): GuidelineViolation<T>[] {
  const inForce = GUIDELINE_RULES.filter((rule) => rules.includes(rule));
  return comparisons(tiers).flatMap(({ winner, loser }) => {
    const [w, l] = [judgedOf(winner), judgedOf(loser)];
    return inForce.flatMap((rule) => {
      const why = CHECKS[rule](w, l, thresholds, highStakes);
      const explanation = `${nameOf(winner)} is ranked above ${nameOf(loser)} although ${why}.`;
      return why === null ? [] : [{ preferred: winner, over: loser, rule, explanation }];
    });
  });
}

const FAULT_LABELS: readonly OutputLabel[] = ["HALLUCINATION", ...HARM_LABELS];

/** How many of the labels w surely has more than l: Σ w true − (l true, or not known while w is known). */
function surelyMore(w: JudgedCompletion, l: JudgedCompletion, labels: readonly OutputLabel[]): number {
  let more = 0;
  for (const label of labels) {
    const [ofW, ofL] = [w.labels[label] ?? null, l.labels[label] ?? null];
    if (ofW === true) more++;
    if (ofL ?? ofW !== null) more--;
  }
  return more;
}

const has = ({ labels }: JudgedCompletion, ...some: readonly OutputLabel[]): boolean =>
  some.some((label) => labels[label] === true);

/** Says why w ≻ l breaks the rule, to be read after "although"; null: it does not, or something is not known. */
type Check = (
  w: JudgedCompletion,
  l: JudgedCompletion,
  thresholds: GuidelineThresholds,
  highStakes: boolean | null,
) => string | null;

const CHECKS: Readonly<Record<GuidelineRule, Check>> = {
  TRADE_OFF: (w, l, { muchMoreHelpful, slightlyWorse }, highStakes) => {
    if (w.overall === null || l.overall === null) return null;
    const worse = surelyMore(w, l, FAULT_LABELS);
    if (worse <= 0) return null;
    if (w.overall - l.overall >= muchMoreHelpful && worse <= slightlyWorse && highStakes !== true) return null;
    const stakes =
      highStakes === null
        ? "HIGH_STAKES is not known of this prompt and counts as false"
        : `HIGH_STAKES is ${highStakes} here`;
    return `the same labeler found ${faultsOf(w, l)}, and truth and harmlessness come before helpfulness; an exception needs an overall score higher by ${muchMoreHelpful} or more (it is ${w.overall} against ${l.overall}), at most ${slightlyWorse} more of the faults (it has ${worse} more) and no high stakes (${stakes})`;
  },
  HELP_FIRST: (w, l) => {
    if (w.overall === null || l.overall === null || w.overall > l.overall) return null;
    if (surelyMore(w, l, FAULT_LABELS) <= 0) return null;
    return `the same labeler found ${faultsOf(w, l)}, and it is not more helpful: overall ${w.overall} against ${l.overall}`;
  },
  EQUAL_HELP: (w, l) => {
    if (w.overall === null || w.overall !== l.overall || surelyMore(w, l, HARM_LABELS) <= 0) return null;
    // With no harm in l its fault is untruth, and unless w is untruthful too it is one kind of fault against the other.
    if (!has(l, ...HARM_LABELS) && !(has(l, "HALLUCINATION") && has(w, "HALLUCINATION"))) return null;
    return `both are equally helpful (overall ${w.overall}) and at fault, and it is likelier to harm: ${faultsOf(w, l)}`;
  },
  OWN_SCORES: (w, l) => {
    if (w.overall === null || l.overall === null || w.overall >= l.overall) return null;
    return `the same labeler gave it the lower overall score: ${w.overall} against ${l.overall}`;
  },
  TOXICITY: (w, l, { plausible, implausible }) => {
    if (w.toxicity === null || l.toxicity === null || w.continuity === null || l.continuity === null) return null;
    if (l.continuity < plausible) return null;
    if (w.continuity >= plausible && w.toxicity > l.toxicity)
      return `both are plausible continuations (continuity ${w.continuity} and ${l.continuity}) and it is the more toxic: ${w.toxicity} against ${l.toxicity}`;
    if (w.continuity <= implausible && w.toxicity === l.toxicity)
      return `both are equally toxic (${w.toxicity}) and it is the less plausible continuation: continuity ${w.continuity} against ${l.continuity}`;
    return null;
  },
};

/** The faults of both in words, with the labels that are known of one of them only. */
function faultsOf(w: JudgedCompletion, l: JudgedCompletion): string {
  const halfKnown = FAULT_LABELS.filter((label) => (w.labels[label] == null) !== (l.labels[label] == null));
  const unknown = halfKnown.length === 0 ? "" : ` (known of one only and taken in its favour: ${halfKnown.join(", ")})`;
  return `${listFaults(w)} against ${listFaults(l)}${unknown}`;
}

function listFaults(judged: JudgedCompletion): string {
  const labels = FAULT_LABELS.filter((label) => has(judged, label));
  const count = `${labels.length} ${labels.length === 1 ? "fault" : "faults"}`;
  return labels.length === 0 ? count : `${count} (${labels.join(", ")})`;
}
