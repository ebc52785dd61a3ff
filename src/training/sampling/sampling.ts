/** Letting a model go on with contexts, token by token. */
import { counted } from "../../datasets/text/counted.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { decodeWtf8, unfinishedBytes } from "../../datasets/tokenizers/wtf8.js";
import { JobFailure } from "../../errors.js";
import { keyedRandom, type Random } from "../../random.js";
import { longArrays } from "../kernels/long-arrays.js";
import type { Decoder } from "../model/decoder.js";
import type { LoadedModel } from "../shards/loaded-model.js";

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
  /** Awaited after each token of all contexts that are computed together, which 64 are. */
  readonly pause: () => Promise<void>;
}

/** So many sequences are computed together at most: more take memory and save no time. */
const MOST_TOGETHER = 64;

/**
 * What a model says after each of some contexts, which may be of different lengths. The bits of a response depend on its
 * own context and generator alone, not on those around it.
 * @returns the ids of each response: at most maxTokens, endOfText among them as the last where it was drawn
 */
export async function sampleTokens(
  model: LoadedModel,
  options: TokenSampling,
): Promise<readonly (readonly number[])[]> {
  const responses: (readonly number[])[] = [];
  for (let first = 0; first < options.contexts.length; first += MOST_TOGETHER) {
    const contexts = options.contexts.slice(first, first + MOST_TOGETHER);
    responses.push(...(await sampleTogether(model, { ...options, contexts })));
  }
  return responses;
}

async function sampleTogether(model: LoadedModel, options: TokenSampling): Promise<number[][]> {
  const { contexts, endOfText, maxTokens, temperature, pause } = options;
  const responses: number[][] = contexts.map(() => []);
  const reader = openReader(model, contexts, maxTokens);
  try {
    for (let length = 0; length < maxTokens; length++) {
      const going = [...contexts.keys()].filter((index) => responses[index]?.at(-1) !== endOfText);
      if (going.length === 0) break;
      reader.read(going, responses, (index, logits) => {
        responses[index]?.push(chooseToken(logits, temperature, (contexts[index] as SampledContext).random));
      });
      await pause();
    }
  } finally {
    reader.dispose();
  }
  return responses;
}

/** Knows the logits of the token that follows some contexts with what was said so far. */
interface Reader {
  /** @param take is given those of each, [V], which are valid until it returns */
  read(
    going: readonly number[],
    responses: readonly (readonly number[])[],
    take: (index: number, logits: Float32Array) => void,
  ): void;
  dispose(): void;
}

function openReader(model: LoadedModel, contexts: readonly SampledContext[], maxTokens: number): Reader {
  const decoder = model.decoder({
    capacities: contexts.map(({ ids }) => ids.length + maxTokens),
    longestBeginning: Math.max(...contexts.map(({ ids }) => ids.length)),
  });
  return decoder === null ? rereader(model, contexts) : rememberingReader(decoder, contexts);
}

/** Reads every sequence from its beginning for each token, and apart from the others. */
const rereader = (model: LoadedModel, contexts: readonly SampledContext[]): Reader => ({
  read(going, responses, take) {
    for (const index of going) {
      const ids = Int32Array.from([...(contexts[index] as SampledContext).ids, ...(responses[index] ?? [])]);
      take(index, model.nextTokenLogits({ ids, lengths: [ids.length] }));
    }
  },
  dispose() {},
});

/** Reads the contexts once, and then a token at a time of all that go on. */
function rememberingReader(decoder: Decoder, contexts: readonly SampledContext[]): Reader {
  /** What follows the contexts that were read, by their ids: samples of one context have the same. */
  const begun = new Map<readonly number[], { readonly sequence: number; readonly logits: Float32Array }>();
  const begin = (index: number): Float32Array => {
    const { ids } = contexts[index] as SampledContext;
    const equal = begun.get(ids);
    if (equal !== undefined) {
      decoder.beginAs(index, equal.sequence);
      return equal.logits;
    }
    const logits = decoder.begin(index, ids).slice();
    begun.set(ids, { sequence: index, logits });
    return logits;
  };
  return {
    read(going, responses, take) {
      if (responses[going[0]!]?.length === 0) {
        for (const index of going) take(index, begin(index));
        begun.clear();
        return;
      }
      const next = going.map((index) => {
        const response = responses[index] as readonly number[];
        const position = (contexts[index] as SampledContext).ids.length + response.length - 1;
        return { sequence: index, id: response.at(-1) as number, position };
      });
      const logits = decoder.step(next);
      const vocabulary = logits.length / going.length;
      for (const [row, index] of going.entries())
        take(index, logits.subarray(row * vocabulary, (row + 1) * vocabulary));
    },
    dispose: () => decoder.dispose(),
  };
}

