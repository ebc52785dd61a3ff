/** The truth table of the labeling guideline, each rule by itself and all of them together. */
import {
  GUIDELINE_RULES,
  GUIDELINE_THRESHOLDS,
  type GuidelineRule,
  guidelineViolations,
  type JudgedCompletion,
  rulesInForce,
} from "../../../src/datasets/records/guideline.js";
import { type Criterion, HARM_LABELS, type InstructionPurpose, type OutputLabel } from "../../../src/vocabulary.js";

const FAULTS: readonly OutputLabel[] = ["HALLUCINATION", ...HARM_LABELS];

/** A judgment in short: overall, then the labels that are true; all others of the six were asked and are false. */
const judged = (overall: number | null, ...labels: OutputLabel[]): JudgedCompletion => ({
  overall,
  labels: Object.fromEntries(FAULTS.map((label) => [label, labels.includes(label)])),
  toxicity: null,
  continuity: null,
});
const without = ({ labels, ...judgment }: JudgedCompletion, label: OutputLabel): JudgedCompletion => {
  const { [label]: _, ...others } = labels;
  return { ...judgment, labels: others };
};
const only = ({ labels, ...judgment }: JudgedCompletion, label: OutputLabel): JudgedCompletion => ({
  ...judgment,
  labels: { [label]: labels[label] ?? null },
});
const notApplicable = ({ labels, ...judgment }: JudgedCompletion, label: OutputLabel): JudgedCompletion => ({
  ...judgment,
  labels: { ...labels, [label]: null },
});
const toxic = (toxicity: number | null, continuity: number | null): JudgedCompletion => ({
  overall: null,
  labels: {},
  toxicity,
  continuity,
});

const LIE = "HALLUCINATION";
const SEX = "SEXUAL_CONTENT";
const VIOLENCE = "VIOLENT_CONTENT";
const ADVICE = "HARMFUL_ADVICE";

/** Of `W>L`: the rules that speak. */
function broken(
  w: JudgedCompletion,
  l: JudgedCompletion,
  rules: readonly GuidelineRule[],
  highStakes: boolean | null = false,
  thresholds = GUIDELINE_THRESHOLDS,
): GuidelineRule[] {
  const of = (name: string) => (name === "W" ? w : l);
  const found = guidelineViolations([["W"], ["L"]], of, (name) => name, { rules, highStakes }, thresholds);
  for (const { preferred, over, explanation } of found) {
    expect([preferred, over]).toEqual(["W", "L"]);
    expect(explanation).toMatch(/^W is ranked above L although .*\d.*\.$/);
  }
  return found.map(({ rule }) => rule);
}

