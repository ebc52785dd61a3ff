/** A million prompts exported whole to a reader who takes 2 MB a second, and gone on with from the middle. */
import { createHash } from "node:crypto";
import { get } from "node:http";
import { headers, withAccord } from "./support/accord.mjs";
import { peakMemory } from "./support/child.mjs";
import { duration, mustBe, short, timed } from "./support/figures.mjs";
import { PROMPTS, writeMillion } from "./support/million.mjs";
import { withScratch } from "./support/scratch.mjs";

/** What the reader takes in a second. */
const BYTES_PER_SECOND = 2_000_000;
/** The server may hold at most this much more at the end than before the export, in MB. */
const TARGET = 100;

export async function run(results) {
  await withScratch(async (scratch) => {
    const database = await scratch.database();
    await writeMillion(database);
    await withAccord(database, async (accord) => {
      const before = peakMemory(accord.pid);
      const slow = await read(accord.url, "?ending=true", { bytesPerSecond: BYTES_PER_SECOND });
      const memory = peakMemory(accord.pid);
      mustBe("the prompts", slow.prompts, PROMPTS);
      mustBe("the ending", slow.ending, { bytes: slow.bytes, sha256: slow.sha256, revision: 1 });
      const fast = await read(accord.url, "?ending=true");
      mustBe("the same export read at full speed", [fast.bytes, fast.sha256], [slow.bytes, slow.sha256]);
      const megabytes = short(slow.bytes / 1e6);
      results.add({
        what: `export of ${PROMPTS.toLocaleString("en")} prompts, whole, to a reader at 2 MB/s`,
        command: "download",
        figure: `${megabytes} MB in ${duration(slow.ms)}`,
        ratio: `read at full speed: ${duration(fast.ms)}, ${short(fast.bytes / 1000 / fast.ms)} MB/s, of the same hash`,
        holds: true,
      });
      results.add({
        what: "export of 1,000,000 prompts, most memory of the server",
        command: "download",
        figure: `${short(memory)} MB`,
        ratio: `${short(memory - before)} MB more than before, ${short(before)} MB (at most ${TARGET})`,
        holds: memory - before <= TARGET,
      });
      await goOn(results, accord, fast);
    });
  });
}

/** Asks for the second half, and compares it with that of the whole. */
async function goOn(results, accord, whole) {
  const offset = Math.floor(whole.bytes / 2);
  const first = await read(accord.url, "?revision=1", { until: offset });
  const { value: rest, ms } = await timed(() =>
    read(accord.url, `?revision=1&offset=${offset}`, { hash: first.hash, told: false }),
  );
  mustBe("both halves together", [first.bytes + rest.bytes, rest.sha256], [whole.bytes, whole.sha256]);
  results.add({
    what: "export of 1,000,000 prompts, gone on with from its middle",
    command: "download",
    figure: `first byte after ${duration(rest.begun)}`,
    ratio: `the half in ${duration(ms)}; the whole in ${duration(whole.ms)}`,
  });
}

/**
 * Reads an export of the dataset, of which every line is looked at where `told`.
 * until: it leaves after so many bytes; hash: one that goes on
 */
async function read(url, query, { bytesPerSecond = Infinity, until = Infinity, hash, told = until === Infinity } = {}) {
  const sum = hash ?? createHash("sha256");
  const begin = performance.now();
  const response = await new Promise((resolve, reject) => {
    get(`${url}/export/bench${query}`, { headers, agent: false }, resolve).on("error", reject);
  });
  mustBe("the status", response.statusCode, 200);
  const begun = performance.now() - begin;
  const lines = told ? new Lines() : null;
  let bytes = 0;
  for await (const chunk of response) {
    const piece = chunk.subarray(0, until - bytes);
    bytes += piece.length;
    if (lines) for (const line of lines.of(piece)) if (!line.ending) sum.update(line.raw);
    if (!lines) sum.update(piece);
    if (bytes >= until) break;
    const early = (1000 * bytes) / bytesPerSecond - (performance.now() - begin);
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
  }
  const ms = performance.now() - begin;
  if (until !== Infinity) return { bytes, hash: sum, ms, begun };
  const sha256 = sum.digest("hex");
  return lines
    ? { bytes: lines.bytes, prompts: lines.prompts, ending: lines.ending, sha256, ms, begun }
    : { bytes, sha256, ms, begun };
}

/** The lines of an export as they come; prompts must come in order, each once. */
class Lines {
  prompts = 0;
  ending = null;
  /** Without the ending. */
  bytes = 0;
  #held = Buffer.alloc(0);

  *of(piece) {
    const all = Buffer.concat([this.#held, piece]);
    let from = 0;
    for (let to = all.indexOf(10); to >= 0; to = all.indexOf(10, from)) {
      const raw = all.subarray(from, to + 1);
      from = to + 1;
      const record = JSON.parse(raw.toString());
      if ("text" in record) mustBe("a prompt's id", record.id, `p-${this.prompts++}`);
      this.ending = record.ending ?? null;
      if (this.ending === null) this.bytes += raw.length;
      yield { raw, ending: this.ending !== null };
    }
    this.#held = all.subarray(from);
  }
}
