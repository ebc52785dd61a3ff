import { createRandom } from "../../random.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { lowTails } from "./labeler-spread.js";
import { percent } from "./percent.js";
import { sequentialP } from "./sequential-p.js";
import { type Finding, nothingToSee } from "./signal.js";
import type { WorkTable } from "./work-table.js";

/** With fewer works any answer is frequent. */
const FEWEST_WORKS = 10;
/** Mean and variance of what the others' answers give are of so many draws. */
const DRAWS = 200;

/** What a work may have answered: the answers of its block as its labeler saw the completions, and its own. */
interface Choice {
  /** Ids of patterns, one a work of the block, in the order of the patterns' texts. */
  readonly patterns: Int32Array;
  /** All texts together: equal ones are the same choice. */
  readonly text: string;
  readonly own: number;
}

/**
 * Does a labeler give one answer again and again? An answer is the tiers by place of display ("1,2,2,3"); where the order of display
 * is not known the sizes of the tiers; of scores the scores, ascending. The value is the share of the labeler's most frequent answer.
 * Expected is the mean share where each work is that of any labeler of its block, seen in this labeler's order of display: an
 * answer that the completions call for is no straight line. The probability is the larger of two: of so large a share among
 * such draws, and of so large a ln(value / expected) beside how honest labelers differ in their habits (see lowTails).
 *
 * @param categories the words for the values of the scale, of which scores are told. [q]
 * @returns a finding of each labeler; n counts works on sets that others judged, too. [labelers]
 */
export function* straightLining(table: WorkTable, categories: readonly string[], seed: number): TimeSlices<Finding[]> {
  const { judgments, ranked } = table;
  const { choiceOf, texts } = yield* choicesOf(table);
  const looks: { n: number; value: number; mean: number; variance: number; draw: Draw | null; most: string }[] = [];
  for (let labeler = 0; labeler < judgments.labelers; labeler++) {
    const mine = Array.from(
      table.workBy.subarray(table.firstBy[labeler]!, table.firstBy[labeler + 1]!),
      (work) => choiceOf[work]!,
    ).filter(({ patterns }) => patterns.length > 1);
    const n = mine.length;
    if (n < FEWEST_WORKS) {
      looks.push({ n, value: 0, mean: 0, variance: 0, draw: null, most: "" });
      continue;
    }
    const draw = new Draw(mine, seed);
    const { value, pattern } = draw.observed(texts);
    let [mean, variance] = [0, 0];
    let sincePause = 0;
    for (let i = 1; i <= DRAWS; i++) {
      const before = mean;
      const share = draw.next();
      mean += (share - mean) / i;
      variance += (share - before) * (share - mean);
      sincePause += 4 * n;
      if (sincePause >= OPERATIONS_PER_SLICE) {
        sincePause = 0;
        yield;
      }
    }
    looks.push({ n, value, mean, variance: variance / (DRAWS - 1), draw, most: texts[pattern]! });
    yield;
  }
  const rows = looks.flatMap(({ variance }, labeler) => (variance > 0 ? [labeler] : []));
  const tails = lowTails(
    rows.map((labeler) => {
      const { value, mean, variance } = looks[labeler]!;
      // Of logarithms, as some habits multiply: one who likes ties ties twice as often, whatever there is to tie.
      return { y: Math.log(value / mean), variance: variance / (mean * mean) };
    }),
  );
  const spreadOf = new Map(rows.map((labeler, row) => [labeler, tails[row]!]));
  const findings: Finding[] = [];
  for (let labeler = 0; labeler < looks.length; labeler++) {
    const { n, value, mean, draw, most } = looks[labeler]!;
    if (draw === null) {
      findings.push(nothingToSee(`There are ${n} works on sets that others judged, too; it takes ${FEWEST_WORKS}.`, n));
      continue;
    }
    const low = spreadOf.get(labeler);
    const answer = ranked ? most : inWords(most, categories);
    const evidence = `The answer ${answer} makes up ${percent(value)} of ${n} works; with answers of the labelers of the same works the most frequent one makes up ${percent(mean)}.`;
    const known = { value, expected: mean, n, evidence };
    if (low === undefined) {
      findings.push({ ...known, pValue: null, reason: "All labelers answered alike: nobody stands out." });
    } else if (low === null) {
      const reason = "At least three labelers must be comparable: else nobody knows how far honest ones differ.";
      findings.push({ ...known, pValue: null, reason });
    } else {
      const pValue = yield* sequentialP(() => draw.next() >= value - 1e-12, 4 * n, 1 - low);
      findings.push({ ...known, pValue, reason: null });
    }
    yield;
  }
  return findings;
}