describe("TRADE_OFF: truth and harmlessness before helpfulness", () => {
  test.each<[string, JudgedCompletion, JudgedCompletion, boolean | null, boolean]>([
    ["fewer faults", judged(1), judged(7, LIE), true, false],
    ["as many faults", judged(4, LIE), judged(4, SEX), true, false],
    ["one fault more, not more helpful", judged(4, LIE), judged(4), false, true],
    ["one fault more, a little more helpful", judged(5, LIE), judged(4), false, true],
    ["one fault more, much more helpful", judged(6, LIE), judged(4), false, false],
    ["the same, stakes unknown", judged(6, LIE), judged(4), null, false],
    ["the same, high stakes", judged(6, LIE), judged(4), true, true],
    ["two faults more, much more helpful", judged(7, LIE, SEX), judged(1), false, true],
    ["three faults against two, much more helpful", judged(7, LIE, SEX, VIOLENCE), judged(5, LIE, SEX), false, false],
    ["the lie of the higher one not applicable", notApplicable(judged(4, LIE), LIE), judged(4), true, false],
    ["the lie of the lower one not asked", judged(4, LIE), without(judged(4), LIE), true, false],
    ["other labels asked of neither", only(judged(4, LIE), LIE), only(judged(4), LIE), true, true],
    ["lies asked of neither", without(judged(4, SEX), LIE), without(judged(4), LIE), true, true],
    ["another label of the higher one not known", notApplicable(judged(4, LIE), SEX), judged(4), true, true],
    ["another label of the lower one not known", judged(4, LIE), notApplicable(judged(4), SEX), true, false],
    ["the same with two faults more", judged(4, LIE, ADVICE), notApplicable(judged(4), SEX), true, true],
    ["the same, much more helpful", judged(6, LIE, ADVICE), notApplicable(judged(4), SEX), false, false],
    ["a fault of the lower one not known of the higher", without(judged(4, LIE), SEX), judged(4, SEX), true, false],
    ["no overall score", judged(null, LIE, SEX), judged(7), true, false],
    ["no overall score of the lower one", judged(1, LIE, SEX), judged(null), true, false],
  ])("%s", (_, w, l, highStakes, violates) => {
    expect(broken(w, l, ["TRADE_OFF"], highStakes)).toEqual(violates ? ["TRADE_OFF"] : []);
  });

  test("what much and slightly mean are arguments", () => {
    const thresholds = { ...GUIDELINE_THRESHOLDS, muchMoreHelpful: 3, slightlyWorse: 2 };
    expect(broken(judged(6, LIE), judged(4), ["TRADE_OFF"], false, thresholds)).toEqual(["TRADE_OFF"]);
    expect(broken(judged(7, LIE), judged(4), ["TRADE_OFF"], false, thresholds)).toEqual([]);
    expect(broken(judged(7, LIE, SEX), judged(4), ["TRADE_OFF"], false, thresholds)).toEqual([]);
    expect(broken(judged(7, LIE, SEX, ADVICE), judged(4), ["TRADE_OFF"], false, thresholds)).toEqual(["TRADE_OFF"]);
  });
});

test.each<[string, JudgedCompletion, JudgedCompletion, boolean]>([
  ["more faults, less helpful", judged(3, LIE), judged(4), true],
  ["more faults, as helpful", judged(4, LIE, SEX), judged(4, LIE), true],
  ["more faults, more helpful", judged(5, LIE, SEX, ADVICE), judged(4), false],
  ["as many faults, less helpful", judged(3, LIE), judged(4, SEX), false],
  ["fewer faults, less helpful", judged(1), judged(7, LIE), false],
  ["the lie not asked", without(judged(3, LIE), LIE), judged(4), false],
  ["the lie of the lower one not applicable", judged(3, LIE), notApplicable(judged(4), LIE), false],
  ["only lies asked", only(judged(3, LIE), LIE), only(judged(4), LIE), true],
  ["no overall score", judged(null, LIE), judged(4), false],
])("HELP_FIRST: %s", (_, w, l, violates) => {
  expect(broken(w, l, ["HELP_FIRST"], true)).toEqual(violates ? ["HELP_FIRST"] : []);
});

test.each<[string, JudgedCompletion, JudgedCompletion, boolean]>([
  ["both harmful, the higher one more", judged(4, SEX, ADVICE), judged(4, SEX), true],
  ["both harmful, the higher one less", judged(4, SEX), judged(4, SEX, ADVICE), false],
  ["the same harm in different labels", judged(4, SEX), judged(4, VIOLENCE), false],
  ["only harmful above only untruthful", judged(4, SEX), judged(4, LIE), false],
  ["harmful in two ways above only untruthful", judged(4, SEX, ADVICE), judged(4, LIE), false],
  ["only untruthful above only harmful", judged(4, LIE), judged(4, SEX), false],
  ["untruthful and harmful above only untruthful", judged(4, LIE, SEX), judged(4, LIE), true],
  ["harmful in two ways above untruthful and harmful in one", judged(4, SEX, ADVICE), judged(4, LIE, SEX), true],
  ["harmful above faultless", judged(4, SEX), judged(4), false],
  ["more helpful", judged(5, SEX, ADVICE), judged(4, SEX), false],
  ["less helpful", judged(3, SEX, ADVICE), judged(4, SEX), false],
  ["a harm of the lower one not asked", judged(4, SEX, ADVICE), without(judged(4, SEX), VIOLENCE), false],
  ["a harm asked of neither", without(judged(4, SEX, ADVICE), VIOLENCE), without(judged(4, SEX), VIOLENCE), true],
  ["lies asked of neither", without(judged(4, SEX, ADVICE), LIE), without(judged(4, SEX), LIE), true],
  ["untruthful below, lie above not known", notApplicable(judged(4, SEX), LIE), judged(4, LIE), false],
  ["harm below not known to be any", judged(4, SEX, ADVICE), notApplicable(judged(4), SEX), false],
  ["no overall scores", judged(null, SEX, ADVICE), judged(null, SEX), false],
])("EQUAL_HELP: %s", (_, w, l, violates) => {
  expect(broken(w, l, ["EQUAL_HELP"], true)).toEqual(violates ? ["EQUAL_HELP"] : []);
});

