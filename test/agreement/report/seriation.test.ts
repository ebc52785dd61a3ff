import { type Likeness, seriate } from "../../../src/agreement/report/seriation.js";
import { Random, SEED } from "../../datasets/random.js";

/** All pairs of 0 … n−1 with a value each; undefined where nothing is known of a pair. */
function pairs(count: number, value: (a: number, b: number) => number | undefined, weight = () => 1): Likeness[] {
  const found: Likeness[] = [];
  for (let b = 1; b < count; b++) {
    for (let a = 0; a < b; a++) {
      const known = value(a, b);
      if (known !== undefined) found.push({ a, b, value: known, weight: weight() });
    }
  }
  return found;
}

/** Whether the members of each group stand together. */
const contiguous = (order: readonly number[], groupOf: readonly number[]): boolean =>
  order.filter((labeler, i) => i === 0 || groupOf[labeler] !== groupOf[order[i - 1]!]).length === new Set(groupOf).size;

const sorted = (order: readonly number[]) => [...order].sort((a, b) => a - b);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

test("nobody, one and two", () => {
  expect([
    seriate(0, []),
    seriate(1, []),
    seriate(2, []),
    seriate(
      2,
      pairs(2, () => 0.5),
    ),
  ]).toEqual([[], [0], [0, 1], [0, 1]]);
});

test("four on a line stand along it: 2, 0, 3, 1 at 0, 1, 2, 3", () => {
  const place = [1, 3, 0, 2];
  expect(
    seriate(
      4,
      pairs(4, (a, b) => -Math.abs(place[a]! - place[b]!)),
    ),
  ).toEqual([1, 3, 0, 2]);
});

test("pairs of which nothing is known keep strangers apart, however badly acquaintances agree", () => {
  const groupOf = [0, 1, 0, 1, 0, 1];
  const order = seriate(
    6,
    pairs(6, (a, b) => (groupOf[a] === groupOf[b] ? -0.9 : undefined)),
  );
  expect([sorted(order), contiguous(order, groupOf)]).toEqual([numbers(6), true]);
});

test(`planted blocks become contiguous, whatever the numbers of their members (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 100; run++) {
    const groups = random.int(2, 5);
    const groupOf = random.shuffle(Array.from({ length: random.int(2 * groups, 40) }, (_, i) => i % groups));
    const likenesses = pairs(
      groupOf.length,
      (a, b) => {
        // Within a block 0.7 to 0.9, between blocks 0.4 to 0.6; a quarter of the pairs has shared too little.
        const value = (groupOf[a] === groupOf[b] ? 0.8 : 0.5) + 0.2 * (random.next() - 0.5);
        return random.chance(0.25) ? undefined : value;
      },
      () => random.int(10, 300),
    );
    // A block must hang together by known pairs, or it is no block: the first member has met all others of its block.
    const first = numbers(groups).map((group) => groupOf.indexOf(group));
    const met = new Set(likenesses.map(({ a, b }) => `${a} ${b}`));
    for (let b = 0; b < groupOf.length; b++) {
      const a = first[groupOf[b]!]!;
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      if (low !== high && !met.has(`${low} ${high}`)) likenesses.push({ a: low, b: high, value: 0.8, weight: 100 });
    }
    const order = seriate(groupOf.length, random.shuffle(likenesses));
    expect({ run, order: sorted(order), contiguous: contiguous(order, groupOf) }).toEqual({
      run,
      order: numbers(groupOf.length),
      contiguous: true,
    });
  }
});

/** Naive twin: the tree by merging sets of leaves over all their known pairs, then every order that turning its branches gives. */
function shortestByTrying(count: number, likenesses: readonly Likeness[]): number {
  const most = Math.max(...likenesses.map(({ value }) => value));
  const far = 2 * Math.max(...likenesses.map(({ value }) => most - value)) + 1;
  const known = (a: number, b: number) =>
    likenesses.find((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a));
  const distance = (a: number, b: number) => most - (known(a, b)?.value ?? most - far);
  let clusters: { orders: number[][] }[] = numbers(count).map((i) => ({ orders: [[i]] }));
  const linkage = (x: { orders: number[][] }, y: { orders: number[][] }) => {
    const met = x.orders[0]!.flatMap((a) => y.orders[0]!.map((b) => known(a, b)).filter((pair) => pair !== undefined));
    const weight = met.reduce((sum, pair) => sum + pair.weight, 0);
    return weight === 0 ? Infinity : met.reduce((sum, pair) => sum + pair.weight * (most - pair.value), 0) / weight;
  };
  while (clusters.length > 1) {
    let best = [0, 1] as [number, number];
    for (let i = 0; i < clusters.length; i++)
      for (let j = i + 1; j < clusters.length; j++)
        if (linkage(clusters[i]!, clusters[j]!) < linkage(clusters[best[0]]!, clusters[best[1]]!) - 1e-12)
          best = [i, j];
    const [x, y] = [clusters[best[0]]!, clusters[best[1]]!];
    const orders = x.orders.flatMap((one) =>
      y.orders.flatMap((other) => [
        [...one, ...other],
        [...other, ...one],
      ]),
    );
    const merged = { orders };
    clusters = clusters.map((cluster, i) => (i === best[0] ? merged : cluster)).filter((_, i) => i !== best[1]);
  }
  const length = (order: readonly number[]) =>
    order.slice(1).reduce((sum, leaf, i) => sum + distance(order[i]!, leaf), 0);
  return Math.min(...clusters[0]!.orders.map(length));
}

test(`no other order of the tree's leaves is shorter: the naive twin tries them all (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 60; run++) {
    const count = random.int(2, 7);
    const likenesses = pairs(
      count,
      () => (random.chance(0.2) ? undefined : random.next()),
      () => random.int(1, 50),
    );
    if (likenesses.length === 0) continue;
    const most = Math.max(...likenesses.map(({ value }) => value));
    const far = 2 * Math.max(...likenesses.map(({ value }) => most - value)) + 1;
    const order = seriate(count, likenesses);
    const length = order.slice(1).reduce((sum, leaf, i) => {
      const [a, b] = [Math.min(order[i]!, leaf), Math.max(order[i]!, leaf)];
      const pair = likenesses.find((one) => one.a === a && one.b === b);
      return sum + (pair ? most - pair.value : far);
    }, 0);
    expect(length).toBeCloseTo(shortestByTrying(count, likenesses), 9);
  }
});
