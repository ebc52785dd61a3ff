/** The size of a model, and what of a request for one is refused. */
import { badInput } from "../../errors.js";
import { TOKENIZER_KINDS, type TokenizerKind } from "../../vocabulary.js";
import { checkWholeNumber } from "./checks.js";
import { megabytes, trainingMemoryBytes } from "./estimates.js";
import { type Architecture, parameterCount } from "./model-shape.js";

/** What a request may leave open. */
export interface ArchitectureInput {
  readonly layers?: number | null;
  readonly heads?: number | null;
  readonly width?: number | null;
  readonly contextLength?: number | null;
  readonly vocabularySize?: number | null;
  readonly tokenizer?: TokenizerKind | null;
  /** Of imported models alone. */
  readonly untied?: boolean;
}

const DEFAULTS = { layers: 4, heads: 4, width: 128, contextLength: 128, tokenizer: "TRAINED_BPE" } as const;

/** Bounds of each size; the upper ones are GPT-3's 175B where it has them (Brown et al. 2020, table 2.1). */
const BOUNDS = { layers: [1, 96], heads: [1, 96], width: [1, 12288], contextLength: [8, 2048] } as const;

/** 256 bytes and <|endoftext|>. */
const LEAST_VOCABULARY = 257;
const MOST_VOCABULARY = 65_536;
const GPT2_VOCABULARY = 50_257;

/**
 * The architecture of a model that is to be trained from nothing, with every default filled in.
 * @param memoryBytes what a job may use; a model that could not even take a training step with one text is refused
 * @returns the architecture; refused: besides, what completeArchitecture refuses
 */
export function resolveArchitecture(input: ArchitectureInput, field: string, memoryBytes: number): Architecture {
  const architecture = completeArchitecture(input, field);
  const needed = trainingMemoryBytes(architecture, { batchSize: 1, threads: 1 });
  if (needed > memoryBytes)
    throw badInput(
      `A model of ${parameterCount(architecture).toLocaleString("en")} parameters needs ${megabytes(needed)} of memory to be trained; a job may use ${megabytes(memoryBytes)}.`,
      field,
    );
  return architecture;
}

/**
 * An architecture with every default filled in.
 * @param input what was asked for; null and absent are the defaults
 * @param field where it stands, for errors: "input.architecture"
 * @returns the architecture; refused: sizes out of bounds, a width that its heads do not divide, a vocabulary that the
 *   tokenizer cannot have
 */
export function completeArchitecture(input: ArchitectureInput, field: string): Architecture {
  const tokenizer = input.tokenizer ?? DEFAULTS.tokenizer;
  if (!TOKENIZER_KINDS.includes(tokenizer))
    throw badInput(`Tokenizer is ${tokenizer}; it must be ${TOKENIZER_KINDS.join(", ")}.`, `${field}.tokenizer`);
  const architecture: Architecture = Object.freeze({
    layers: input.layers ?? DEFAULTS.layers,
    heads: input.heads ?? DEFAULTS.heads,
    width: input.width ?? DEFAULTS.width,
    contextLength: input.contextLength ?? DEFAULTS.contextLength,
    vocabularySize: resolveVocabularySize(input.vocabularySize, tokenizer, `${field}.vocabularySize`),
    tokenizer,
    ...(input.untied ? { untied: true as const } : {}),
  });
  for (const [name, [least, most]] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, readonly [number, number]][]) {
    checkWholeNumber(architecture[name], least, most, name, `${field}.${name}`);
  }
  const { heads, width } = architecture;
  if (width % heads !== 0)
    throw badInput(
      `Width is ${width} and heads is ${heads}; the width must be a multiple of the heads.`,
      `${field}.width`,
    );
  return architecture;
}

function resolveVocabularySize(size: number | null | undefined, tokenizer: TokenizerKind, field: string): number {
  if (tokenizer === "TRAINED_BPE") {
    const resolved = size ?? 4096;
    checkWholeNumber(resolved, LEAST_VOCABULARY, MOST_VOCABULARY, "vocabularySize", field);
    return resolved;
  }
  const only = tokenizer === "GPT2" ? GPT2_VOCABULARY : LEAST_VOCABULARY;
  if (size !== null && size !== undefined && size !== only)
    throw badInput(`vocabularySize is ${size}; the tokenizer ${tokenizer} has ${only} tokens.`, field);
  return only;
}