test.each<[string, number | null, number | null, boolean]>([
  ["lower", 3, 4, true],
  ["equal", 4, 4, false],
  ["higher", 5, 4, false],
  ["not known of the higher", null, 4, false],
  ["not known of the lower", 3, null, false],
])("OWN_SCORES: %s", (_, w, l, violates) => {
  const bare = (overall: number | null) => ({ overall, labels: {}, toxicity: null, continuity: null });
  expect(broken(bare(w), bare(l), ["OWN_SCORES"])).toEqual(violates ? ["OWN_SCORES"] : []);
});

test.each<[string, JudgedCompletion, JudgedCompletion, boolean]>([
  ["both plausible, the higher one more toxic", toxic(1, 4), toxic(0, 4), true],
  ["both plausible, as toxic", toxic(1, 4), toxic(1, 7), false],
  ["both plausible, less toxic", toxic(0, 4), toxic(2, 7), false],
  ["the higher one between plausible and implausible, more toxic", toxic(2, 3), toxic(0, 4), false],
  ["the lower one between, more toxic", toxic(2, 7), toxic(0, 3), false],
  ["implausible above plausible, as toxic", toxic(1, 2), toxic(1, 4), true],
  ["implausible above plausible, more toxic", toxic(2, 1), toxic(1, 7), false],
  ["implausible above plausible, less toxic", toxic(0, 1), toxic(1, 7), false],
  ["between above plausible, as toxic", toxic(1, 3), toxic(1, 7), false],
  ["implausible above implausible, as toxic", toxic(1, 1), toxic(1, 2), false],
  ["implausible above between, as toxic", toxic(1, 1), toxic(1, 3), false],
  ["toxicity not known", toxic(null, 7), toxic(0, 7), false],
  ["toxicity of the lower one not known", toxic(2, 7), toxic(null, 7), false],
  ["continuity not known", toxic(2, null), toxic(0, 7), false],
  ["continuity of the lower one not known", toxic(2, 7), toxic(0, null), false],
])("TOXICITY: %s", (_, w, l, violates) => {
  expect(broken(w, l, ["TOXICITY"])).toEqual(violates ? ["TOXICITY"] : []);
});

test.each<[InstructionPurpose, Criterion[], GuidelineRule[]]>([
  ["TRAINING_DATA", ["HELPFUL", "TRUTHFUL", "HARMLESS"], ["HELP_FIRST", "EQUAL_HELP", "OWN_SCORES"]],
  ["TRAINING_DATA", ["HELPFUL"], ["HELP_FIRST", "EQUAL_HELP", "OWN_SCORES"]],
  ["TRAINING_DATA", [], ["HELP_FIRST", "EQUAL_HELP", "OWN_SCORES"]],
  ["TRAINING_DATA", ["HARMLESS", "TRUTHFUL", "HELPFUL"], ["TRADE_OFF", "EQUAL_HELP", "OWN_SCORES"]],
  ["FINAL_EVALUATION", ["TRUTHFUL", "HARMLESS", "HELPFUL"], ["TRADE_OFF", "EQUAL_HELP", "OWN_SCORES"]],
  ["FINAL_EVALUATION", ["TRUTHFUL", "HARMLESS"], ["TRADE_OFF", "EQUAL_HELP", "OWN_SCORES"]],
  ["FINAL_EVALUATION", [], ["TRADE_OFF", "EQUAL_HELP", "OWN_SCORES"]],
  ["FINAL_EVALUATION", ["HELPFUL", "HARMLESS", "TRUTHFUL"], ["HELP_FIRST", "EQUAL_HELP", "OWN_SCORES"]],
  ["FINAL_EVALUATION", ["TRUTHFUL", "HELPFUL", "HARMLESS"], ["OWN_SCORES"]],
  ["TRAINING_DATA", ["TRUTHFUL"], ["OWN_SCORES"]],
  ["TOXICITY", ["HARMLESS", "TRUTHFUL", "HELPFUL"], ["OWN_SCORES", "TOXICITY"]],
  ["TOXICITY", [], ["OWN_SCORES", "TOXICITY"]],
  ["SCREENING", [], ["OWN_SCORES"]],
  ["SCREENING", ["HELPFUL", "TRUTHFUL", "HARMLESS"], ["HELP_FIRST", "EQUAL_HELP", "OWN_SCORES"]],
])("under instructions for %s with the criteria %j: %j", (purpose, criteriaOrder, rules) => {
  expect(rulesInForce({ purpose, criteriaOrder })).toEqual(rules);
});

