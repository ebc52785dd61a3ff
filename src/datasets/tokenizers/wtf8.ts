/**
 * Texts as bytes and back, so that nothing is lost: UTF-8, in which a surrogate without its partner (no character, yet
 * JavaScript strings can hold it) takes the three bytes that its number would have. Source: the WTF-8 encoding, section 4.
 */
import { isWellFormed } from "../text/code-points.js";

/** The bytes of a text. */
export function encodeWtf8(text: string): Uint8Array {
  if (isWellFormed(text)) return Buffer.from(text, "utf8");
  const parts = text.split(/(\p{Surrogate})/u); // every second part is one lone surrogate
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part, "utf8") : surrogateBytes(part.charCodeAt(0)))),
  );
}

const surrogateBytes = (unit: number): Buffer =>
  Buffer.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));

/** The text of some bytes, the inverse of `encodeWtf8`; what no text has becomes U+FFFD, as the WHATWG's decoder does. */
export function decodeWtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  let start = 0;
  for (let at = buffer.indexOf(0xed); at >= 0; at = buffer.indexOf(0xed, at + 1)) {
    const [second = 0, third = 0] = buffer.subarray(at + 1, at + 3);
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    text += buffer.toString("utf8", start, at);
    text += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    start = at + 3;
  }
  return text + buffer.toString("utf8", start);
}

/** How many bytes a character takes that begins with this one; 0: none does. */
function lengthBegunBy(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

/** The least and the most that may stand second in a character: elsewhere the bytes would spell it longer than need be, or no number. */
const SECOND: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

/**
 * How many bytes at the end are the beginning of a character whose rest is missing: what a text that was cut ends in, where the
 * cut went through a character. 0 to 3; bytes that begin none are no beginning.
 */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const first = bytes[bytes.length - back]!;
    if (first >= 0x80 && first <= 0xbf) continue; // goes on with a character
    if (lengthBegunBy(first) <= back) return 0;
    const [least, most] = SECOND[first] ?? [0x80, 0xbf];
    const second = bytes[bytes.length - back + 1];
    return second === undefined || (second >= least && second <= most) ? back : 0;
  }
  return 0;
}
