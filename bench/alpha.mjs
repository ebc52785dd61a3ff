/**
 * Krippendorff's alpha with 1,000 resamples on a million synthetic judgments (100,000 units, 200 labelers), against numpy with
 * the same algorithm and against counting the judgments anew for each resample; then how the cost grows.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { addCoincidences } from "../dist/agreement/coefficients/coincidences.js";
import { krippendorffAlpha } from "../dist/agreement/coefficients/krippendorff-alpha.js";
import { bootstrapReplicates } from "../dist/agreement/intervals/bootstrap.js";
import { canonicalClusters } from "../dist/agreement/intervals/clusters.js";
import { GrowableRows } from "../dist/agreement/judgments/growable-rows.js";
import { runSteps } from "../dist/agreement/judgments/time-slices.js";
import { AgreementAccumulator } from "../dist/agreement/report/accumulator.js";
import { createRandom } from "../dist/random.js";
import { duration, median, mustBe, short, timed } from "./support/figures.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const PYTHON = "/usr/bin/python3";
const NUMPY = fileURLToPath(new URL("rivals/numpy-alpha.py", import.meta.url));
const LABELERS = 200;
const PER_UNIT = 10;
const RESAMPLES = 1000;
const ROUNDS = 3;
const NAIVE_RESAMPLES = 3;
const [AT_LEAST_NUMPY, AT_LEAST_NAIVE] = [1, 50];

/** Units of 10 of 200 labelers who give a label that is true in a third of the units, and err in a tenth of the cases. */
function* syntheticUnits(units) {
  const random = createRandom(1);
  for (let unit = 0; unit < units; unit++) {
    const truth = random.nextBelow(3) === 0 ? 1 : 0;
    const first = random.nextBelow(LABELERS);
    yield Array.from({ length: PER_UNIT }, (_, i) => ({
      labeler: (first + i * 7) % LABELERS,
      value: random.nextBelow(10) === 0 ? 1 - truth : truth,
    }));
  }
}

function accumulated(units) {
  const options = { measure: "LABEL", tiePolicy: "EXACT", resamples: RESAMPLES, seed: 1 };
  const accumulator = new AgreementAccumulator({
    ...options,
    coefficients: ["KRIPPENDORFF_ALPHA"],
    byLabeler: false,
    matrix: false,
  });
  let prompt = 0;
  for (const unit of syntheticUnits(units)) {
    const ratings = unit.map(({ labeler, value }, ordinal) => ({
      labelerId: `w${labeler}`,
      position: 0,
      value,
      createdAt: 0,
      ordinal,
    }));
    const id = `p${prompt++}`;
    accumulator.addRatings(id, id, ratings);
  }
  return accumulator;
}

export async function run(results) {
  const units = 100_000;
  const ours = [];
  let alpha;
  for (let round = 0; round < ROUNDS; round++) {
    const accumulator = accumulated(units);
    const { ms, value } = await timed(() => accumulator.finish());
    ours.push(ms);
    alpha = value.coefficients[0];
  }
  const sums = sumsOf(units);
  const resampling = [];
  for (let round = 0; round < ROUNDS; round++) resampling.push(resampled(sums));
  const what = `alpha, ${short(RESAMPLES)} resamples of 1,000,000 judgments of 100,000 units`;
  if (existsSync(PYTHON)) {
    const numpy = againstNumpy(units);
    mustBe("numpy's alpha to nine digits", numpy.value.toFixed(9), alpha.value.toFixed(9));
    // Two independent bootstraps of 1,000: their quantiles differ by about a twentieth of the width.
    const width = alpha.ci95.high - alpha.ci95.low;
    const apart = Math.max(Math.abs(numpy.low - alpha.ci95.low), Math.abs(numpy.high - alpha.ci95.high)) / width;
    mustBe("both intervals within a fifth of their width", apart < 0.2, true);
    const ratio = numpy.multinomialMs / median(resampling);
    results.add({
      what,
      command: "alpha",
      figure: `${duration(median(resampling))}; with Gwet's standard error and the report ${duration(median(ours))}`,
      ratio: `${short(ratio)} times as fast as numpy, which draws how often each distinct cluster occurs as we do, ${duration(numpy.multinomialMs)} (at least ${AT_LEAST_NUMPY}); numpy drawing every cluster: ${duration(numpy.drawnMs)}`,
      holds: ratio >= AT_LEAST_NUMPY,
    });
  }
  const naive = naiveResamples(units);
  const ratio = naive / (median(resampling) / RESAMPLES);
  results.add({
    what: "a resample of the same",
    command: "alpha",
    figure: duration(median(resampling) / RESAMPLES),
    ratio: `${short(ratio)} times as fast as counting its judgments anew, ${duration(naive)} (at least ${AT_LEAST_NAIVE})`,
    holds: ratio >= AT_LEAST_NAIVE,
  });
  const [few, many] = [200, 20_000].map((resamples) => mostMemory(sums, resamples));
  results.add({
    what: "most memory of 20,000 resamples of the same, beyond the sums of the clusters",
    command: "alpha",
    figure: `${short(many / 1e6)} MB`,
    ratio: `of 200 resamples ${short(few / 1e6)} MB; a replicate is a number of 8 bytes (at most 1 MB more)`,
    holds: many - few < 1e6,
  });
  for (const size of [1_000, 10_000, 1_000_000]) {
    const fed = await timed(() => accumulated(size));
    const { ms } = await timed(() => fed.value.finish());
    results.add({
      what: `alpha, ${short(RESAMPLES)} resamples of ${short(size * PER_UNIT)} judgments`,
      command: "alpha",
      figure: duration(ms),
      ratio: `after ${duration(fed.ms)} of making and counting the judgments; ${short((ms / median(ours)) * (units / size))} times the cost a judgment at 1,000,000`,
      holds: true,
    });
  }
}

