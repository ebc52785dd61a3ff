import { BytePairTokenizer } from "./byte-pair-tokenizer.js";
import { BytePairs } from "./byte-pairs.js";
import type { Tokenizer } from "./tokenizer.js";

/** GPT-2's tokenizer (r50k_base, 50,257 tokens); its tables (1 MB) are loaded at the first call. */
export async function loadGpt2Tokenizer(): Promise<Tokenizer> {
  const { default: ranks } = await import("gpt-tokenizer/bpeRanks/r50k_base");
  const tokens = ranks.map((token) => (typeof token === "string" ? Buffer.from(token, "utf8") : Buffer.from(token)));
  return new BytePairTokenizer(BytePairs.ofTokens(ranks), tokens, { kind: "GPT2" });
}
