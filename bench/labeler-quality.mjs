/**
 * How often does a signal flag an honest labeler, and how often one who does not work honestly? Simulates labelers, looks at each with
 * every signal, and counts. The tables in docs/labeler-quality.md are made by it.
 *
 *   npm run build && node bench/labeler-quality.mjs [data sets a scenario, default: 1,000 honest labelers] [seed, default 1] [scenarios, comma-separated]
 *   npm run bench -- labeler-quality      the first scenario and the time of a crowd as large as UKPConvArg's, as rows
 *
 * A prompt has K completions of normal quality; a labeler sees each with normal noise, which differs between prompts (how hard they are)
 * and labelers (how able they are), and ranks what they see in bins, so that near ones tie. Durations are log-normal with a pace of each
 * labeler; completions are shown at random. A planted labeler is honest but for one thing. Prints Markdown: the share of honest labelers
 * flagged by each signal, then the share of planted ones that their signal finds, and in brackets that of honest ones it flags beside them.
 */
import { fileURLToPath } from "node:url";
import { runSteps } from "../dist/agreement/judgments/time-slices.js";
import { qualityReport } from "../dist/agreement/quality/quality-report.js";
import { WorkLog } from "../dist/agreement/quality/work-log.js";
import { createRandom } from "../dist/random.js";
import { LABELER_SIGNALS } from "../dist/vocabulary.js";
import { duration, short, timed } from "./support/figures.mjs";

/** A standard normal number: Box and Muller's method. */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random.nextUnit())) * Math.cos(2 * Math.PI * random.nextUnit());

