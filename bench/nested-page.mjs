/** A nested page, 50 prompts × 4 completions × 2 rankings with labelers, against mercurius with graphql-jit. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { headers, withAccord } from "./support/accord.mjs";
import { freePort, startChild } from "./support/child.mjs";
import { median, mustBe, short } from "./support/figures.mjs";
import { writePrompts } from "./support/generate.mjs";
import { withLoad } from "./support/load.mjs";
import { withScratch } from "./support/scratch.mjs";

const RIVAL = fileURLToPath(new URL("./rivals/mercurius.mjs", import.meta.url));
const CONNECTIONS = 8;
const ROUNDS = 7;
/** Requests until the engine has compiled what it will. */
const WARM_UP = 1000;
const ROUND_MS = 3000;
/** At least this share of the rival's requests a second. */
const TARGET = 0.6;

const page = (more) => `query Page($slug: String!) {
  dataset(slug: $slug) { prompts(first: 50) { nodes {
    id text completions { id key text source }
    rankings(first: 2) { nodes { id createdAt ${more} labeler { id handle } } }
  } } }
}`;

export async function run(results) {
  await withScratch(async (scratch) => {
    const file = path.join(scratch.folder, "prompts.jsonl");
    await writePrompts(file, { prompts: 1000, completions: [4, 4], rankings: 2 });
    const database = await scratch.database();
    await withAccord(database, async (accord) => {
      await accord.importFile("bench", file);
      await withRival(database, [], (rival) => compare(results, accord.url, rival.url));
      await withRival(database, ["statement-per-row"], (twin) => compareWithTwin(results, accord.url, twin.url));
    });
  });
}

async function withRival(database, more, work) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const rival = await startChild(RIVAL, { args: [String(port), database, ...more], url, ready: "/healthz" });
  try {
    return await work(rival);
  } finally {
    await rival.stop();
  }
}

async function compare(results, accord, rival) {
  await measure(results, [accord, rival], {
    what: "nested page, 50 prompts × 4 completions × 2 rankings with labelers",
    query: page(""),
    ratio: (share, other) => `${share} of mercurius' ${other} requests/s (at least ${TARGET})`,
    target: TARGET,
  });
  await measure(results, [accord, rival], {
    what: "nested page, and the tiers of each ranking",
    query: page("tiers { id key }"),
    ratio: (share, other) => `${share} of mercurius' ${other} requests/s (at least ${TARGET})`,
    target: TARGET,
  });
}

async function compareWithTwin(results, accord, twin) {
  await measure(results, [accord, twin], {
    what: "nested page, loaders",
    query: page(""),
    ratio: (share, other) => `${share} times the ${other} requests/s of a statement per row in mercurius`,
  });
}

/** Hammers both servers in turns; both bodies must be equal. */
async function measure(results, urls, { what, query, ratio, target }) {
  const body = JSON.stringify({ query, variables: { slug: "bench" } });
  const targets = urls.map((url) => ({ url: `${url}/graphql`, method: "POST", headers, body }));
  const speeds = await withLoad(async (load) => {
    const bodies = [];
    for (const each of targets) {
      bodies.push((await load.hammer(each, { connections: CONNECTIONS, requests: WARM_UP })).body);
    }
    mustBe("the other's answer", JSON.parse(bodies[1]), JSON.parse(bodies[0]));
    mustBe("the number of prompts in it", JSON.parse(bodies[0]).data.dataset.prompts.nodes.length, 50);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const speed = [];
      for (const each of targets) {
        speed.push((await load.hammer(each, { connections: CONNECTIONS, ms: ROUND_MS })).perSecond);
      }
      rounds.push(speed);
    }
    return { rounds, bytes: Buffer.byteLength(bodies[0]) };
  });
  const [ours, other] = [0, 1].map((i) => median(speeds.rounds.map((speed) => speed[i])));
  const share = median(speeds.rounds.map((speed) => speed[0] / speed[1]));
  results.add({
    what,
    command: "nested-page",
    figure: `${short(ours)} requests/s of ${short(speeds.bytes / 1000)} kB`,
    ratio: ratio(short(share), short(other)),
    ...(target === undefined ? {} : { holds: share >= target }),
  });
}
