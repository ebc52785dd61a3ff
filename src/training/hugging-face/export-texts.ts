/** The small files of a model in Hugging Face's layout: its configuration and its tokenizer. */

import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { END_OF_TEXT, vocabularyOf } from "../../datasets/tokenizers/vocabulary.js";
import type { ModelStage } from "../../vocabulary.js";
import type { Architecture } from "../config/model-shape.js";
import { DIVISION } from "./division.js";

/** The token that fills up short texts in a batch. No model of ours has one: its row in the embedding is 0. */
const PADDING = "<|pad|>";

/** What is exported, but for the weights. */
export interface ExportedModel {
  readonly stage: ModelStage;
  readonly architecture: Architecture;
  readonly tokenizer: Tokenizer;
}

/** A file of text. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/**
 * As src/training/text/text-layout.ts lays texts out: each message ends with an empty line, and an answer at the end with
 * <|endoftext|>.
 */
const CHAT_TEMPLATE =
  "{% for message in messages %}{{ message['content'] }}" +
  "{% if loop.last and message['role'] == 'assistant' %}{{ eos_token }}{% else %}{{ '\\n\\n' }}{% endif %}{% endfor %}";

/**
 * config.json, generation_config.json (of language models) and the tokenizer's files, for `transformers` (GPT2LMHeadModel,
 * GPT2ForSequenceClassification, PreTrainedTokenizerFast) and `tokenizers`. Ids are ours, then one more for padding.
 */
export async function exportTexts({ stage, architecture, tokenizer }: ExportedModel): Promise<TextFile[]> {
  const { names, merges } = await vocabularyOf(tokenizer);
  const ids = { end: tokenizer.endOfText, pad: tokenizer.vocabularySize };
  const vocabulary = Object.fromEntries([...names, END_OF_TEXT, PADDING].map((name, id) => [name, id]));
  const specials = { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT, unk_token: END_OF_TEXT, pad_token: PADDING };
  return [
    json("config.json", configOf(stage, architecture, ids)),
    ...(stage === "REWARD" ? [] : [json("generation_config.json", generationConfigOf(architecture, ids))]),
    json("tokenizer.json", tokenizerJson(vocabulary, merges, ids)),
    json("tokenizer_config.json", {
      tokenizer_class: "GPT2Tokenizer",
      model_max_length: architecture.contextLength,
      add_prefix_space: false,
      clean_up_tokenization_spaces: false,
      ...specials,
      chat_template: CHAT_TEMPLATE,
    }),
    json("special_tokens_map.json", specials),
    json("vocab.json", vocabulary),
    { name: "merges.txt", text: ["#version: 0.2", ...merges, ""].join("\n") },
  ];
}

interface SpecialIds {
  readonly end: number;
  readonly pad: number;
}

const json = (name: string, value: unknown): TextFile => ({ name, text: `${JSON.stringify(value, null, 2)}\n` });

function configOf(stage: ModelStage, architecture: Architecture, { end, pad }: SpecialIds): Record<string, unknown> {
  const { layers, heads, width, contextLength, vocabularySize, untied } = architecture;
  return {
    architectures: [stage === "REWARD" ? "GPT2ForSequenceClassification" : "GPT2LMHeadModel"],
    model_type: "gpt2",
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_inner: null,
    n_positions: contextLength,
    n_ctx: contextLength,
    vocab_size: vocabularySize + 1,
    activation_function: "gelu_new",
    layer_norm_epsilon: 1e-5,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    scale_attn_weights: true,
    scale_attn_by_inverse_layer_idx: false,
    reorder_and_upcast_attn: false,
    tie_word_embeddings: !untied,
    bos_token_id: end,
    eos_token_id: end,
    pad_token_id: pad,
    torch_dtype: "float32",
    ...(stage === "REWARD" ? { num_labels: 1, problem_type: "regression", id2label: { 0: "SCORE" } } : {}),
  };
}

/** Padding is never sampled: its logit is 0, not −∞. */
const generationConfigOf = ({ contextLength }: Architecture, { end, pad }: SpecialIds): Record<string, unknown> => ({
  bos_token_id: end,
  eos_token_id: end,
  pad_token_id: pad,
  suppress_tokens: [pad],
  do_sample: true,
  max_length: contextLength,
});

function tokenizerJson(
  vocab: Readonly<Record<string, number>>,
  merges: readonly string[],
  { end, pad }: SpecialIds,
): Record<string, unknown> {
  const special = (id: number, content: string) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [special(end, END_OF_TEXT), special(pad, PADDING)],
    normalizer: null,
    pre_tokenizer: DIVISION,
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
}
