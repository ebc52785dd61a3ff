import { JobFailure } from "../../errors.js";
import { BytePairs, MOST_TOKENS } from "../byte-pairs.js";
import { show } from "../code-points.js";
import { BytePairTokenizer } from "./byte-pair-tokenizer.js";
import { PRINTABLE_BYTES } from "./printable-bytes.js";
import type { Tokenizer } from "./tokenizer.js";
import { trainMerges } from "./train-merges.js";

const BYTES = 256;

/**
 * A byte-level BPE trained on texts.
 * @param texts what it shall know; equal texts give an equal tokenizer
 * @param vocabularySize at most this many tokens, among them 256 bytes and <|endoftext|>
 */
export function trainBytePairTokenizer(texts: Iterable<string>, vocabularySize: number): Tokenizer {
  return tokenizerOfMerges(trainMerges(texts, vocabularySize - BYTES - 1));
}

/** The tokenizer of pairs of ids, by rank; the pair at place i becomes token 256 + i. */
function tokenizerOfMerges(merges: readonly (readonly [number, number])[]): Tokenizer {
  const tokens: Uint8Array[] = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
  const names = [...PRINTABLE_BYTES];
  const lines = merges.map(([left, right]) => {
    tokens.push(Buffer.concat([tokens[left] as Uint8Array, tokens[right] as Uint8Array]));
    names.push(`${names[left]}${names[right]}`);
    return `${names[left]} ${names[right]}`;
  });
  return new BytePairTokenizer(BytePairs.ofMerges(merges), tokens, { kind: "TRAINED_BPE", merges: lines });
}

/** The tokenizer of merges as a model's file carries them; merges of what is no token yet, or into one that is, are refused. */
export function readMerges(lines: unknown): Tokenizer {
  if (!Array.isArray(lines)) throw new JobFailure("MODEL_DAMAGED", "The merges of the model's tokenizer are no list.");
  if (lines.length > MOST_TOKENS - BYTES - 1)
    throw new JobFailure(
      "MODEL_DAMAGED",
      `The model's tokenizer has ${lines.length} merges; at most a million are read.`,
    );
  const ids = new Map(PRINTABLE_BYTES.map((name, byte) => [name, byte]));
  return tokenizerOfMerges(
    lines.map((line: unknown, rank) => {
      const [left = "", right = "", ...others] = typeof line === "string" ? line.split(" ") : [];
      const pair = [ids.get(left), ids.get(right)] as const;
      if (pair[0] === undefined || pair[1] === undefined || others.length > 0 || ids.has(left + right))
        throw new JobFailure(
          "MODEL_DAMAGED",
          `Merge ${rank} of the model's tokenizer is ${show(line)}; it must join two tokens before it into a new one.`,
        );
      ids.set(left + right, BYTES + rank);
      return [pair[0], pair[1]] as const;
    }),
  );
}
