/**
 * GPT-2's printable name of every byte: itself where it is a visible character of latin-1, else the next free character
 * from U+0100 on, so that a vocabulary can stand in JSON and merges in lines of text (openai/gpt-2, src/encoder.py).
 */

/** The character of each byte. */
export const PRINTABLE_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCodePoint(isVisible(byte) ? byte : 256 + hiddenBefore(byte)),
);

function isVisible(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

function hiddenBefore(byte: number): number {
  return Array.from({ length: byte }, (_, one) => one).filter((one) => !isVisible(one)).length;
}
