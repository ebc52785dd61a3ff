/** Agreement reports of real human data with 1,000 resamples, and what /healthz feels of them. */
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { withAccord } from "./support/accord.mjs";
import { duration, median, mustBe, quantile, short, timed } from "./support/figures.mjs";
import { withLoad } from "./support/load.mjs";
import { withScratch } from "./support/scratch.mjs";

const DATA = fileURLToPath(new URL("../../shared/data/", import.meta.url));
const PROBE_MS = 5;
/** How long /healthz is watched before, with nothing else to do. */
const REST_MS = 5000;
/** The 99th percentile of /healthz may take at most this many milliseconds. */
const TARGET = 50;
/** A whole report, all coefficients with their intervals, may take so long. */
const WHOLE_REPORT_MS = 5_000;

/** reports: how many, each with another seed, so that none is answered from memory; pairs: judged in all rankings;
 * alpha: of the whole, known from a second tool. */
const REPORTS = [
  { name: "squality", cluster: "PROMPT", reports: 30, pairs: 900, alpha: 0.7425086419753086 },
  { name: "ukp-convarg", cluster: "PROMPT", reports: 5, pairs: 84_445 },
  { name: "ukp-convarg", cluster: "AUTHOR", reports: 5, pairs: 84_445 },
];

const QUERY = `query Agreement($slug: String!, $input: AgreementInput!) {
  dataset(slug: $slug) { agreement(input: $input) {
    judgments repeats units coefficients { name value ci95 { low high } n }
  } }
}`;

export async function run(results) {
  if (!existsSync(path.join(DATA, "squality.jsonl.gz"))) {
    console.error("The data sets of the benchmark agreement are not here; it is left out.");
    return;
  }
  await withScratch(async (scratch) => {
    await withAccord(await scratch.database(), async (accord) => {
      for (const name of new Set(REPORTS.map((report) => report.name))) {
        const file = path.join(scratch.folder, `${name}.jsonl`);
        await pipeline(createReadStream(path.join(DATA, `${name}.jsonl.gz`)), createGunzip(), createWriteStream(file));
        await accord.importFile(name, file);
      }
      await withLoad(async (load) => {
        for (const report of REPORTS) await measure(results, accord, load, report);
      });
    });
  });
}

/** The latencies of /healthz while some work is done. */
async function probed(load, accord, work) {
  await load.startProbe({ url: `${accord.url}/healthz` }, PROBE_MS);
  await work();
  return load.stopProbe();
}

async function measure(results, accord, load, { name, cluster, reports, pairs, alpha }) {
  const times = [];
  const atRest = await probed(load, accord, () => setTimeout(REST_MS));
  const latencies = await probed(load, accord, async () => {
    for (let seed = 1; seed <= reports; seed++) {
      const input = { measure: "RANKING", cluster, resamples: 1000, seed };
      const { ms, value } = await timed(() => accord.graphql(QUERY, { slug: name, input }));
      times.push(ms);
      check(value.dataset.agreement, { pairs, alpha });
    }
  });
  const [p99, rest] = [quantile(latencies, 0.99), quantile(atRest, 0.99)];
  results.add({
    what: `agreement of ${name}, clusters ${cluster}`,
    command: "agreement",
    figure: duration(median(times)),
    ratio: `at most ${duration(WHOLE_REPORT_MS)}; /healthz meanwhile: p99 ${duration(p99)} of ${short(latencies.length)} (at most ${TARGET} ms), longest ${duration(Math.max(...latencies))}; at rest: p99 ${duration(rest)}`,
    holds: p99 <= TARGET && median(times) <= WHOLE_REPORT_MS,
  });
}

function check({ judgments, repeats, coefficients }, { pairs, alpha }) {
  mustBe("pairs judged, the repeated among them", judgments + repeats, pairs);
  const found = coefficients.find((coefficient) => coefficient.name === "KRIPPENDORFF_ALPHA");
  if (alpha !== undefined) mustBe("alpha to nine digits", found.value.toFixed(9), alpha.toFixed(9));
  const { low, high } = found.ci95;
  mustBe("alpha within its interval", low <= found.value && found.value <= high, true);
}
