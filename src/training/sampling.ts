/** Letting a model go on with a context, token by token. */
import type { Tokenizer } from "../datasets/tokenizers/tokenizer.js";
import type { Random } from "../random.js";
import type { LoadedModel } from "./loaded-model.js";

export interface SamplingOptions {
  /** The context's ids; with maxTokens they fit the window. */
  readonly context: readonly number[];
  readonly maxTokens: number;
  /** The logits are divided by it; 0 takes the likeliest token. */
  readonly temperature: number;
  /** One for each sample; its next number is drawn for each of the sample's tokens. */
  readonly randoms: readonly Random[];
  /** Awaited after each token of all samples. */
  readonly pause: () => Promise<void>;
}

/**
 * What a model says after a context: each sample ends with <|endoftext|>, which is left out, or after maxTokens. Samples
 * that have ended are computed on with the others, so that none's numbers depend on when the others end.
 * @returns the texts; half surrogates and U+0000, which bytes of a model may spell but no database keeps, are U+FFFD
 */
export async function sampleResponses(
  model: LoadedModel,
  tokenizer: Tokenizer,
  options: SamplingOptions,
): Promise<string[]> {
  const { context, maxTokens, temperature, randoms, pause } = options;
  const { endOfText, vocabularySize } = tokenizer;
  const responses: number[][] = randoms.map(() => []);
  const hasEnded = (response: readonly number[]): boolean => response.includes(endOfText);
  for (let length = 0; length < maxTokens && !responses.every(hasEnded); length++) {
    const ids = Int32Array.from(responses.flatMap((response) => [...context, ...response]));
    const logits = model.nextTokenLogits({
      ids,
      lengths: responses.map((response) => context.length + response.length),
    });
    for (const [sample, response] of responses.entries()) {
      const row = logits.subarray(sample * vocabularySize, (sample + 1) * vocabularySize);
      response.push(chooseToken(row, temperature, randoms[sample] as Random));
    }
    await pause();
  }
  return responses.map((response) => {
    const end = response.indexOf(endOfText);
    return storable(tokenizer.decode(end < 0 ? response : response.slice(0, end)));
  });
}

/**
 * One token of softmax(logits / temperature), by inverting its distribution function; with temperature 0 the likeliest, of
 * equal ones the first. A number is drawn in either case.
 * @param logits [V]
 */
export function chooseToken(logits: Float32Array, temperature: number, random: Random): number {
  const drawn = random.nextUnit();
  let best = 0;
  for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
  if (temperature === 0) return best;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - logits[best]!) / temperature));
  let left = drawn * weights.reduce((sum, weight) => sum + weight, 0);
  for (let token = 0; token < weights.length; token++) {
    left -= weights[token]!;
    if (left < 0) return token;
  }
  return best; // rounding has left a rest behind the last token
}

/** A text that PostgreSQL can keep. */
const storable = (text: string): string => text.replace(/\p{Surrogate}|\0/gu, "\ufffd");
