/** The parameters of a model as one array of float32, in a fixed order with GPT-2's names. */
import { keyedRandom, type Random } from "../../random.js";
import type { Architecture } from "../config/model-shape.js";
import type { NamedTensor } from "../events/events.js";

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Where its numbers begin in the array, and how many there are. */
  readonly offset: number;
  readonly size: number;
  /** How it begins: normally distributed around 0 with a deviation, or one number throughout. */
  readonly start: { readonly deviation: number } | { readonly constant: number };
}

/** The standard deviation of a new weight (Radford et al. 2018, section 4.1). */
const DEVIATION = 0.02;

/**
 * Every parameter of an architecture, in order. Weights stand as GPT-2 has them, [in, out]. Those that write into the
 * residual stream begin smaller by 1/√(2·layers), for there are that many of them (Radford et al. 2019, section 2.3). A
 * head comes last, an unembedding of its own or a scalar head. The latter begins with 0: no score is above another before the
 * first step. So a reward model's array begins with that of the language model it was made of, but for an unembedding.
 */
export function parametersOf(architecture: Architecture): readonly Parameter[] {
  const { layers, width: d, contextLength, vocabularySize, head, untied } = architecture;
  const parameters: Parameter[] = [];
  let offset = 0;
  const add = (name: string, shape: readonly number[], start: Parameter["start"]): void => {
    const size = shape.reduce((product, one) => product * one, 1);
    parameters.push({ name, shape, offset, size, start });
    offset += size;
  };
  const addLayerNorm = (name: string): void => {
    add(`${name}.weight`, [d], { constant: 1 });
    add(`${name}.bias`, [d], { constant: 0 });
  };
  const addLinear = (name: string, from: number, to: number, deviation = DEVIATION): void => {
    add(`${name}.weight`, [from, to], { deviation });
    add(`${name}.bias`, [to], { constant: 0 });
  };
  const residual = DEVIATION / Math.sqrt(2 * layers);

  add("wte.weight", [vocabularySize, d], { deviation: DEVIATION });
  add("wpe.weight", [contextLength, d], { deviation: DEVIATION });
  for (let layer = 0; layer < layers; layer++) {
    addLayerNorm(`h.${layer}.ln_1`);
    addLinear(`h.${layer}.attn.c_attn`, d, 3 * d);
    addLinear(`h.${layer}.attn.c_proj`, d, d, residual);
    addLayerNorm(`h.${layer}.ln_2`);
    addLinear(`h.${layer}.mlp.c_fc`, d, 4 * d);
    addLinear(`h.${layer}.mlp.c_proj`, 4 * d, d, residual);
  }
  addLayerNorm("ln_f");
  if (untied) add("lm_head.weight", [vocabularySize, d], { deviation: DEVIATION });
  if (head === "SCORE") {
    add("score.weight", [d, 1], { constant: 0 });
    add("score.bias", [1], { constant: 0 });
  }
  return parameters;
}

/** How many numbers some parameters have together. */
export const totalSize = (parameters: readonly Parameter[]): number =>
  parameters.reduce((sum, { size }) => sum + size, 0);

/** Fill an array with the numbers that a new model begins with; each parameter has a generator of its own. */
export function initialise(values: Float32Array, parameters: readonly Parameter[], seed: number): void {
  for (const { name, offset, size, start } of parameters) {
    const part = values.subarray(offset, offset + size);
    if ("constant" in start) part.fill(start.constant);
    else fillNormal(part, start.deviation, keyedRandom([seed, "parameters", name]));
  }
}

/** Box and Muller's transform of two uniform numbers into two normal ones. */
function fillNormal(part: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < part.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.nextUnit()));
    const angle = 2 * Math.PI * random.nextUnit();
    part[i] = radius * Math.cos(angle);
    if (i + 1 < part.length) part[i + 1] = radius * Math.sin(angle);
  }
}

/** The parameters as a model's file has them; the numbers are a copy. */
export function toTensors(values: Float32Array, parameters: readonly Parameter[], prefix = ""): NamedTensor[] {
  return parameters.map(({ name, shape, offset, size }) => ({
    name: prefix + name,
    shape,
    data: Float32Array.from(values.subarray(offset, offset + size)),
  }));
}

/**
 * Fill an array with the numbers of a file's tensors.
 * @returns null, or why they do not fit as the end of a sentence
 */
export function fromTensors(
  values: Float32Array,
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, NamedTensor>,
  prefix = "",
): string | null {
  for (const { name, shape, offset } of parameters) {
    const tensor = tensors.get(prefix + name);
    if (tensor === undefined) return `lacks the tensor ${prefix}${name} of shape [${shape}]`;
    if (tensor.shape.join() !== shape.join())
      return `has the tensor ${prefix}${name} in the shape [${tensor.shape}], not [${shape}]`;
    values.set(tensor.data, offset);
  }
  return null;
}
