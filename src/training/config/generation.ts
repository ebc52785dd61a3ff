/** What a generation of completions will do, with every value decided and the reason for each. */
import { show } from "../../datasets/text/code-points.js";
import { badInput } from "../../errors.js";
import { checkWholeNumber } from "./checks.js";
import { generationMemoryBytes, megabytes } from "./estimates.js";
import type { Architecture } from "./model-shape.js";

/** What a request may leave open. */
export interface GenerationInput {
  readonly samplesPerPrompt?: number | null;
  readonly temperature?: number | null;
  readonly maxResponseTokens?: number | null;
  readonly seed?: number | null;
}

export interface GenerationFacts {
  readonly architecture: Architecture;
  /** What a job may use. */
  readonly memoryBytes: number;
}

export interface GenerationConfig {
  readonly seed: number;
  readonly architecture: Architecture;
  readonly samplesPerPrompt: number;
  /** The logits are divided by it; 0 takes the likeliest token. */
  readonly temperature: number;
  /** <|endoftext|> is one of them. The context is cut at its beginning so that they fit the window. */
  readonly maxResponseTokens: number;
  readonly reasons: Readonly<Record<string, string>>;
}

const DEFAULT_SAMPLES = 4;
/** The most completions that were ever ranked together (Ouyang et al. 2022, section 3.5: 9), with room to choose from. */
const MOST_SAMPLES = 64;
/** Colder, what is drawn is what 0 takes, but for rounding. */
const LEAST_TEMPERATURE = 0.01;
const MOST_TEMPERATURE = 10;

/**
 * The whole configuration of a generation.
 * @param input what was asked for; null and absent are the defaults
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: values out of bounds, and samples that do not fit the memory together
 */
export function resolveGeneration(input: GenerationInput, facts: GenerationFacts, field = "input"): GenerationConfig {
  const { architecture, memoryBytes } = facts;
  const { contextLength } = architecture;
  const seed = input.seed ?? 0;
  checkWholeNumber(seed, -(2 ** 31), 2 ** 31 - 1, "Seed", `${field}.seed`);
  const samplesPerPrompt = input.samplesPerPrompt ?? DEFAULT_SAMPLES;
  checkWholeNumber(samplesPerPrompt, 1, MOST_SAMPLES, "Samples per prompt", `${field}.samplesPerPrompt`);
  const { temperature, maxResponseTokens, reasons } = resolveSampling(input, contextLength, field);
  const needed = generationMemoryBytes(architecture, samplesPerPrompt);
  if (needed > memoryBytes)
    throw badInput(
      `${samplesPerPrompt} samples at a time need ${megabytes(needed)} of memory; a job may use ${megabytes(memoryBytes)}.`,
      `${field}.samplesPerPrompt`,
    );
  return Object.freeze({
    seed,
    architecture,
    samplesPerPrompt,
    temperature,
    maxResponseTokens,
    reasons: Object.freeze(reasons),
  });
}

/**
 * How responses of a model are sampled: the same defaults and bounds wherever it answers prompts.
 * @param contextLength of the model
 */
export function resolveSampling(
  input: Pick<GenerationInput, "temperature" | "maxResponseTokens">,
  contextLength: number,
  field: string,
): {
  readonly temperature: number;
  readonly maxResponseTokens: number;
  readonly reasons: { readonly temperature: string; readonly maxResponseTokens: string };
} {
  const temperature = input.temperature ?? 1;
  if (temperature !== 0 && !(temperature >= LEAST_TEMPERATURE && temperature <= MOST_TEMPERATURE))
    throw badInput(
      `Temperature is ${show(temperature)}; it must be 0, which takes the likeliest token each time, or from ${LEAST_TEMPERATURE} to ${MOST_TEMPERATURE}.`,
      `${field}.temperature`,
    );
  const maxResponseTokens = input.maxResponseTokens ?? Math.floor(contextLength / 2);
  checkWholeNumber(maxResponseTokens, 1, contextLength - 1, "Most response tokens", `${field}.maxResponseTokens`);
  const given = (value: unknown): boolean => value !== null && value !== undefined;
  return {
    temperature,
    maxResponseTokens,
    reasons: {
      maxResponseTokens: given(input.maxResponseTokens)
        ? "Given."
        : `Half of the window of ${contextLength} tokens; the other half is the context's.`,
      // The schema has a default of its own: what was given cannot be told from it.
      temperature: temperature !== 1 ? "Given." : "What the model itself says: its probabilities as they are.",
    },
  };
}
