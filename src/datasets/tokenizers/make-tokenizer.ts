import { JobFailure } from "../../errors.js";
import type { TokenizerKind } from "../../vocabulary.js";
import { show } from "../text/code-points.js";
import { byteTokenizer } from "./byte-tokenizer.js";
import { loadGpt2Tokenizer } from "./gpt2.js";
import type { Tokenizer } from "./tokenizer.js";
import { readMerges, trainBytePairTokenizer } from "./trained-byte-pairs.js";

/**
 * The tokenizer of a model trained from scratch.
 * @param kind TRAINED_BPE is trained on the texts; the others are fixed
 * @param texts of the TRAIN split alone
 * @param vocabularySize the most tokens a TRAINED_BPE may have; it has fewer where no pair is left that occurs twice
 */
export async function makeTokenizer(
  kind: TokenizerKind,
  texts: Iterable<string>,
  vocabularySize: number,
): Promise<Tokenizer> {
  if (kind === "BYTES") return byteTokenizer;
  if (kind === "GPT2") return loadGpt2Tokenizer();
  return trainBytePairTokenizer(texts, vocabularySize);
}

/** The tokenizer that a model's file carries as JSON; anything else is refused with MODEL_DAMAGED. */
export async function readTokenizer(json: string): Promise<Tokenizer> {
  const { kind, merges } = parseObject(json);
  if (kind === "BYTES") return byteTokenizer;
  if (kind === "GPT2") return loadGpt2Tokenizer();
  if (kind === "TRAINED_BPE") return readMerges(merges);
  throw new JobFailure(
    "MODEL_DAMAGED",
    `The model's tokenizer is ${show(kind)}; it must be TRAINED_BPE, GPT2 or BYTES.`,
  );
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json)) as Record<string, unknown>;
  } catch {
    throw new JobFailure("MODEL_DAMAGED", `The model's tokenizer is ${show(json)}, which is no JSON.`);
  }
}
