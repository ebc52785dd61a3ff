/**
 * How often does a 95 % interval of agreement hold the truth? Simulates labelers, takes the interval of every method on each
 * data set, and counts. The choice in src/agreement/intervals/interval.ts rests on this table.
 *
 *   npm run build && node bench/agreement-coverage.mjs [data sets a row, default 2000] [seed, default 1] [worlds, comma-separated]
 *
 * Four worlds: PROMPT, 4 completions of a prompt ranked with ties by 3 labelers; ALIKE, the same with labelers who nearly always
 * agree; AUTHOR, a cluster is an author with 1 to 8 such prompts and a difficulty of their own; OVERALL, 4 completions of a
 * prompt rated 1–7 by 3 labelers. The truth is the coefficient of 400,000 clusters of the same world. Prints Markdown: coverage,
 * and mean width in brackets; "none" is how often each method had no interval.
 *
 * Two further worlds, HABITS and SCORES, are for coefficients that depend on who said what or look at whole prompts (Cohen,
 * Conger, rank coefficients): whole reports of 3 labelers with habits of their own, 4 completions a prompt, ranked or rated 1–7,
 * and the interval that a report has. The truth is that of 100,000 prompts. Both run only where they are named.
 */

import { coefficientsOf } from "../dist/agreement/coefficients/coefficients.js";
import { bootstrapReplicates, quantile } from "../dist/agreement/intervals/bootstrap.js";
import { canonicalClusters } from "../dist/agreement/intervals/clusters.js";
import { jackknifeInterval, jackknifeStandardError, leaveOneOut } from "../dist/agreement/intervals/jackknife.js";
import { studentTQuantile } from "../dist/agreement/intervals/student-t.js";
import { GrowableRows } from "../dist/agreement/judgments/growable-rows.js";
import { runSteps } from "../dist/agreement/judgments/time-slices.js";
import { AgreementAccumulator } from "../dist/agreement/report/accumulator.js";
import { createRandom } from "../dist/random.js";

const dataSets = Number(process.argv[2] ?? 2000);
const seed = Number(process.argv[3] ?? 1);
const chosen = process.argv[4]?.split(",");
const resamples = 1000;
const truthClusters = 400_000;

/** A standard normal number: Box and Muller's method. */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random.nextUnit())) * Math.cos(2 * Math.PI * random.nextUnit());

/** Adds a unit of three values to the vectors of the coefficients. */
function addUnit(coefficients, vectors, values, counts) {
  counts.fill(0);
  for (const value of values) counts[value]++;
  coefficients.forEach((coefficient, i) => {
    coefficient.add(vectors[i], { labelers: [0, 1, 2], values, counts });
  });
}

/** A prompt's 4 completions in the eyes of 3 labelers: quality + noise, rounded to bins so that near ones tie. */
function rankPrompt(random, noise, visit) {
  const quality = Array.from({ length: 4 }, () => normal(random));
  const seen = [0, 1, 2].map(() => quality.map((q) => Math.round((q + noise * normal(random)) / 0.6)));
  for (let i = 0; i < 4; i++) {
    for (let j = i + 1; j < 4; j++) {
      visit(seen.map((bins) => 1 + Math.sign(bins[j] - bins[i])));
    }
  }
}

const worlds = {
  PROMPT: { measure: "RANKING", cluster: (random, visit) => rankPrompt(random, 0.7, visit) },
  ALIKE: { measure: "RANKING", cluster: (random, visit) => rankPrompt(random, 0.05, visit) },
  AUTHOR: {
    measure: "RANKING",
    cluster: (random, visit) => {
      const noise = 0.7 * Math.exp(0.5 * normal(random));
      const prompts = 1 + random.nextBelow(8);
      for (let i = 0; i < prompts; i++) rankPrompt(random, noise, visit);
    },
  },
  OVERALL: {
    measure: "OVERALL",
    cluster: (random, visit) => {
      const level = 4.5 + normal(random);
      for (let i = 0; i < 4; i++) {
        const quality = level + normal(random);
        visit([0, 1, 2].map(() => Math.min(7, Math.max(1, Math.round(quality + normal(random)))) - 1));
      }
    },
  },
};

/** P(Z ≤ z) to 1e-7: Abramowitz and Stegun 1964, 26.2.17. */
function normalCdf(z) {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? 1 - tail : tail;
}

