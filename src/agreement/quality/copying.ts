import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { agreements, fitPair, pairTables, tailBound } from "./pair-model.js";
import { percent } from "./percent.js";
import { type Finding, nothingToSee } from "./signal.js";
import type { WorkTable } from "./work-table.js";

/** Pairs that share fewer units are not looked at, as in Cohen's κ. */
const FEWEST_UNITS = 10;
/** Below this the agreement of two is not even remarkable among labelers drawn at random, and no model is fitted. */
const SCREEN = 1.5;
/** Copying fills at least this share of what is left between what is predicted and full agreement. */
const LARGE = 0.25;
/** More pairs of works than this are not looked through. */
const MOST_PAIRS = 20_000_000;

/** What is counted of a labeler and one whose work stood there before. */
interface Follower {
  readonly other: number;
  units: number;
  works: number;
  agreed: number;
  expected: number;
  variance: number;
  /** Works of which the other one's time, or the own, is not known. */
  untimed: number;
}

/**
 * Does a labeler agree with another one, who judged before, more than the agreement of both with everybody else predicts? For a
 * labeler and each other one: of the blocks that a third judged, too, and that the other judged no later (where a time is not known,
 * both may have been first), the number T of units on which the two agree. What T is without copying: in each block the two answers
 * are any two of the block's, drawn with weights that give each of the two as much agreement with third labelers as they have
 * (see pair-model.ts). The probability is Chernoff's bound of so large a T, times the number of others looked at.
 *
 * Flagged only where the excess is at least a quarter of what is left to full agreement: two of one school agree more, too.
 *
 * @returns a finding of each labeler, of the other whose excess is least probable: value is the share of units on which they agree,
 * expected what is predicted; n counts units. [labelers]
 */
export function* copying(table: WorkTable, idOf: (labeler: number) => string): TimeSlices<Finding[]> {
  const { judgments, blocks, firstWork } = table;
  const none = (reason: string): Finding[] => Array.from({ length: judgments.labelers }, () => nothingToSee(reason));
  let pairs = 0;
  for (let block = 0; block < blocks; block++) {
    pairs += (firstWork[block + 1]! - firstWork[block]!) ** 2;
  }
  if (pairs > MOST_PAIRS) {
    return none(
      `There are ${pairs} pairs of works on the same sets; at most ${MOST_PAIRS} are looked through. Narrow the filter.`,
    );
  }
  const followers = yield* countFollowers(table);
  const findings: Finding[] = [];
  for (let labeler = 0; labeler < judgments.labelers; labeler++) {
    const looked = [...(followers[labeler]?.values() ?? [])].filter(({ units }) => units >= FEWEST_UNITS);
    if (looked.length === 0) {
      findings.push(
        nothingToSee(
          `No other labeler judged ${FEWEST_UNITS} of the same units before, on sets that a third judged, too.`,
        ),
      );
      continue;
    }
    let found: (Finding & { readonly other: number }) | null = null;
    for (const follower of looked) {
      const finding = yield* lookAt(table, labeler, follower, looked.length);
      if (found === null || isMoreRemarkable(finding, found, idOf)) {
        found = finding;
      }
      yield;
    }
    findings.push(found!);
  }
  return findings;
}

/**
 * Of equally probable ones the larger excess, then more units, then more agreement. Digits that rounding may have made do not decide, nor
 * does the order of feeding; the id does so only between those whose numbers are all the same.
 */
function isMoreRemarkable(
  a: Finding & { other: number },
  b: Finding & { other: number },
  idOf: (labeler: number) => string,
): boolean {
  const keys = ({ pValue, value, expected, n }: Finding): number[] => [
    -Number(pValue!.toPrecision(9)),
    Math.round((value! - expected!) * 1e9),
    n,
    value!,
  ];
  const [ofA, ofB] = [keys(a), keys(b)];
  const decides = ofA.findIndex((key, i) => key !== ofB[i]);
  return decides === -1 ? idOf(a.other) < idOf(b.other) : ofA[decides]! > ofB[decides]!;
}

