/** Does an import ten times as large take more memory? And does its speed last? */
import { rmSync } from "node:fs";
import path from "node:path";
import { importInto } from "./import.mjs";
import { bareCopy } from "./rivals/bare-copy.mjs";
import { peakMemory } from "./support/child.mjs";
import { short } from "./support/figures.mjs";
import { writePrompts } from "./support/generate.mjs";
import { withScratch } from "./support/scratch.mjs";

/** The large import may take at most this much more memory, in MB. */
const TARGET = 50;

export async function run(results) {
  await withScratch(async (scratch) => {
    const small = await importSized(scratch, 10_000);
    const large = await importSized(scratch, 100_000);
    const more = large.memory - small.memory;
    results.add({
      what: "import, most memory at 1,000,000 rankings",
      command: "import-memory",
      figure: `${short(large.memory)} MB`,
      ratio: `${short(more)} MB more than at 100,000 rankings, ${short(small.memory)} MB (at most ${TARGET})`,
      holds: more <= TARGET,
    });
    const copy = await bareCopy(large.database, await scratch.database(), scratch.folder);
    const [ours, bare] = [large.ms, copy.ms].map((ms) => (1000 * copy.rows) / ms);
    results.add({
      what: "import, 1,000,000 rankings of 100,000 prompts",
      command: "import-memory",
      figure: `${short(ours)} rows/s`,
      ratio: `${short(ours / bare)} of COPY's ${short(bare)} rows/s (at least 0.2)`,
      holds: ours / bare >= 0.2,
    });
  });
}

async function importSized(scratch, prompts) {
  const file = path.join(scratch.folder, "prompts.jsonl");
  const counts = await writePrompts(file, { prompts, completions: [4, 9], rankings: 10 });
  const database = await scratch.database();
  const { ms, kept: memory } = await importInto(database, file, counts, async ({ pid }) => peakMemory(pid));
  rmSync(file);
  return { database, ms, memory };
}