/** The sums of every cluster, one unit each. */
function sumsOf(units) {
  const alpha = krippendorffAlpha({ level: "nominal", scale: [0, 1], categoryNames: ["0", "1"] });
  const rows = new GrowableRows(alpha.size);
  for (const unit of syntheticUnits(units)) {
    const sums = new Float64Array(alpha.size);
    alpha.add(sums, counted(unit));
    const row = rows.push();
    for (let column = 0; column < alpha.size; column++) rows.set(row, column, sums[column]);
  }
  return { alpha, rows };
}

/** The milliseconds from the sums of every cluster to the replicates: what numpy is timed for. */
function resampled({ alpha, rows }) {
  const begin = performance.now();
  const clusters = runSteps(canonicalClusters(rows));
  const [{ values }] = runSteps(bootstrapReplicates(clusters, [alpha], RESAMPLES, createRandom(1)));
  const ms = performance.now() - begin;
  mustBe("every resample defined", values.length, RESAMPLES);
  return ms;
}

/** The most bytes, of objects and of arrays, that stand while the resamples are drawn. */
function mostMemory({ alpha, rows }, resamples) {
  const bytes = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  collect();
  const before = bytes();
  const clusters = runSteps(canonicalClusters(rows));
  let most = 0;
  let step = 0;
  for (const _ of bootstrapReplicates(clusters, [alpha], resamples, createRandom(1))) {
    if (step++ % 20 === 0) {
      collect();
      most = Math.max(most, bytes() - before);
    }
  }
  return most;
}

/** Runs numpy on the coincidences of every cluster, one unit each. */
function againstNumpy(units) {
  const folder = mkdtempSync(path.join(tmpdir(), "accord-alpha-"));
  try {
    const rows = new Float64Array(units * 4);
    let row = 0;
    for (const unit of syntheticUnits(units)) addCoincidences(rows, 4 * row++, counted(unit));
    const file = path.join(folder, "coincidences.f64");
    writeFileSync(file, rows);
    const input = JSON.stringify({ file, clusters: units, resamples: RESAMPLES, rounds: ROUNDS, seed: 1 });
    const { stdout, status, stderr } = spawnSync(PYTHON, [NUMPY], { input: `${input}\n`, encoding: "utf8" });
    if (status !== 0) throw new Error(`numpy ended with ${status}: ${stderr.slice(-500)}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function counted(unit) {
  const counts = new Int32Array(2);
  for (const { value } of unit) counts[value]++;
  return { labelers: unit.map(({ labeler }) => labeler), values: unit.map(({ value }) => value), counts };
}

/** The milliseconds of a resample that draws units and counts their judgments again. */
function naiveResamples(units) {
  const all = [...syntheticUnits(units)];
  const random = createRandom(2);
  const alpha = krippendorffAlpha({ level: "nominal", scale: [0, 1] });
  const times = [];
  for (let resample = 0; resample < NAIVE_RESAMPLES; resample++) {
    const begin = performance.now();
    const sums = new Float64Array(alpha.size);
    for (let i = 0; i < units; i++) alpha.add(sums, counted(all[random.nextBelow(units)]));
    alpha.evaluate(sums);
    times.push(performance.now() - begin);
  }
  return median(times);
}
