/**
 * Bradley–Terry of 200 sources and a million comparisons against scipy on the same counts, and a whole leaderboard of them with
 * 1,000 resamples.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bradleyTerry } from "../dist/agreement/leaderboard/bradley-terry.js";
import { LeaderboardAccumulator } from "../dist/agreement/leaderboard/leaderboard.js";
import { countsOfTable } from "../dist/agreement/leaderboard/pair-counts.js";
import { createRandom } from "../dist/random.js";
import { duration, median, mustBe, short, timed } from "./support/figures.mjs";

const PYTHON = "/usr/bin/python3";
const SCIPY = fileURLToPath(new URL("rivals/scipy-bradley-terry.py", import.meta.url));
const SOURCES = 200;
const COMPARISONS = 1_000_000;
/** Of one prompt: ten labelers on each of ten pairs of its completions. */
const PER_PROMPT = 100;
const RESAMPLES = 1000;
const ROUNDS = 5;

/** Comparisons of two of 200 sources whose strengths go in equal steps from −1 to 1: [winner, loser]. */
function* comparisons() {
  const random = createRandom(3);
  const strength = (source) => (2 * source) / (SOURCES - 1) - 1;
  for (let i = 0; i < COMPARISONS; i++) {
    const a = random.nextBelow(SOURCES);
    const b = (a + 1 + random.nextBelow(SOURCES - 1)) % SOURCES;
    const first = random.nextUnit() < 1 / (1 + Math.exp(strength(b) - strength(a)));
    yield first ? [a, b] : [b, a];
  }
}

export async function run(results) {
  const wins = Array.from({ length: SOURCES }, () => new Array(SOURCES).fill(0));
  for (const [winner, loser] of comparisons()) wins[winner][loser]++;
  const counts = countsOfTable(wins);
  const names = Array.from({ length: SOURCES }, (_, i) => `source ${i}`);
  const times = [];
  let ratings;
  for (let round = 0; round < ROUNDS; round++) {
    const { ms, value } = await timed(() => bradleyTerry(counts, names));
    times.push(ms);
    ratings = value.values;
  }
  const what = `Bradley–Terry of ${SOURCES} sources and ${short(COMPARISONS)} comparisons`;
  if (existsSync(PYTHON)) {
    const scipy = againstScipy(wins);
    const apart = Math.max(...ratings.map((rating, i) => Math.abs(rating - scipy.theta[i])));
    mustBe("all ratings within 1e-6 of scipy's", apart < 1e-6, true);
    const best = Math.min(scipy.trustMs, scipy.lbfgsMs);
    results.add({
      what,
      command: "leaderboard",
      figure: duration(median(times)),
      ratio: `${short(best / median(times))} times as fast as scipy on the same counts, by a trust region ${duration(scipy.trustMs)}, by L-BFGS ${duration(scipy.lbfgsMs)}`,
      holds: true,
    });
  }
  const fed = await timed(accumulated);
  const { ms, value } = await timed(() => fed.value.finish());
  mustBe("the comparisons of the leaderboard", value.comparisons, COMPARISONS);
  const off = Math.max(...value.entries.map(({ source, rating }) => Math.abs(rating - ratings[names.indexOf(source)])));
  mustBe("the leaderboard's ratings are those of the fit", off < 1e-9, true);
  results.add({
    what: `the leaderboard of the same, ${short(RESAMPLES)} resamples of ${short(COMPARISONS / PER_PROMPT)} prompts`,
    command: "leaderboard",
    figure: duration(ms),
    ratio: `after ${duration(fed.ms)} of making and counting the comparisons; ${short(ms / RESAMPLES / median(times))} fits a resample, counting included`,
    holds: true,
  });
}

/** Ten completions a prompt, two by two, each pair judged by ten labelers. */
function accumulated() {
  const accumulator = new LeaderboardAccumulator({ method: "BRADLEY_TERRY", resamples: RESAMPLES, seed: 1 });
  let [prompt, completions, rankings] = [0, [], []];
  for (const [winner, loser] of comparisons()) {
    const position = completions.length;
    completions.push({ source: `source ${winner}`, length: 10 }, { source: `source ${loser}`, length: 10 });
    rankings.push({
      labelerId: `w${rankings.length % 10}`,
      positions: [position, position + 1],
      tiers: [1, 2],
      createdAt: 0,
      ordinal: rankings.length,
    });
    if (rankings.length === PER_PROMPT) {
      accumulator.addPrompt(`p${prompt++}`, completions, rankings);
      [completions, rankings] = [[], []];
    }
  }
  return accumulator;
}

/** Runs scipy on the table of wins. */
function againstScipy(wins) {
  const folder = mkdtempSync(path.join(tmpdir(), "accord-ratings-"));
  try {
    const file = path.join(folder, "wins.f64");
    writeFileSync(file, Float64Array.from(wins.flat()));
    const input = JSON.stringify({ file, sources: SOURCES, rounds: ROUNDS });
    const { stdout, status, stderr } = spawnSync(PYTHON, [SCIPY], { input: `${input}\n`, encoding: "utf8" });
    if (status !== 0) throw new Error(`scipy ended with ${status}: ${stderr.slice(-500)}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
