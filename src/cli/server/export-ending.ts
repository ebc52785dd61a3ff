import { Refusal } from "./client.js";
import { DownloadCheck, type Expected } from "./download.js";

/** More than the last line of an export takes, which says what stands before it. */
const MOST_ENDING = 1024;

/**
 * An export without its last line, which says how many bytes stand before it, and their hash.
 * Refused, behind the last byte: an export without that line, and one that is not what it says.
 */
export async function* withoutEnding(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const check = new DownloadCheck();
  let held = Buffer.alloc(0);
  for await (const piece of source) {
    const all = Buffer.concat([held, piece]);
    const given = all.subarray(0, Math.max(0, all.length - MOST_ENDING));
    held = all.subarray(given.length);
    if (given.length === 0) continue;
    check.add(given);
    yield given;
  }
  const begin = held.lastIndexOf("\n", -2) + 1;
  const expected = readEnding(held.subarray(begin).toString());
  const rest = held.subarray(0, begin);
  check.add(rest);
  check.end(expected);
  if (rest.length > 0) yield rest;
}

function readEnding(line: string): Expected {
  try {
    const { ending } = JSON.parse(line) as { ending: Expected };
    if (line.endsWith("\n") && Number.isInteger(ending.bytes) && /^[0-9a-f]{64}$/.test(ending.sha256)) return ending;
  } catch {
    // It is none.
  }
  throw new Refusal("the last line, with the length and the hash of the others, did not come.");
}