export interface SamplingOptions extends Omit<TokenSampling, "contexts" | "endOfText"> {
  /** The context's ids; with maxTokens they fit the window. */
  readonly context: readonly number[];
  /** One for each sample. */
  readonly randoms: readonly Random[];
}

/** What a model said. */
export interface ModelResponse {
  /** Half surrogates and U+0000, which bytes of a model may spell but no database keeps, are U+FFFD. */
  readonly text: string;
  /** Whether <|endoftext|> was said; false: it was cut after the most tokens. */
  readonly ended: boolean;
  /** Whether what was said ends within a character; the text then ends before it. */
  readonly isBroken: boolean;
}

/**
 * The generator of a sample that is kept or measured. It is the same wherever a model of ours answers a prompt, so that what a
 * generation stored is, bit for bit, what an evaluation with its settings would sample.
 */
export const sampleRandom = (seed: number, promptId: string, sample: number): Random =>
  keyedRandom([seed, "completion", promptId, sample]);

/**
 * What a model says after a context, several times: each sample ends with <|endoftext|>, which is left out, or after
 * maxTokens.
 */
export async function sampleResponses(
  model: LoadedModel,
  tokenizer: Tokenizer,
  { context, randoms, ...options }: SamplingOptions,
): Promise<ModelResponse[]> {
  const { endOfText } = tokenizer;
  const contexts = randoms.map((random) => ({ ids: context, random }));
  const responses = await sampleTokens(model, { ...options, contexts, endOfText });
  return responses.map((response) => responseOf(tokenizer, response));
}

/** What the ids of a response say, without the <|endoftext|> that may end it, and without the part of a character that may. */
export function responseOf(tokenizer: Tokenizer, response: readonly number[]): ModelResponse {
  const bytes = tokenizer.bytes(response);
  const unfinished = unfinishedBytes(bytes);
  const text = decodeWtf8(bytes.subarray(0, bytes.length - unfinished));
  const whole = text.replace(/[\ud800-\udbff]$/u, ""); // the first half of a pair, as bytes of its own
  return {
    text: storable(whole),
    ended: response.at(-1) === tokenizer.endOfText,
    isBroken: unfinished > 0 || whole.length < text.length,
  };
}

/** Counts responses that were cut, and those that end within a character. */
export class ResponseCounts {
  all = 0;
  cut = 0;
  broken = 0;

  add({ ended, isBroken }: ModelResponse): void {
    this.all++;
    if (!ended) this.cut++;
    if (isBroken) this.broken++;
  }

  /** How many of what were cut at the most tokens: "12 of 60 completions were cut at 16 tokens", or null where none was. */
  cutSentence(maxTokens: number, one: string): string | null {
    if (this.cut === 0) return null;
    const were = this.cut === 1 ? "was" : "were";
    return `${this.cut} of ${counted(this.all, one)} ${were} cut at ${counted(maxTokens, "token")}, before an end was said.`;
  }

  /** How many of what end within a character, or null where none does. */
  brokenSentence(one: string): string | null {
    if (this.broken === 0) return null;
    const end = this.broken === 1 ? "ends" : "end";
    return `${this.broken} of ${counted(this.all, one)} ${end} within a character, whose first bytes are left out of the text.`;
  }
}

/**
 * One token of softmax(logits / temperature), by inverting its distribution function; with temperature 0 the likeliest, of
 * equal ones the first. A number is drawn in either case.
 * @param logits [V]
 * @throws JobFailure DIVERGED where a logit is NaN or ∞: no token is likelier than another then
 */
export function chooseToken(logits: Float32Array, temperature: number, random: Random): number {
  const drawn = random.nextUnit();
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < logits.length; token++) {
    if (logits[token]! <= most) continue; // NaN is not
    best = token;
    most = logits[token]!;
    if (!(most < Number.POSITIVE_INFINITY)) break;
  }
  if (!Number.isFinite(most))
    throw new JobFailure("DIVERGED", `The likeliest token has the logit ${most}; logits must be finite to choose by.`);
  if (temperature === 0) return best;
  const weights = longArrays().softmaxWeights(logits, most, temperature);
  let sum = 0;
  for (let token = 0; token < weights.length; token++) sum += weights[token]!;
  let left = drawn * sum;
  for (let token = 0; token < weights.length; token++) {
    left -= weights[token]!;
    if (left < 0) return token;
  }
  return best; // rounding has left a rest behind the last token
}

/** A text that PostgreSQL can keep. */
const storable = (text: string): string => text.replace(/\p{Surrogate}|\0/gu, "\ufffd");
