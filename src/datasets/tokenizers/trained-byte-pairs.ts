import { JobFailure } from "../../errors.js";
import { show } from "../text/code-points.js";
import { BytePairTokenizer } from "./byte-pair-tokenizer.js";
import { BytePairs, MOST_TOKENS } from "./byte-pairs.js";
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

/** The tokenizer of pairs of ids, by rank; the next free id is that of the first pair with these bytes together. */
function tokenizerOfMerges(merges: readonly (readonly [number, number])[]): Tokenizer {
  const tokens: Uint8Array[] = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
  const names = [...PRINTABLE_BYTES];
  const ids = new Map(names.map((name, id) => [name, id]));
  const lines: string[] = [];
  const unions = merges.map(([left, right]) => {
    lines.push(`${names[left]} ${names[right]}`);
    const name = `${names[left]}${names[right]}`;
    const known = ids.get(name);
    if (known !== undefined) return known;
    names.push(name);
    tokens.push(Buffer.concat([tokens[left] as Uint8Array, tokens[right] as Uint8Array]));
    return ids.set(name, ids.size).size - 1;
  });
  return new BytePairTokenizer(BytePairs.ofMerges(merges, unions), tokens, { kind: "TRAINED_BPE", merges: lines });
}

/**
 * The tokenizer of merges as a model's file carries them. Two may make one token (imported vocabularies have such). Refused:
 * merges of what is no token yet.
 */
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
      if (pair[0] === undefined || pair[1] === undefined || others.length > 0)
        throw new JobFailure(
          "MODEL_DAMAGED",
          `Merge ${rank} of the model's tokenizer is ${show(line)}; it must join two tokens before it.`,
        );
      if (!ids.has(left + right)) ids.set(left + right, ids.size);
      return [pair[0], pair[1]] as const;
    }),
  );
}
