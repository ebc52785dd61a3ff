/** How a tokenizer.json says that texts are divided as GPT-2 divides them: as it is written here, and as others write it. */
import { show } from "../../datasets/text/code-points.js";
import { PIECES } from "../../datasets/tokenizers/pieces.js";
import { refused } from "./import-config.js";

/**
 * The division that is exported: the pattern itself, then bytes. ByteLevel alone, with its built-in pattern, is read
 * differently: @huggingface/tokenizers (JavaScript) takes there JavaScript's \s, which has U+FEFF and lacks U+0085, while
 * `tokenizers` (Rust) takes Unicode's White_Space. A pattern that names White_Space is one to both.
 */
export const DIVISION = {
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: PIECES.source }, behavior: "Isolated", invert: false },
    { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
};

/** GPT-2's pattern as files have it: ours, that of openai/gpt-2's encoder.py, and that of openai/tiktoken's gpt2. */
const PATTERNS: readonly string[] = [
  PIECES.source,
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
];

/** Refuses a pre_tokenizer of tokenizer.json that divides texts in another way than GPT-2, with what it has. */
export function checkDivision(division: unknown): void {
  const steps = partsOf(division).map((step) => Object(step) as Record<string, unknown>);
  const [first, second] = steps;
  const isByteLevel = (step: Record<string, unknown> | undefined): boolean =>
    step?.type === "ByteLevel" && step.add_prefix_space !== true;
  if (steps.length === 1 && isByteLevel(first) && first?.use_regex !== false) return;
  if (steps.length === 2 && isGpt2Split(first) && isByteLevel(second)) return; // its own pattern would divide no piece again
  throw refused(
    `tokenizer.json divides texts in another way than GPT-2, by ${steps.map(inWords).join(", then ") || "nothing"}; ByteLevel without add_prefix_space is read, with its own pattern or after a Split at GPT-2's.`,
  );
}

function partsOf(division: unknown): readonly unknown[] {
  if (division == null) return [];
  const { type, pretokenizers } = Object(division) as Record<string, unknown>;
  return type === "Sequence" && Array.isArray(pretokenizers) ? pretokenizers : [division];
}

/** Each match a piece of its own; GPT-2's pattern leaves nothing between them. */
function isGpt2Split(step: Record<string, unknown> | undefined): boolean {
  const { type, pattern, behavior, invert } = Object(step) as Record<string, unknown>;
  const { Regex: regex } = Object(pattern) as Record<string, unknown>;
  const keepsMatches = (behavior === "Isolated" && invert !== true) || (behavior === "Removed" && invert === true);
  return type === "Split" && keepsMatches && PATTERNS.includes(String(regex));
}

function inWords({ type, pattern, add_prefix_space: prefix, use_regex: regex }: Record<string, unknown>): string {
  const { Regex: at, String: text } = Object(pattern) as Record<string, unknown>;
  const details = [
    ...(pattern === undefined ? [] : [`at ${show(at ?? text)}`]),
    ...(prefix === true ? ["with add_prefix_space"] : []),
    ...(regex === false ? ["without its pattern"] : []),
  ];
  return [show(type), ...details].join(" ");
}
