/** A million prompts exported whole to a reader who takes 2 MB a second, and gone on with from the middle. */
import { createHash } from "node:crypto";
import { get } from "node:http";
import { headers, withAccord } from "./support/accord.mjs";
import { peakMemory } from "./support/child.mjs";
import { duration, mustBe, short } from "./support/figures.mjs";
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
      const whole = await read(accord.url, "?ending=true", { bytesPerSecond: BYTES_PER_SECOND });
      const memory = peakMemory(accord.pid);
      mustBe("the prompts", whole.prompts, PROMPTS);
      mustBe("the ending", whole.ending, { bytes: whole.bytes, sha256: whole.sha256, revision: 1 });
      const what = `export of ${PROMPTS.toLocaleString("en")} prompts`;
      results.add({
        what: `${what}, whole, to a reader at 2 MB/s`,
        command: "download",
        figure: `${short(whole.bytes / 1e6)} MB in ${duration(whole.ms)}`,
        ratio: `${short(whole.bytes / 1000 / whole.ms)} MB/s; prompts, bytes and hash are those of the last line`,
        holds: true,
      });
      results.add({
        what: `${what}, most memory of the server`,
        command: "download",
        figure: `${short(memory)} MB`,
        ratio: `${short(memory - before)} MB more than before, ${short(before)} MB (at most ${TARGET})`,
        holds: memory - before <= TARGET,
      });
      const { hash, offset } = whole.place;
      const rest = await read(accord.url, `?revision=1&ending=true&offset=${offset}`, { hash });
      mustBe("the rest", [offset + rest.bytes, rest.sha256], [whole.bytes, whole.sha256]);
      results.add({
        what: `${what}, gone on with after 100 MB`,
        command: "download",
        figure: `first byte after ${duration(rest.begun)}`,
        ratio: `${short(rest.bytes / 1e6)} MB in ${duration(rest.ms)}, ${short(rest.bytes / 1000 / rest.ms)} MB/s at full speed`,
      });
    });
  });
}

/** Where it is gone on with, of some 300 MB. */
const PLACE = 100_000_000;

/**
 * Reads an export of the dataset with an ending, and looks at every line.
 * hash: one that goes on, of what stands before the offset
 */
async function read(url, query, { bytesPerSecond = Infinity, hash = createHash("sha256") } = {}) {
  const begin = performance.now();
  const response = await new Promise((resolve, reject) => {
    get(`${url}/export/bench${query}`, { headers, agent: false }, resolve).on("error", reject);
  });
  mustBe("the status", response.statusCode, 200);
  const begun = performance.now() - begin;
  const lines = new Lines();
  let place = null;
  let read = 0;
  for await (const chunk of response) {
    read += chunk.length;
    for (const line of lines.of(chunk)) hash.update(line);
    if (lines.bytes > PLACE) place ??= { hash: hash.copy(), offset: lines.bytes };
    const early = (1000 * read) / bytesPerSecond - (performance.now() - begin);
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
  }
  const ms = performance.now() - begin;
  const { bytes, prompts, ending } = lines;
  return { bytes, prompts, ending, sha256: hash.digest("hex"), place, ms, begun };
}

/** The lines of an export as they come, but for the ending; prompts must come in order, each once. */
class Lines {
  prompts = 0;
  ending = null;
  bytes = 0;
  #held = Buffer.alloc(0);

  *of(piece) {
    const all = Buffer.concat([this.#held, piece]);
    let from = 0;
    for (let to = all.indexOf(10); to >= 0; to = all.indexOf(10, from)) {
      const raw = all.subarray(from, to + 1);
      from = to + 1;
      const record = JSON.parse(raw.toString());
      if ("ending" in record) {
        this.ending = record.ending;
        continue;
      }
      if ("text" in record) this.#follow(record.id);
      this.bytes += raw.length;
      yield raw;
    }
    this.#held = all.subarray(from);
  }

  #follow(id) {
    const number = Number(id.slice(2));
    if (this.prompts > 0) mustBe("a prompt's number", number, this.last + 1);
    this.last = number;
    this.prompts++;
  }
}
