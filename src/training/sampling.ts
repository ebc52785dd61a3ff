/** Letting a model go on with contexts, token by token. */
import type { Tokenizer } from "../datasets/tokenizers/tokenizer.js";
import type { Random } from "../random.js";
import type { LoadedModel } from "./loaded-model.js";

/** What a model is to go on with. */
export interface SampledContext {
  /** At least one; with maxTokens they fit the window. */
  readonly ids: readonly number[];
  /** Its next number is drawn for each token. */
  readonly random: Random;
}

export interface TokenSampling {
  readonly contexts: readonly SampledContext[];
  /** The id after which a response ends. */
  readonly endOfText: number;
  readonly maxTokens: number;
  /** The logits are divided by it; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Awaited after each token of all contexts. */
  readonly pause: () => Promise<void>;
}

/**
 * What a model says after each of some contexts, which may be of different lengths. The bits of a response depend on its
 * own context and generator alone, not on those around it.
 * @returns the ids of each response: at most maxTokens, endOfText among them as the last where it was drawn
 */
export async function sampleTokens(
  model: LoadedModel,
  options: TokenSampling,
): Promise<readonly (readonly number[])[]> {
  const { contexts, endOfText, maxTokens, temperature, pause } = options;
  const responses: number[][] = contexts.map(() => []);
  for (let length = 0; length < maxTokens; length++) {
    const going = responses.map((_, index) => index).filter((index) => responses[index]?.at(-1) !== endOfText);
    if (going.length === 0) break;
    for (const index of going) {
      const { ids, random } = contexts[index] as SampledContext;
      const response = responses[index] as number[];
      const sequence = Int32Array.from([...ids, ...response]);
      const logits = model.nextTokenLogits({ ids: sequence, lengths: [sequence.length] });
      response.push(chooseToken(logits, temperature, random));
    }
    await pause();
  }
  return responses;
}

export interface SamplingOptions extends Omit<TokenSampling, "contexts" | "endOfText"> {
  /** The context's ids; with maxTokens they fit the window. */
  readonly context: readonly number[];
  /** One for each sample. */
  readonly randoms: readonly Random[];
}

/**
 * What a model says after a context, several times: each sample ends with <|endoftext|>, which is left out, or after
 * maxTokens.
 * @returns the texts; half surrogates and U+0000, which bytes of a model may spell but no database keeps, are U+FFFD
 */
export async function sampleResponses(
  model: LoadedModel,
  tokenizer: Tokenizer,
  { context, randoms, ...options }: SamplingOptions,
): Promise<string[]> {
  const { endOfText } = tokenizer;
  const contexts = randoms.map((random) => ({ ids: context, random }));
  const responses = await sampleTokens(model, { ...options, contexts, endOfText });
  return responses.map((response) => responseText(tokenizer, response));
}

/** What the ids of a response say, without the <|endoftext|> that may end it. */
export const responseText = (tokenizer: Tokenizer, response: readonly number[]): string =>
  storable(tokenizer.decode(response.at(-1) === tokenizer.endOfText ? response.slice(0, -1) : response));

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