test("without instructions only a labeler's own scores speak", () => {
  expect(rulesInForce(null)).toEqual(["OWN_SCORES"]);
});

test("explanations hold the values, and say where the stakes are not known", () => {
  const of = (w: JudgedCompletion, l: JudgedCompletion, rule: GuidelineRule, highStakes: boolean | null) =>
    guidelineViolations([["A"], ["B"]], (name) => (name === "A" ? w : l), String, { rules: [rule], highStakes }).map(
      ({ explanation }) => explanation,
    );
  const slightly = (stakes: string) => [
    `A is ranked above B although the same labeler found 1 fault (HALLUCINATION) against 0 faults, and truth and harmlessness come before helpfulness; an exception needs an overall score higher by 2 or more (it is 5 against 4), at most 1 more of the faults (it has 1 more) and no high stakes (${stakes}).`,
  ];
  expect(of(judged(5, LIE), judged(4), "TRADE_OFF", null)).toEqual(
    slightly("HIGH_STAKES is not known of this prompt and counts as false"),
  );
  expect(of(judged(5, LIE), judged(4), "TRADE_OFF", true)).toEqual(slightly("HIGH_STAKES is true here"));
  expect(of(judged(5, LIE), judged(4), "TRADE_OFF", false)).toEqual(slightly("HIGH_STAKES is false here"));
  expect(of(judged(4, LIE, SEX), judged(4, ADVICE), "HELP_FIRST", null)).toEqual([
    "A is ranked above B although the same labeler found 2 faults (HALLUCINATION, SEXUAL_CONTENT) against 1 fault (HARMFUL_ADVICE), and it is not more helpful: overall 4 against 4.",
  ]);
  expect(of(judged(4, SEX, ADVICE), judged(4, SEX), "EQUAL_HELP", null)).toEqual([
    "A is ranked above B although both are equally helpful (overall 4) and at fault, and it is likelier to harm: 2 faults (SEXUAL_CONTENT, HARMFUL_ADVICE) against 1 fault (SEXUAL_CONTENT).",
  ]);
  expect(of(judged(4, LIE, SEX), without(judged(5), VIOLENCE), "HELP_FIRST", null)).toEqual([
    "A is ranked above B although the same labeler found 2 faults (HALLUCINATION, SEXUAL_CONTENT) against 0 faults (known of one only and taken in its favour: VIOLENT_CONTENT), and it is not more helpful: overall 4 against 5.",
  ]);
  expect(of(judged(2), judged(6), "OWN_SCORES", null)).toEqual([
    "A is ranked above B although the same labeler gave it the lower overall score: 2 against 6.",
  ]);
  expect(of(toxic(2, 5), toxic(1, 6), "TOXICITY", null)).toEqual([
    "A is ranked above B although both are plausible continuations (continuity 5 and 6) and it is the more toxic: 2 against 1.",
  ]);
  expect(of(toxic(1, 1), toxic(1, 6), "TOXICITY", null)).toEqual([
    "A is ranked above B although both are equally toxic (1) and it is the less plausible continuation: continuity 1 against 6.",
  ]);
});

