/** Which models are too large for this server to be of any use, known before their weights are read. */
import { generationMemoryBytes, megabytes } from "../config/estimates.js";
import { type Architecture, parameterCount } from "../config/model-shape.js";
import { type Gpt2Config, refused } from "./import-config.js";

/**
 * Refuse a model from which a job could not even sample one text, which takes the least of all that a job does with a model:
 * 4·2 P bytes and what one text of the window takes. To train it takes more, and is refused when that is asked for.
 * @param memoryBytes what a job may use
 * @throws JobFailure MODEL_DAMAGED
 */
export function checkMemory(
  { layers, heads, width, contextLength, rows, untied }: Gpt2Config,
  memoryBytes: number,
): void {
  const sizes: Architecture = {
    layers,
    heads,
    width,
    contextLength,
    vocabularySize: rows,
    tokenizer: "TRAINED_BPE",
  };
  const architecture: Architecture = untied ? { ...sizes, untied } : sizes;
  const needed = generationMemoryBytes(architecture, 1);
  if (needed > memoryBytes)
    throw refused(
      `config.json describes a model of ${parameterCount(architecture).toLocaleString("en")} parameters, which needs ${megabytes(needed)} of memory to be generated from; a job may use ${megabytes(memoryBytes)}.`,
    );
}
