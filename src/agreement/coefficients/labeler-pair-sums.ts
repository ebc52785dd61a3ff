import type { Clusters } from "../intervals/clusters.js";
import { SparseRows } from "../intervals/sparse-rows.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { type LabelerPairTables, tabulateLabelerPairs } from "./labeler-pairs.js";

/** Pairs of labelers that share fewer units say too little of their marginals. */
const FEWEST_SHARED = 10;

/** The contingency tables of pairs of labelers, over all and by cluster. */
export interface PairSums {
  readonly pairs: LabelerPairTables;
  /** So many units a pair shares at least. */
  readonly minimum: number;
  /** A cluster's row has for each pair the cells of their table in which the cluster has units. */
  readonly clusters: Clusters;
  /** The units that two labelers of a pair judged. */
  readonly n: number;
}

/**
 * Tabulates the pairs of labelers that share at least 10 units, or the only pair there is, once for all coefficients that ask
 * with the same judgments. A sentence instead where there are too many.
 */
export function pairSumsOnce(): (judgments: JudgmentTable) => TimeSlices<PairSums | string> {
  let known: { judgments: JudgmentTable; sums: PairSums | string } | null = null;
  return function* (judgments) {
    if (known?.judgments !== judgments) {
      known = { judgments, sums: yield* pairSums(judgments) };
    }
    return known.sums;
  };
}

function* pairSums(judgments: JudgmentTable): TimeSlices<PairSums | string> {
  const minimum = labelersWhoShare(judgments) === 2 ? 1 : FEWEST_SHARED;
  const pairs = yield* tabulateLabelerPairs(judgments, minimum);
  return typeof pairs === "string" ? pairs : { pairs, minimum, ...(yield* byCluster(judgments, pairs)) };
}

/** How many labelers judged a unit that another judged, too. */
function labelersWhoShare({ labelers, units, firstJudgment, labelerOf }: JudgmentTable): number {
  const shares = new Uint8Array(labelers);
  for (let unit = 0; unit < units; unit++) {
    if (firstJudgment[unit + 1]! - firstJudgment[unit]! >= 2) {
      for (let i = firstJudgment[unit]!; i < firstJudgment[unit + 1]!; i++) {
        shares[labelerOf[i]!] = 1;
      }
    }
  }
  return shares.reduce((sum, share) => sum + share, 0);
}

/** Labeler numbers stay below 2²⁶, so a pair of them is one exact number. */
const PAIR_BASE = 2 ** 26;

function* byCluster(
  { q, units, clusterOf, firstJudgment, labelerOf, categoryOf, labelers }: JudgmentTable,
  pairs: LabelerPairTables,
): TimeSlices<{ clusters: Clusters; n: number }> {
  const pairOf = new Map<number, number>();
  const inAnyPair = new Uint8Array(labelers);
  for (let pair = 0; pair < pairs.length; pair++) {
    pairOf.set(pairs.first[pair]! * PAIR_BASE + pairs.second[pair]!, pair);
    inAnyPair[pairs.first[pair]!] = 1;
    inAnyPair[pairs.second[pair]!] = 1;
  }
  const rows = new SparseRows(pairs.length * q * q);
  const present: number[] = [];
  let n = 0;
  let work = 0;
  for (let unit = 0; unit < units; unit++) {
    if (unit > 0 && clusterOf[unit] !== clusterOf[unit - 1]) {
      rows.endRow();
    }
    present.length = 0;
    for (let i = firstJudgment[unit]!; i < firstJudgment[unit + 1]!; i++) {
      if (inAnyPair[labelerOf[i]!] === 1) {
        present.push(i);
      }
    }
    let entered = false;
    for (const i of present) {
      for (const j of present) {
        const pair = labelerOf[i]! < labelerOf[j]! ? pairOf.get(labelerOf[i]! * PAIR_BASE + labelerOf[j]!) : undefined;
        if (pair !== undefined) {
          rows.add((pair * q + categoryOf[i]!) * q + categoryOf[j]!, 1);
          entered = true;
        }
      }
      work += present.length;
      if (work > OPERATIONS_PER_SLICE / 10) {
        work = 0;
        yield;
      }
    }
    n += entered ? 1 : 0;
  }
  rows.endRow();
  return { clusters: rows.clusters(), n };
}