test("every strict pair is looked at, in the order of the comparisons; ties are not", () => {
  const scores: Record<string, number> = { A: 1, B: 2, C: 3, D: 1 };
  const bare = (name: string) => ({ overall: scores[name] ?? null, labels: {}, toxicity: null, continuity: null });
  const found = guidelineViolations([["A", "B"], ["C"], ["D"]], bare, String, {
    rules: GUIDELINE_RULES,
    highStakes: null,
  });
  expect(found.map(({ preferred, over, rule }) => `${preferred}>${over} ${rule}`)).toEqual([
    "A>C OWN_SCORES",
    "B>C OWN_SCORES",
  ]);
  expect(
    guidelineViolations([["A", "B", "C", "D"]], bare, String, { rules: GUIDELINE_RULES, highStakes: true }),
  ).toEqual([]);
});

/**
 * The sentences of the guideline once more, as they stand there, over all that a score and three labels can say: where a label
 * is known of one completion only, a violation must hold whatever the other's is.
 */
test("the whole table of two completions equals the guideline read literally", () => {
  const truth = [true, false, null] as const;
  const all: JudgedCompletion[] = [];
  for (const overall of [null, 2, 3, 5]) {
    for (const lie of truth) {
      for (const sex of truth) {
        for (const violence of truth) {
          const labels = { HALLUCINATION: lie, SEXUAL_CONTENT: sex, VIOLENT_CONTENT: violence };
          all.push({ overall, labels, toxicity: null, continuity: null });
        }
      }
    }
  }
  type Labels = [untruthful: boolean, sex: boolean, violence: boolean];
  /** Every way in which the two may be, knowing what is known; what is known of neither is in neither. */
  const worlds = (w: JudgedCompletion, l: JudgedCompletion): [Labels, Labels][] => {
    let found: [boolean[], boolean[]][] = [[[], []]];
    for (const label of [LIE, SEX, VIOLENCE] as const) {
      const [ofW, ofL] = [w.labels[label] ?? null, l.labels[label] ?? null];
      const either = (value: boolean | null) => (value === null ? [true, false] : [value]);
      const ways =
        ofW === null && ofL === null ? [[false, false]] : either(ofW).flatMap((a) => either(ofL).map((b) => [a, b]));
      found = found.flatMap(([a, b]) =>
        ways.map(([x, y]): [boolean[], boolean[]] => [
          [...a, x === true],
          [...b, y === true],
        ]),
      );
    }
    return found as [Labels, Labels][];
  };
  const harm = ([, ...harms]: Labels) => harms.filter(Boolean).length;
  const faults = (x: Labels) => x.filter(Boolean).length;
  let violations = 0;
  for (const w of all) {
    for (const l of all) {
      const [helpW, helpL] = [w.overall, l.overall];
      const possible = worlds(w, l);
      for (const highStakes of truth) {
        const expected: GuidelineRule[] = [];
        if (helpW !== null && helpL !== null) {
          const much = helpW - helpL >= 2;
          const always = (violated: (a: Labels, b: Labels) => boolean) => possible.every(([a, b]) => violated(a, b));
          if (always((a, b) => faults(a) > faults(b) && !(much && faults(a) - faults(b) === 1 && highStakes !== true)))
            expected.push("TRADE_OFF");
          if (always((a, b) => faults(a) > faults(b) && helpW <= helpL)) expected.push("HELP_FIRST");
          const oneAgainstOther = (a: Labels, b: Labels) => harm(a) > 0 && !a[0] && b[0] && harm(b) === 0;
          if (
            always(
              (a, b) =>
                helpW === helpL && faults(a) > 0 && faults(b) > 0 && harm(a) > harm(b) && !oneAgainstOther(a, b),
            )
          )
            expected.push("EQUAL_HELP");
          if (helpW < helpL) expected.push("OWN_SCORES");
        }
        const sides = [[{ x: w }], [{ x: l }]];
        const found = guidelineViolations(
          sides,
          ({ x }) => x,
          () => "x",
          { rules: GUIDELINE_RULES, highStakes },
        );
        if (found.map(({ rule }) => rule).join() !== expected.join())
          expect({ w, l, highStakes, found }).toEqual({ w, l, highStakes, found: expected });
        violations += expected.length;
      }
    }
  }
  expect(violations).toBeGreaterThan(1000);
});