/** Draws the share of the most frequent answer of a labeler whose works are any of their blocks. */
class Draw {
  private readonly random;
  private readonly choices: readonly Choice[];
  /** Patterns numbered from 0 for this labeler. */
  private readonly local = new Map<number, number>();
  private readonly patterns: Int32Array[];
  private readonly counts: Int32Array;

  constructor(choices: readonly Choice[], seed: number) {
    this.random = createRandom(seed);
    // In an order that shows neither ids nor the order of feeding, so that the draws do not either.
    this.choices = [...choices].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    this.patterns = this.choices.map(({ patterns }) =>
      patterns.map((pattern) => {
        const number = this.local.get(pattern) ?? this.local.size;
        this.local.set(pattern, number);
        return number;
      }),
    );
    this.counts = new Int32Array(this.local.size);
  }

  observed(texts: readonly string[]): { value: number; pattern: number } {
    const counts = new Map<number, number>();
    for (const { own } of this.choices) {
      counts.set(own, (counts.get(own) ?? 0) + 1);
    }
    const [pattern, count] = [...counts].sort((a, b) => b[1] - a[1] || (texts[a[0]]! < texts[b[0]]! ? -1 : 1))[0]!;
    return { value: count / this.choices.length, pattern };
  }

  next(): number {
    this.counts.fill(0);
    let most = 0;
    for (const patterns of this.patterns) {
      const count = ++this.counts[patterns[this.random.nextBelow(patterns.length)]!]!;
      most = Math.max(count, most);
    }
    return most / this.patterns.length;
  }
}

/** What each work may have answered. Works of a block that were shown in one order share it. */
function* choicesOf(table: WorkTable): TimeSlices<{ choiceOf: Choice[]; texts: string[] }> {
  const { works, blocks, firstWork, workAt, firstAnswer, answerOf, shownAt, ranked } = table;
  const choiceOf = new Array<Choice>(works);
  const texts: string[] = [];
  const idOf = new Map<string, number>();
  const id = (text: string): number => {
    const known = idOf.get(text) ?? texts.length;
    if (known === texts.length) {
      idOf.set(text, known);
      texts.push(text);
    }
    return known;
  };
  let sincePause = 0;
  for (let block = 0; block < blocks; block++) {
    const members = workAt.subarray(firstWork[block]!, firstWork[block + 1]!);
    const framed = new Map<string, { patterns: Int32Array; text: string }>();
    for (const work of members) {
      const from = firstAnswer[work]!;
      const shown = shownAt.subarray(from, firstAnswer[work + 1]!);
      const said = (other: number): string => {
        const answers = answerOf.subarray(firstAnswer[other]!, firstAnswer[other + 1]!);
        if (shown[0] !== -1) return shownPattern(answers, shown);
        return ranked ? tierSizes(answers) : [...answers].sort((a, b) => a - b).join(",");
      };
      const frame = shown.join(",");
      let choice = framed.get(frame);
      if (choice === undefined) {
        const sorted = Array.from(members, said).sort();
        choice = { patterns: Int32Array.from(sorted, id), text: sorted.join("|") };
        framed.set(frame, choice);
        sincePause += members.length * shown.length * 50;
      }
      choiceOf[work] = { ...choice, own: id(said(work)) };
      if (sincePause >= OPERATIONS_PER_SLICE) {
        sincePause = 0;
        yield;
      }
    }
    sincePause += members.length * 50;
  }
  return { choiceOf, texts };
}

/** An answer of scores, which are kept by their place on the scale. */
const inWords = (answer: string, categories: readonly string[]): string =>
  answer
    .split(",")
    .map((category) => categories[Number(category)]!)
    .join(",");

/** What was said of the completion at each place. */
const shownPattern = (answers: Int32Array, shown: Int32Array): string =>
  Array.from(shown, (completion) => answers[completion]!).join(",");

/** How many completions each tier has, the best first: "1+2+1". */
function tierSizes(tiers: Int32Array): string {
  const sizes = new Map<number, number>();
  for (const tier of tiers) {
    sizes.set(tier, (sizes.get(tier) ?? 0) + 1);
  }
  return [...sizes]
    .sort((a, b) => a[0] - b[0])
    .map(([, size]) => size)
    .join("+");
}
