/**
 * GPT-2's division of a text into pieces, within which alone byte pairs are merged (openai/gpt-2, src/encoder.py). White space
 * is Unicode's White_Space, as in the Python and Rust in which GPT-2 is read: JavaScript's \s lacks U+0085 and has U+FEFF.
 */
export const PIECES =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
