/**
 * Texts as bytes and back, so that nothing is lost: UTF-8, in which a surrogate without its partner (no character, yet
 * JavaScript strings can hold it) takes the three bytes that its number would have. Source: the WTF-8 encoding, section 4.
 */
import { isWellFormed } from "../code-points.js";

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
