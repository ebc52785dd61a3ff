import type { JudgmentTable } from "./judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "./time-slices.js";

const UNITS_PER_SLICE = OPERATIONS_PER_SLICE / 10;
/** Each round tells apart what differs one step further away; two names apart nearly always differ after two. */
const ROUNDS = 2;

/**
 * The same judgments with labelers, prompts and clusters numbered by what was said and not by who came first or is called what,
 * so that the same data in another order, or under other ids, gives the same resamples.
 *
 * The numbers come from colour refinement: a cluster's first colour is a hash of the histograms of its units; a labeler's is one
 * of the values they gave and the colours of the clusters they gave them in; then clusters take in the colours of their
 * labelers, and so on. What still has equal colours (two clusters, each judged by labelers of its own who said the same) is told
 * apart by nothing, and feed order decides. Units with two values or more decide first, so that the order of those is the same
 * whether or not there are others.
 *
 * @param oriented colours are the same whichever completion of a pair stands first.
 * @returns also labelerAt[i], the former number of the labeler that is now i.
 * Source: Weisfeiler and Leman 1968, "The reduction of a graph to canonical form and the algebra which appears therein".
 */
export function* canonicalJudgments(
  table: JudgmentTable,
  oriented: boolean,
): TimeSlices<{ table: JudgmentTable; labelerAt: Int32Array }> {
  const high = yield* refine(table, 2, oriented, 0x9747b28c);
  const low = yield* refine(table, 1, oriented, 0x1b873593);
  const labelerAt = ascending(high.labelers, low.labelers);
  const clusterAt = ascending(high.clusters, low.clusters);
  yield;
  return { table: yield* reordered(table, inverse(labelerAt), inverse(clusterAt)), labelerAt };
}

/** The colours of labelers and clusters by units of `fewest` or more values; sums are modulo 2³², so no order shows in them. */
function* refine(
  table: JudgmentTable,
  fewest: number,
  oriented: boolean,
  seed: number,
): TimeSlices<{ labelers: Int32Array; clusters: Int32Array }> {
  const { q, units, firstJudgment, clusterOf, labelerOf, categoryOf } = table;
  let labelers = new Int32Array(table.labelers);
  let clusters = new Int32Array(table.clusters);
  const counts = new Int32Array(q);
  const sides = new Int32Array(q);
  for (let round = 0; round <= ROUNDS; round++) {
    const nextClusters = new Int32Array(table.clusters);
    const nextLabelers = new Int32Array(table.labelers);
    for (let unit = 0; unit < units; unit++) {
      if (unit % UNITS_PER_SLICE === UNITS_PER_SLICE - 1) {
        yield;
      }
      const [from, to] = [firstJudgment[unit]!, firstJudgment[unit + 1]!];
      if (to - from < fewest) {
        continue;
      }
      counts.fill(0);
      for (let i = from; i < to; i++) {
        counts[categoryOf[i]!]!++;
      }
      coloursOfValues(sides, counts, oriented, seed);
      const cluster = clusterOf[unit]!;
      let colour = 0;
      for (let i = from; i < to; i++) {
        const labeler = labelerOf[i]!;
        colour = (colour + mix(sides[categoryOf[i]!]! ^ mix(labelers[labeler]! ^ seed))) | 0;
        nextLabelers[labeler] = (nextLabelers[labeler]! + mix(sides[categoryOf[i]!]! + clusters[cluster]!)) | 0;
      }
      nextClusters[cluster] = (nextClusters[cluster]! + mix(colour ^ seed)) | 0;
    }
    [labelers, clusters] = [nextLabelers, nextClusters];
  }
  return { labelers, clusters };
}

/** The colour of each value in a unit with these counts; where oriented the same for the unit seen from its other side. [q] */
function coloursOfValues(colours: Int32Array, counts: Int32Array, oriented: boolean, seed: number): void {
  const q = counts.length;
  let [forwards, backwards] = [seed, seed];
  for (let c = 0; c < q; c++) {
    forwards = mix(Math.imul(forwards, 31) + counts[c]!);
    backwards = mix(Math.imul(backwards, 31) + counts[q - 1 - c]!);
  }
  for (let c = 0; c < q; c++) {
    const here = mix(forwards + Math.imul(c + 1, 0x2c1b3c6d));
    const there = mix(backwards + Math.imul(q - c, 0x2c1b3c6d));
    colours[c] = oriented ? mix((here + there) | 0) : here;
  }
}

/** MurmurHash3's finisher: every bit of the word depends on every bit of the argument. */
function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The indices in the order of their two keys; equal keys keep their order. */
function ascending(high: Int32Array, low: Int32Array): Int32Array {
  const keys = Float64Array.from(high, (word, i) => (word >>> 0) + (low[i]! >>> 11) / 2 ** 21);
  return Int32Array.from(Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b));
}

function inverse(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((item, place) => {
    places[item] = place;
  });
  return places;
}

/** The table with its units moved so that clusters, and prompts within them, stand together. */
function* reordered(
  table: JudgmentTable,
  labelerPlace: Int32Array,
  clusterPlace: Int32Array,
): TimeSlices<JudgmentTable> {
  const { units, firstJudgment, promptOf, clusterOf, labelerOf, categoryOf } = table;
  // Counting sort by cluster; units of a prompt were fed together and stay so.
  const next = new Int32Array(table.clusters + 1);
  for (let unit = 0; unit < units; unit++) {
    next[clusterPlace[clusterOf[unit]!]! + 1]!++;
  }
  for (let cluster = 0; cluster < table.clusters; cluster++) {
    next[cluster + 1]! += next[cluster]!;
  }
  const unitAt = new Int32Array(units);
  for (let unit = 0; unit < units; unit++) {
    unitAt[next[clusterPlace[clusterOf[unit]!]!]!++] = unit;
  }
  yield;
  const moved = {
    firstJudgment: new Int32Array(units + 1),
    promptOf: new Int32Array(units),
    clusterOf: new Int32Array(units),
    labelerOf: new Int32Array(labelerOf.length),
    categoryOf: new Uint8Array(categoryOf.length),
  };
  let judgments = 0;
  let prompts = 0;
  for (let place = 0; place < units; place++) {
    const unit = unitAt[place]!;
    if (place > 0 && promptOf[unit] !== promptOf[unitAt[place - 1]!]) {
      prompts++;
    }
    moved.promptOf[place] = prompts;
    moved.clusterOf[place] = clusterPlace[clusterOf[unit]!]!;
    for (let i = firstJudgment[unit]!; i < firstJudgment[unit + 1]!; i++) {
      moved.labelerOf[judgments] = labelerPlace[labelerOf[i]!]!;
      moved.categoryOf[judgments++] = categoryOf[i]!;
    }
    moved.firstJudgment[place + 1] = judgments;
    if (place % UNITS_PER_SLICE === UNITS_PER_SLICE - 1) {
      yield;
    }
  }
  return { ...table, ...moved };
}
