/**
 * How often do the 95 % intervals of a leaderboard hold the truth? Simulates rankings of five sources and counts, for ratings
 * and for ranks, under every method. The table in docs/leaderboards.md is its output.
 *
 *   npm run build && node bench/leaderboard-coverage.mjs [data sets a row, default 500] [seed, default 1]
 *
 * A prompt has a completion of four of the five sources, drawn anew each time; three labelers rank them. A completion's quality
 * is its source's plus as much of its own, and labelers see it with noise, near ones as equal. Two sources are equally good. The
 * truth is the mean rating of very many prompts; Elo's ratings, which stay near 1000 where comparisons are few, have one for each
 * number of prompts: their mean over 500 data sets.
 */
import { LeaderboardAccumulator } from "../dist/agreement/leaderboard/leaderboard.js";
import { createRandom } from "../dist/random.js";

const dataSets = Number(process.argv[2] ?? 500);
const seed = Number(process.argv[3] ?? 1);
const RESAMPLES = 1000;
const ELO_SETS = 500;
const QUALITY = { a: 0.8, b: 0.3, c: 0, d: 0, e: -0.7 };
const SOURCES = Object.keys(QUALITY);
/** 1 + the sources that are better; equal ones share the rank. */
const TRUE_RANK = { a: 1, b: 2, c: 3, d: 3, e: 5 };
const METHODS = ["BRADLEY_TERRY", "DAVIDSON", "ELO", "WIN_RATE"];

/** A standard normal number: Box and Muller's method. */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random.nextUnit())) * Math.cos(2 * Math.PI * random.nextUnit());

/** A prompt's completions and what three labelers said of them. */
function makePrompt(random) {
  const left = random.nextBelow(SOURCES.length);
  const sources = SOURCES.filter((_, i) => i !== left);
  const quality = sources.map((source) => QUALITY[source] + normal(random));
  const rankings = [0, 1, 2].map((labeler) => {
    const seen = quality.map((q) => Math.round((q + 0.7 * normal(random)) / 0.6));
    const levels = [...new Set(seen)].sort((a, b) => b - a);
    const tiers = seen.map((level) => 1 + levels.indexOf(level));
    return { labelerId: `w${labeler}`, positions: [0, 1, 2, 3], tiers, createdAt: 0, ordinal: labeler };
  });
  return { completions: sources.map((source) => ({ source, length: 1 })), rankings };
}

/** The entries of a leaderboard of prompts, by source. */
function leaderboard(method, prompts, resamples, seedOfResamples) {
  const accumulator = new LeaderboardAccumulator({ method, resamples, seed: seedOfResamples });
  prompts.forEach(({ completions, rankings }, i) => {
    accumulator.addPrompt(`p${i}`, completions, rankings);
  });
  return new Map(accumulator.finish().entries.map((entry) => [entry.source, entry]));
}

const many = (size, random) => Array.from({ length: size }, () => makePrompt(random));

/** The ratings that estimates of a method from so many prompts are about, by source. */
function truthOf(method, size, random) {
  if (method !== "ELO") return new Map([...large[method]].map(([source, { rating }]) => [source, rating]));
  const sums = new Map(SOURCES.map((source) => [source, 0]));
  for (let set = 0; set < ELO_SETS; set++) {
    for (const [source, { rating }] of leaderboard("ELO", many(size, random), 200, 1)) {
      sums.set(source, sums.get(source) + rating / ELO_SETS);
    }
  }
  return sums;
}

const random = createRandom(seed);
const ofTruth = many(100_000, random);
const large = Object.fromEntries(METHODS.map((method) => [method, leaderboard(method, ofTruth, 200, 1)]));
console.log(
  `95 % intervals of ${dataSets} leaderboards a row, ${RESAMPLES} resamples, seed ${seed}: share that holds the truth\n`,
);
console.log("| method | prompts | rating, lowest to highest source | rank | no interval |\n|---|---|---|---|---|");
for (const method of METHODS) {
  for (const size of [8, 16, 32, 64, 128, 500]) {
    const truth = truthOf(method, size, random);
    const tally = new Map(SOURCES.map((source) => [source, { drawn: 0, rating: 0, rank: 0 }]));
    for (let set = 0; set < dataSets; set++) {
      const entries = leaderboard(method, many(size, random), RESAMPLES, random.nextUint32() | 0);
      for (const source of SOURCES) {
        const { ci95, rankCi95 } = entries.get(source) ?? { ci95: null, rankCi95: null };
        if (ci95 === null || rankCi95 === null) continue;
        const row = tally.get(source);
        const [theta, rank] = [truth.get(source), TRUE_RANK[source]];
        row.drawn++;
        row.rating += ci95.low <= theta && theta <= ci95.high ? 1 : 0;
        row.rank += rankCi95.low <= rank && rank <= rankCi95.high ? 1 : 0;
      }
    }
    const rows = [...tally.values()];
    const share = (what) => rows.map((row) => row[what] / row.drawn);
    const range = (shares) => `${Math.min(...shares).toFixed(3)}–${Math.max(...shares).toFixed(3)}`;
    const none = Math.max(...rows.map(({ drawn }) => dataSets - drawn));
    console.log(`| ${method} | ${size} | ${range(share("rating"))} | ${range(share("rank"))} | ${none} |`);
  }
}