function normalQuantile(p) {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Efron's BCa interval (Efron and Tibshirani 1993, section 14.3); null where it cannot be computed. */
function bca(values, estimate, clusters, coefficient) {
  if (clusters.count > 100) return null; // Takes clusters², and percentile is as good there.
  const left = leaveOneOut(clusters, coefficient);
  if (left === null) return null;
  let below = 0;
  for (const value of values) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  if (below === 0 || below === values.length) return null;
  const z0 = normalQuantile(below / values.length);
  const n = clusters.count;
  const mean = left.values.reduce((sum, value, i) => sum + (value * left.counts[i]) / n, 0);
  let [cubes, squares] = [0, 0];
  left.values.forEach((value, i) => {
    cubes += left.counts[i] * (mean - value) ** 3;
    squares += left.counts[i] * (mean - value) ** 2;
  });
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const level = (z) => normalCdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z)));
  return [quantile(values, level(-1.959964)), quantile(values, level(1.959964))];
}

const methods = {
  percentile: (values) => [quantile(values, 0.025), quantile(values, 0.975)],
  BCa: bca,
  "jackknife-t": (_values, estimate, clusters, coefficient) => {
    if (clusters.count > 100) return null;
    const error = jackknifeStandardError(clusters, coefficient);
    if (error === null) return null;
    const half = studentTQuantile(0.975, clusters.count - 1) * error;
    return [Math.max(coefficient.minimum, estimate - half), Math.min(coefficient.maximum, estimate + half)];
  },
  "jackknife-t of the logit": (_values, estimate, clusters, coefficient) => {
    if (clusters.count > 100) return null;
    const error = jackknifeStandardError(clusters, coefficient);
    if (error === null) return null;
    const { low, high } = jackknifeInterval(estimate, error, clusters.count, coefficient);
    return [low, high];
  },
};

/** Prompts of 4 completions: higher is better in the eyes of labeler w0, w1, w2. */
const habits = {
  // The labelers tie differently often.
  HABITS: {
    measure: "RANKING",
    names: ["COHEN_KAPPA", "CONGER_KAPPA", "KENDALL_TAU_B", "KENDALL_W", "SPEARMAN_RHO"],
    add(accumulator, id, random) {
      const quality = Array.from({ length: 4 }, () => normal(random));
      const rankings = [0.3, 0.6, 1].map((bin, labeler) => {
        const seen = quality.map((q) => Math.round((q + 0.7 * normal(random)) / bin));
        const levels = [...new Set(seen)].sort((a, b) => b - a);
        const tiers = seen.map((level) => 1 + levels.indexOf(level));
        return { labelerId: `w${labeler}`, positions: [0, 1, 2, 3], tiers, createdAt: 0, ordinal: labeler };
      });
      accumulator.addRankings(id, id, rankings);
    },
  },
  // The labelers are differently strict.
  SCORES: {
    measure: "OVERALL",
    names: ["COHEN_KAPPA", "WEIGHTED_KAPPA_QUADRATIC", "KENDALL_TAU_B", "SPEARMAN_RHO", "ICC_2_1", "ICC_3_1"],
    add(accumulator, id, random) {
      const level = 4.5 + normal(random);
      const ratings = [0, 1, 2, 3].flatMap((position) => {
        const quality = level + normal(random);
        return [-0.7, 0, 0.7].map((strict, labeler) => {
          const value = Math.min(7, Math.max(1, Math.round(quality + strict + normal(random))));
          return { labelerId: `w${labeler}`, position, value, createdAt: 0, ordinal: position };
        });
      });
      accumulator.addRatings(id, id, ratings);
    },
  },
};

/** The coefficients of a report of so many random prompts. */
function reportOfPrompts({ measure, names, add }, prompts, random, least = resamples) {
  const accumulator = new AgreementAccumulator({
    ...{ measure, tiePolicy: "EXACT", resamples: least, seed: random.nextUint32() | 0 },
    ...{ byLabeler: false, matrix: false, coefficients: names },
  });
  for (let i = 0; i < prompts; i++) add(accumulator, `p${i}`, random);
  return accumulator.finish().coefficients;
}

