/** GPT-2's division of a text into pieces, within which alone byte pairs are merged (openai/gpt-2, src/encoder.py). */
export const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
