/** config.json of a GPT-2: what of it a model of ours can be, and what is refused. */
import { show } from "../../datasets/code-points.js";
import { JobFailure } from "../../errors.js";

/** The sizes of a GPT-2, and its token that ends a text. */
export interface Gpt2Config {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly contextLength: number;
  /** Rows of the embedding: at least as many as there are tokens. */
  readonly rows: number;
  readonly endOfText: number;
  /** Whether the unembedding is a matrix of its own. */
  readonly untied: boolean;
}

/** Settings that are other functions when they differ; absent, they are what GPT-2 has. */
const RULES: Readonly<Record<string, readonly unknown[]>> = {
  model_type: ["gpt2"],
  activation_function: ["gelu_new", "gelu_pytorch_tanh"],
  layer_norm_epsilon: [1e-5],
  scale_attn_weights: [true],
  scale_attn_by_inverse_layer_idx: [false],
  add_cross_attention: [false],
};

const LANGUAGE_MODELS = ["GPT2LMHeadModel", "GPT2Model"];

/** Read config.json. Refused, each with its sentence: everything that is no GPT-2 as Radford et al. 2019 have it. */
export function readGpt2Config(text: string): Gpt2Config {
  const config = readObject("config.json", text);
  for (const [name, allowed] of Object.entries(RULES)) {
    const value = config[name] ?? allowed[0];
    if (!allowed.includes(value))
      throw refused(`config.json has ${name} ${show(value)}; it must be ${allowed.map(show).join(" or ")}.`);
  }
  const architectures = config.architectures ?? LANGUAGE_MODELS;
  if (!Array.isArray(architectures) || !architectures.some((one) => LANGUAGE_MODELS.includes(String(one))))
    throw refused(`config.json has architectures ${inWords(architectures)}; ${LANGUAGE_MODELS.join(" or ")} is read.`);
  const size = (name: string): number => {
    const value = config[name];
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw refused(`config.json has ${name} ${show(value)}; it must be a whole number above 0.`);
    return value as number;
  };
  const width = size("n_embd");
  if (config.n_inner != null && config.n_inner !== 4 * width)
    throw refused(`config.json has n_inner ${show(config.n_inner)}; it must be 4 · n_embd = ${4 * width}.`);
  const rows = size("vocab_size");
  const endOfText = config.eos_token_id ?? rows - 1;
  if (!Number.isSafeInteger(endOfText) || (endOfText as number) < 0 || (endOfText as number) >= rows)
    throw refused(`config.json has eos_token_id ${show(endOfText)}; it must be 0 to ${rows - 1}.`);
  const tied = config.tie_word_embeddings ?? true;
  if (typeof tied !== "boolean")
    throw refused(`config.json has tie_word_embeddings ${show(tied)}; it must be true or false.`);
  return {
    layers: size("n_layer"),
    heads: size("n_head"),
    width,
    contextLength: size("n_positions"),
    rows,
    endOfText: endOfText as number,
    untied: !tied,
  };
}

const MOST_NAMED = 4;

/** A list by what stands in it, as far as a sentence can hold it; anything else as it is shown. */
function inWords(value: unknown): string {
  if (!Array.isArray(value)) return show(value);
  if (value.length === 0) return "[], an empty list";
  const named = value.slice(0, MOST_NAMED).map(show).join(", ");
  return value.length > MOST_NAMED ? `${named} and ${value.length - MOST_NAMED} more` : named;
}

/** The object of a JSON file. */
export function readObject(name: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(`${name} is no JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(`${name} is no JSON object.`);
  return value as Record<string, unknown>;
}

/** A folder that is no model that can be read. */
export const refused = (sentence: string): JobFailure => new JobFailure("MODEL_DAMAGED", sentence);