function shuffled(items, random) {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** Sizes and mixes; ability and pace are standard deviations of logarithms between labelers, hard of one between prompts. */
const plain = {
  labelers: 20,
  prompts: 200,
  each: 5,
  completions: 4,
  noise: 0.7,
  bin: 0.6,
  ability: 0.2,
  hard: 0.3,
  pace: 0.4,
};
const scenarios = {
  plain,
  few: { ...plain, labelers: 5, prompts: 60, each: 3 },
  "four judge all": { ...plain, labelers: 4, prompts: 100, each: 4 },
  "crowd of pairs": { ...plain, labelers: 200, prompts: 900, each: 5, completions: 2 },
  many: { ...plain, labelers: 40, prompts: 1000, each: 5 },
  "able and unable": { ...plain, ability: 0.5, hard: 0.6, pace: 0.8 },
  "no ties": { ...plain, bin: 1e-9 },
  "half ties": { ...plain, bin: 2 },
  "own taste for ties": { ...plain, taste: 0.5 },
};

/** The tiers of what is seen: bins from the best down. [k] */
function tiersOf(seen, bin) {
  const bins = seen.map((value) => Math.round(value / bin));
  const levels = [...new Set(bins)].sort((a, b) => b - a);
  return bins.map((value) => 1 + levels.indexOf(value));
}

/** What a planted labeler, number 0, does. */
const plants = {
  CONSENSUS: "answers at random in 40 % of the works",
  DRIFT: "answers at random from the middle on",
  COPYING: "copies another one in 60 % of the works they share",
  SPEED: "takes a tenth of the time in half of the works",
  POSITION_BIAS: "puts the one shown first into the best tier in 25 % of the works",
  STRAIGHT_LINING: "answers in the order of display in 20 % of the works",
};

/** The judgments of a simulated world. */
function judged(random, world, plant) {
  const { labelers, prompts, each, completions, noise, bin, ability, hard, pace, taste = 0 } = world;
  const people = Array.from({ length: labelers }, () => ({
    noise: noise * Math.exp(ability * normal(random)),
    pace: Math.exp(pace * normal(random)),
    bin: bin * Math.exp(taste * normal(random)),
  }));
  const log = new WorkLog(3, true);
  const positions = Array.from({ length: completions }, (_, i) => i);
  for (let p = 0; p < prompts; p++) {
    const quality = positions.map(() => normal(random));
    const harder = Math.exp(hard * normal(random));
    const length = 60_000 * Math.exp(0.5 * normal(random));
    // A planted labeler and the one copied share more prompts than others do.
    const crew = shuffled(
      Array.from({ length: labelers }, (_, i) => i),
      random,
    ).slice(0, each);
    if (plant === "COPYING" && crew.includes(0) && !crew.includes(1)) crew[crew.findIndex((l) => l !== 0)] = 1;
    const tiersBy = new Map();
    const rankings = [];
    for (const labeler of crew.sort((a, b) => b - a)) {
      const person = people[labeler];
      const shown = shuffled(positions, random);
      let tiers = tiersOf(
        quality.map((q) => q + person.noise * harder * normal(random)),
        person.bin,
      );
      let durationMs = Math.round(length * person.pace * Math.exp(0.5 * normal(random)));
      if (labeler === 0 && plant !== undefined) {
        const atRandom = () =>
          tiersOf(
            positions.map(() => normal(random)),
            bin,
          );
        const chance = random.nextUnit();
        if (plant === "CONSENSUS" && chance < 0.4) tiers = atRandom();
        if (plant === "DRIFT" && p >= prompts / 2) tiers = atRandom();
        if (plant === "COPYING" && chance < 0.6 && tiersBy.has(1)) tiers = tiersBy.get(1);
        if (plant === "SPEED" && chance < 0.5) durationMs = Math.round(durationMs / 10);
        if (plant === "POSITION_BIAS" && chance < 0.25) {
          tiers = tiers.map((tier) => tier + 1);
          tiers[shown[0]] = 1;
        }
        if (plant === "STRAIGHT_LINING" && chance < 0.2) tiers = tiers.map((_, i) => 1 + shown.indexOf(i));
      }
      tiersBy.set(labeler, tiers);
      rankings.push({
        labelerId: `l${labeler}`,
        positions,
        tiers,
        createdAt: 1_700_000_000_000 + 3_600_000 * p + 60_000 * (labelers - labeler),
        ordinal: labeler,
        isTimeKnown: true,
        durationMs,
        displayOrder: shown,
      });
    }
    runSteps(log.addRankings(`p${p}`, rankings));
  }
  return log;
}

const OPTIONS = { categories: [">", "=", "<"], oriented: true, resamples: 200, seed: 0 };
const simulate = (random, world, plant) => runSteps(qualityReport(judged(random, world, plant), OPTIONS));

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Of honest labelers only: how many of those that each signal can look at it flags. */
function falseAlarms(world, times, seed) {
  const random = createRandom(seed);
  const flags = Object.fromEntries(LABELER_SIGNALS.map((signal) => [signal, { flagged: 0, looked: 0 }]));
  for (let i = 0; i < times; i++) {
    for (const { signals } of simulate(random, world).byLabeler) {
      for (const { signal, pValue, flagged } of signals) {
        if (pValue === null) continue;
        flags[signal].looked++;
        flags[signal].flagged += flagged ? 1 : 0;
      }
    }
  }
  return LABELER_SIGNALS.map((signal) => flags[signal]);
}

/** With one planted labeler: the share of data sets in which the signal finds it, and of honest labelers that it flags beside. */
function power(world, signal, times, seed) {
  const random = createRandom(seed);
  let [found, others, honest] = [0, 0, 0];
  for (let i = 0; i < times; i++) {
    for (const { labelerId, signals } of simulate(random, world, signal).byLabeler) {
      const { flagged } = signals.find((candidate) => candidate.signal === signal);
      if (labelerId === "l0") found += flagged ? 1 : 0;
      else {
        others += flagged ? 1 : 0;
        honest++;
      }
    }
  }
  return { found: found / times, beside: others / honest };
}

const PLANTED = 50;

function printTables(dataSets, seed, names) {
  console.log(`| scenario | honest labelers | ${LABELER_SIGNALS.join(" | ")} |`);
  console.log(`| --- | --- | ${LABELER_SIGNALS.map(() => "---").join(" | ")} |`);
  for (const name of names) {
    const world = scenarios[name];
    const times = dataSets ?? Math.ceil(1000 / world.labelers);
    const cells = falseAlarms(world, times, seed).map(({ flagged, looked }) =>
      looked === 0 ? "–" : percent(flagged / looked),
    );
    console.log(`| ${name} | ${times * world.labelers} | ${cells.join(" | ")} |`);
  }
  console.log(`\n| planted | ${names.join(" | ")} |`);
  console.log(`| --- | ${names.map(() => "---").join(" | ")} |`);
  for (const signal of LABELER_SIGNALS) {
    const cells = names.map((name) => {
      const { found, beside } = power(scenarios[name], signal, Math.min(dataSets ?? PLANTED, PLANTED), seed + 1);
      return `${percent(found)} (${percent(beside)})`;
    });
    console.log(`| ${signal}: ${plants[signal]} | ${cells.join(" | ")} |`);
  }
}

export async function run(results) {
  const alarms = falseAlarms(plain, 50, 1).map(({ flagged, looked }) => flagged / looked);
  const rates = LABELER_SIGNALS.map((signal, i) => `${signal} ${percent(alarms[i])}`);
  results.add({
    what: "Honest labelers flagged by a signal, the most of six signals, 1,000 labelers",
    command: "labeler-quality",
    figure: percent(Math.max(...alarms)),
    // Two standard errors of 1 % of 1,000 are 0.6 %.
    ratio: `at most 1.6 % (1 % and two standard errors): ${rates.join(", ")}`,
    holds: Math.max(...alarms) <= 0.016,
  });
  const crowd = { ...plain, labelers: 3800, prompts: 16_900, each: 5, completions: 2 };
  const log = judged(createRandom(1), crowd);
  const { ms, value } = await timed(() => runSteps(qualityReport(log, OPTIONS)));
  results.add({
    what: `Labeler quality of ${short(value.works)} rankings by ${short(value.labelers)} labelers: six signals, two models`,
    command: "labeler-quality",
    figure: duration(ms),
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , dataSets = "-", seed = "1", chosen] = process.argv;
  const names = chosen?.split(",") ?? Object.keys(scenarios);
  const unknown = names.filter((name) => !(name in scenarios));
  if (unknown.length > 0) {
    console.error(`There is no scenario ${unknown.join(", ")}; there are ${Object.keys(scenarios).join(", ")}.`);
    process.exit(2);
  }
  printTables(dataSets === "-" ? null : Number(dataSets), Number(seed), names);
}
