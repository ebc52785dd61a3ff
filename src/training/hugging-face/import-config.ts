/** config.json of a GPT-2: what of it a model of ours can be, and what is refused. */

import { show } from "../../datasets/text/code-points.js";
import { MOST_TOKENS } from "../../datasets/tokenizers/byte-pairs.js";
import { JobFailure } from "../../errors.js";

/** The sizes of a GPT-2, and what config.json says of its tokens. */
export interface Gpt2Config {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly contextLength: number;
  /** Rows of the embedding: at least as many as there are tokens. */
  readonly rows: number;
  /** eos_token_id, as a list; ids may lie outside the vocabulary, as GPT-2's 50256 does where it was left standing. */
  readonly endIds: readonly number[];
  /** Whether the unembedding is a matrix of its own. */
  readonly untied: boolean;
  /** Whether it is a classifier of one label, which is a reward model. */
  readonly isReward: boolean;
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
const CLASSIFIER = "GPT2ForSequenceClassification";
const READ = [...LANGUAGE_MODELS, CLASSIFIER];

/** Read config.json. Refused, each with its sentence: everything that is no GPT-2 as Radford et al. 2019 have it. */
export function readGpt2Config(text: string): Gpt2Config {
  const config = readObject("config.json", text);
  for (const [name, allowed] of Object.entries(RULES)) {
    const value = config[name] ?? allowed[0];
    if (!allowed.includes(value))
      throw refused(`config.json has ${name} ${show(value)}; it must be ${allowed.map(show).join(" or ")}.`);
  }
  const size = (name: string): number => {
    const value = config[name];
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw refused(`config.json has ${name} ${show(value)}; it must be a whole number above 0.`);
    return value as number;
  };
  const rows = size("vocab_size");
  // Before anything is made for each row.
  if (rows > MOST_TOKENS) throw refused(`config.json has vocab_size ${rows}; it must be at most ${MOST_TOKENS}.`);
  const isReward = isRewardModel(config);
  const width = size("n_embd");
  if (config.n_inner != null && config.n_inner !== 4 * width)
    throw refused(`config.json has n_inner ${show(config.n_inner)}; it must be 4 · n_embd = ${4 * width}.`);
  const tied = config.tie_word_embeddings ?? true;
  if (typeof tied !== "boolean")
    throw refused(`config.json has tie_word_embeddings ${show(tied)}; it must be true or false.`);
  return {
    layers: size("n_layer"),
    heads: size("n_head"),
    width,
    contextLength: size("n_positions"),
    rows,
    endIds: endIdsOf(config.eos_token_id),
    untied: !tied && !isReward,
    isReward,
  };
}

/** Whether config.json describes a classifier; one of several labels is no reward model. */
function isRewardModel(config: Readonly<Record<string, unknown>>): boolean {
  const architectures = config.architectures ?? LANGUAGE_MODELS;
  const known = Array.isArray(architectures) ? READ.find((one) => architectures.includes(one)) : undefined;
  if (known === undefined)
    throw refused(
      `config.json has architectures ${inWords(architectures)}; ${LANGUAGE_MODELS.join(", ")} or ${CLASSIFIER} with one label is read.`,
    );
  if (known !== CLASSIFIER) return false;
  const names = config.id2label == null ? undefined : Object.keys(Object(config.id2label)).length;
  const labels = config.num_labels ?? names ?? 1; // the tensor's shape tells, too
  if (labels !== 1)
    throw refused(
      `config.json describes a classifier of ${show(labels)} labels; a reward model has one, whose logit is the score.`,
    );
  return true;
}

function endIdsOf(value: unknown): readonly number[] {
  const ids = value == null ? [] : Array.isArray(value) ? value : [value];
  if (!ids.every((id) => Number.isSafeInteger(id) && id >= 0))
    throw refused(
      `config.json has eos_token_id ${Array.isArray(value) ? inWords(value) : show(value)}; it must be a whole number from 0 on, or a list of such.`,
    );
  return ids as number[];
}

const MOST_NAMED = 4;

/** A list by what stands in it, as far as a sentence can hold it; anything else as it is shown. */
export function inWords(value: unknown): string {
  if (!Array.isArray(value)) return show(value);
  if (value.length === 0) return "[], an empty list";
  const named = value.slice(0, MOST_NAMED).map(show).join(", ");
  return value.length > MOST_NAMED ? `${named} and ${value.length - MOST_NAMED} more` : named;
}

/** A text without the byte order mark that some editors put before it. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, "");

/** The object of a JSON file. */
export function readObject(name: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(text));
  } catch {
    throw refused(`${name} is no JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(`${name} is no JSON object.`);
  return value as Record<string, unknown>;
}

/** A folder that is no model that can be read. */
export const refused = (sentence: string): JobFailure => new JobFailure("MODEL_DAMAGED", sentence);
