/** Rows a second through POST /import, against bare COPY of the same rows into the same tables. */
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { bareCopy, countRows } from "./rivals/bare-copy.mjs";
import { withAccord } from "./support/accord.mjs";
import { median, mustBe, short, timed } from "./support/figures.mjs";
import { writePrompts } from "./support/generate.mjs";
import { withScratch } from "./support/scratch.mjs";

const ROUNDS = 3;
/** At least this share of the rows a second that bare COPY reaches. */
const TARGET = 1 / 5;
const REAL = fileURLToPath(new URL("../../shared/data/ukp-convarg.jsonl.gz", import.meta.url));

export async function run(results) {
  await withScratch(async (scratch) => {
    const file = path.join(scratch.folder, "prompts.jsonl");
    const counts = await writePrompts(file, { prompts: 10_000, completions: [4, 9], rankings: 10 });
    await compare(results, scratch, { what: "import, 100,000 rankings of 10,000 prompts", file, counts });
    if (existsSync(REAL)) {
      const real = path.join(scratch.folder, "ukp-convarg.jsonl");
      await pipeline(createReadStream(REAL), createGunzip(), createWriteStream(real));
      // What shared with the file says of it: 32 debate sides, 1,052 arguments, 84,445 judgments.
      const known = { prompts: 32, completions: 1052, rankings: 84_445 };
      await compare(results, scratch, { what: "import, ukp-convarg", file: real, counts: known });
    }
  });
}

/** Imports the file and copies its rows in turns, each time into a fresh database, and adds a row with the medians. */
async function compare(results, scratch, { what, file, counts }) {
  const speeds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [imported, copied] = [await scratch.database(), await scratch.database()];
    const { ms } = await importInto(imported, file, counts);
    const copy = await bareCopy(imported, copied, scratch.folder);
    speeds.push({ ours: (1000 * copy.rows) / ms, copy: (1000 * copy.rows) / copy.ms });
  }
  const ours = median(speeds.map((speed) => speed.ours));
  const ratio = median(speeds.map((speed) => speed.ours / speed.copy));
  const bare = median(speeds.map((speed) => speed.copy));
  results.add({
    what,
    command: "import",
    figure: `${short(ours)} rows/s`,
    ratio: `${short(ratio)} of COPY's ${short(bare)} rows/s (at least ${TARGET})`,
    holds: ratio >= TARGET,
  });
}

/** Imports a file into an empty database by a server of its own; `after` is given that server when all is stored. */
export async function importInto(database, file, counts, after = async () => {}) {
  const { ms, kept } = await withAccord(database, async (accord) => {
    const { ms, value: report } = await timed(() => accord.importFile("bench", file));
    mustBe("the report", report, { ...report, accepted: counts.prompts, rejected: 0, duplicates: 0 });
    return { ms, kept: await after(accord) };
  });
  const stored = await countRows(database);
  const { prompts, completions, rankings } = counts;
  mustBe("what is stored", [stored.prompt, stored.completion, stored.ranking], [prompts, completions, rankings]);
  if (counts.assessments !== undefined) mustBe("the assessments", stored.assessment, counts.assessments);
  return { ms, kept };
}
