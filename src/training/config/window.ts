/** The window of a model that is trained from nothing: as many tokens as the texts need that it is to read. */
import type { TokenizerKind } from "../../vocabulary.js";
import type { Choice } from "./choices.js";

/** What AUTO chooses among: powers of two up to GPT-3's window. */
export const WINDOWS = [128, 256, 512, 1024, 2048] as const;
/** So large a part of the examples is to fit whole. */
const NEARLY_ALL = 0.95;

/** An estimate of a text's tokens: so many for each character (code point), and for each byte of UTF-8. */
export interface TokenRates {
  readonly perCharacter: number;
  readonly perByte: number;
}

/**
 * How many tokens texts will have whose tokenizer may not be trained yet: a for a character of one byte, p for one of three.
 * With 4,096 tokens trained on a few hundred texts English has .28 a character and Chinese .5 to .7; a and p lie above that,
 * for a window that is too large costs little, and one that is too small takes the prompt. Fewer tokens make longer texts:
 * below 512 every byte is counted. GPT-2's vocabulary knows few characters of three bytes: up to 3 tokens each.
 * Of characters of two and four bytes it is between.
 */
export function tokenRates(tokenizer: TokenizerKind, vocabularySize: number): TokenRates {
  const smaller = Math.max(1, 4096 / vocabularySize);
  const isOfBytes = tokenizer === "BYTES" || vocabularySize < 512;
  const [a, p] = isOfBytes ? [1, 3] : tokenizer === "GPT2" ? [0.35, 3] : [smaller ** 0.2 / 3, smaller ** 0.15];
  // Of c characters and b bytes (b − c) / 2 have three bytes, if no other have several.
  return { perCharacter: 1.5 * a - 0.5 * p, perByte: 0.5 * (p - a) };
}

/** How many of the examples are estimated to fit a window whole. */
export interface FittingExamples {
  readonly window: number;
  readonly examples: number;
  readonly fitting: number;
}

/**
 * The smallest window that nearly all examples fit, of those that can be trained.
 * @param counted of every window, the smallest first @param isTrainable whether a model of this window fits the memory
 */
export function autoWindow(counted: readonly FittingExamples[], isTrainable: (window: number) => boolean): Choice {
  const [smallest] = counted as readonly [FittingExamples];
  const trainable = counted.filter(({ window }, place) => place === 0 || isTrainable(window));
  const enough = trainable.find(({ examples, fitting }) => fitting >= NEARLY_ALL * examples);
  const { window, examples, fitting } = enough ?? trainable.at(-1) ?? smallest;
  const share = examples === 0 ? "" : ` An estimated ${fitting} of ${examples} examples fit it.`;
  const limit = enough
    ? "that 95 % of the examples fit"
    : window === counted.at(-1)?.window
      ? "there is"
      : "that can be trained in the memory";
  const size = enough ? "smallest" : "largest";
  return { value: window, reason: `AUTO: the ${size} of ${WINDOWS.join(", ")} ${limit}.${share}` };
}