for (const [world, habit] of Object.entries(habits)) {
  if (!chosen?.includes(world)) continue;
  console.log(
    `95 % intervals of ${dataSets} reports, ${resamples} resamples, seed ${seed}: share that holds the truth\n`,
  );
  console.log(`| world | coefficient | clusters | coverage (mean width) | none |\n|---|---|---|---|---|`);
  const random = createRandom(seed);
  const truths = reportOfPrompts(habit, 100_000, random, 200);
  for (const size of [8, 32, 64, 128, 500]) {
    const tally = truths.map(() => ({ hits: 0, width: 0, none: 0 }));
    for (let set = 0; set < dataSets; set++) {
      reportOfPrompts(habit, size, random).forEach(({ ci95 }, k) => {
        const truth = truths[k].value;
        if (ci95 === null) tally[k].none++;
        else {
          tally[k].hits += ci95.low <= truth && truth <= ci95.high ? 1 : 0;
          tally[k].width += ci95.high - ci95.low;
        }
      });
    }
    truths.forEach(({ name, value }, k) => {
      const { hits, width, none } = tally[k];
      const drawn = dataSets - none;
      const cell = drawn === 0 ? "–" : `${(hits / drawn).toFixed(3)} (${(width / drawn).toFixed(3)})`;
      console.log(`| ${world} | ${name} ${value.toFixed(4)} | ${size} | ${cell} | ${none} |`);
    });
  }
}
if (chosen?.every((world) => world in habits)) process.exit(0);

console.log(
  `95 % intervals of ${dataSets} data sets a row, ${resamples} resamples, seed ${seed}: share that holds the truth (mean width)\n`,
);
console.log(`| world | coefficient | clusters | ${Object.keys(methods).join(" | ")} | none |`);
console.log(`|---|---|---|${"---|".repeat(Object.keys(methods).length + 1)}`);
for (const [world, { measure, cluster }] of Object.entries(worlds)) {
  if (chosen !== undefined && !chosen.includes(world)) continue;
  // Those that are sums over units: 3 labelers on every unit, so that what depends on who said what has little to add.
  const coefficients = coefficientsOf(measure, "EXACT").filter((coefficient) => "add" in coefficient);
  const random = createRandom(seed);
  const counts = new Int32Array(measure === "RANKING" ? 3 : 7);
  const population = coefficients.map(({ size }) => new Float64Array(size));
  for (let i = 0; i < truthClusters; i++)
    cluster(random, (values) => addUnit(coefficients, population, values, counts));
  const truths = coefficients.map((coefficient, i) => coefficient.evaluate(population[i]).value);
  for (const size of [8, 16, 32, 64, 100, 200, 500]) {
    const tally = coefficients.map(() =>
      Object.fromEntries(Object.keys(methods).map((name) => [name, { hits: 0, width: 0, none: 0 }])),
    );
    for (let set = 0; set < dataSets; set++) {
      const tables = coefficients.map((coefficient) => new GrowableRows(coefficient.size));
      for (let i = 0; i < size; i++) {
        const vectors = coefficients.map((coefficient) => new Float64Array(coefficient.size));
        cluster(random, (values) => addUnit(coefficients, vectors, values, counts));
        tables.forEach((table, k) => {
          table.row(table.push()).set(vectors[k]);
        });
      }
      coefficients.forEach((coefficient, k) => {
        const clusters = runSteps(canonicalClusters(tables[k]));
        const whole = new Float64Array(coefficient.size);
        for (let i = 0; i < size; i++) {
          for (let column = 0; column < whole.length; column++) whole[column] += tables[k].get(i, column);
        }
        const estimate = coefficient.evaluate(whole).value;
        const [{ values }] = runSteps(bootstrapReplicates(clusters, [coefficient], resamples, random));
        for (const [name, method] of Object.entries(methods)) {
          const interval = method(values, estimate, clusters, coefficient);
          const row = tally[k][name];
          if (interval === null) row.none++;
          else {
            row.hits += interval[0] <= truths[k] && truths[k] <= interval[1] ? 1 : 0;
            row.width += interval[1] - interval[0];
          }
        }
      });
    }
    coefficients.forEach((coefficient, k) => {
      const rows = Object.values(tally[k]);
      const cells = rows.map(({ hits, width, none }) =>
        none === dataSets
          ? "–"
          : `${(hits / (dataSets - none)).toFixed(3)} (${(width / (dataSets - none)).toFixed(3)})`,
      );
      const none = rows.map((row) => row.none).join("/");
      console.log(
        `| ${world} | ${coefficient.name} ${truths[k].toFixed(4)} | ${size} | ${cells.join(" | ")} | ${none} |`,
      );
    });
  }
}