function* lookAt(
  table: WorkTable,
  labeler: number,
  follower: Follower,
  looks: number,
): TimeSlices<Finding & { other: number }> {
  const { other, units, works, agreed, untimed } = follower;
  let { expected } = follower;
  let pValue = 1;
  let said = "two labelers of the same works at random";
  if (agreed - expected > SCREEN * Math.sqrt(follower.variance)) {
    const tables = [];
    for (const [own, others] of sharedWorks(table, labeler, other)) {
      tables.push(pairTables(table, own, others));
      yield;
    }
    const fit = yield* fitPair(tables);
    expected = fit.expected;
    said = "two who agree as much with third labelers";
    pValue = Math.min(1, looks * (yield* tailBound(tables, fit, agreed)));
  }
  const [value, predicted] = [agreed / units, expected / units];
  const times =
    untimed === 0 ? "" : ` When ${untimed === works ? "they" : `${untimed} of them`} were done is not known.`;
  const evidence = `Agrees with one other labeler on ${agreed} of ${units} units (${percent(value)}) in ${works} works that the other did no later, where ${said} agree on ${percent(predicted)}; ${looks} ${looks === 1 ? "other was" : "others were"} compared.${times}`;
  return {
    value,
    expected: predicted,
    pValue,
    n: units,
    evidence,
    reason: null,
    isLarge: value - predicted >= LARGE * (1 - predicted),
    other,
  };
}

/** May this work be a copy of the other: was it done no earlier, as far as is known? */
const mayFollow = ({ createdAt }: WorkTable, work: number, other: number): boolean =>
  !(createdAt[work]! < createdAt[other]!);

/** The works of a labeler in blocks of three or more, each with that of the other, which was done no later. */
function* sharedWorks(table: WorkTable, labeler: number, other: number): Generator<[number, number]> {
  const { firstBy, workBy, blockOf, firstWork, workAt, labelerOf } = table;
  for (const work of workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)) {
    const block = blockOf[work]!;
    const members = workAt.subarray(firstWork[block]!, firstWork[block + 1]!);
    const theirs = members.length < 3 ? undefined : members.find((member) => labelerOf[member] === other);
    if (theirs !== undefined && mayFollow(table, work, theirs)) {
      yield [work, theirs];
    }
  }
}

/** For each labeler, by the other one: what is shared, and what two labelers drawn from each block would agree on. */
function* countFollowers(table: WorkTable): TimeSlices<Map<number, Follower>[]> {
  const { judgments, blocks, firstWork, workAt, labelerOf, createdAt, firstValue } = table;
  const followers = Array.from({ length: judgments.labelers }, () => new Map<number, Follower>());
  let sincePause = 0;
  for (let block = 0; block < blocks; block++) {
    const members = workAt.subarray(firstWork[block]!, firstWork[block + 1]!);
    const m = members.length;
    if (m < 3) {
      continue;
    }
    const agreement = agreements(table, members);
    let [sum, squares] = [0, 0];
    for (let a = 0; a < m; a++) {
      for (let b = 0; b < a; b++) {
        sum += agreement[a * m + b]!;
        squares += agreement[a * m + b]! ** 2;
      }
    }
    const mean = sum / ((m * (m - 1)) / 2);
    const variance = squares / ((m * (m - 1)) / 2) - mean * mean;
    for (let a = 0; a < m; a++) {
      for (let b = 0; b < m; b++) {
        const [own, other] = [members[a]!, members[b]!];
        if (a === b || !mayFollow(table, own, other)) {
          continue;
        }
        const ofOwn = followers[labelerOf[own]!]!;
        const follower = ofOwn.get(labelerOf[other]!) ?? {
          other: labelerOf[other]!,
          units: 0,
          works: 0,
          agreed: 0,
          expected: 0,
          variance: 0,
          untimed: 0,
        };
        ofOwn.set(labelerOf[other]!, follower);
        follower.units += firstValue[own + 1]! - firstValue[own]!;
        follower.works++;
        follower.agreed += agreement[a * m + b]!;
        follower.expected += mean;
        follower.variance += Math.max(0, variance);
        follower.untimed += Number.isNaN(createdAt[own]! + createdAt[other]!) ? 1 : 0;
      }
    }
    sincePause += m * m * (50 + firstValue[members[0]! + 1]! - firstValue[members[0]!]!);
    if (sincePause >= OPERATIONS_PER_SLICE / 4) {
      sincePause = 0;
      yield;
    }
  }
  return followers;
}
