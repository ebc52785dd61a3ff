/** The tensors of a GPT-2 by GPT-2's names, out of one file or several, whatever its trainer put before the names. */
import { show } from "../../datasets/text/code-points.js";
import { counted } from "../../datasets/text/counted.js";
import { MODEL_WEIGHTS_INDEX } from "../../vocabulary.js";
import type { NamedTensor } from "../events/events.js";
import { readLayout, readSafetensors } from "../files/safetensors.js";
import { refused } from "./import-config.js";
import { isRounded } from "./rounding.js";
import type { WeightMap } from "./shards.js";

/** A file of weights, read when it is its turn, so that one at a time stands in memory beside the tensors. */
interface WeightsFile {
  readonly name: string;
  readonly read: () => Uint8Array;
}

/** The weights of a folder. */
export interface Weights {
  readonly files: readonly WeightsFile[];
  /** What the index says, where there are several files. */
  readonly map: WeightMap | null;
}

export interface ImportedTensors {
  /** By GPT-2's names. */
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Masks that older files carry; they hold nothing learned. */
const IS_MASK = /^h\.\d+\.attn\.(masked_)?bias$/;
/** The value function of a policy, beside its model (TRL, trlX). */
const IS_VALUE_HEAD = /^(v_head|value_head)\./;
/** What trainers wrap a model in, which then stands in its tensors' names: torch.compile, DDP, FSDP, TRL. */
const WRAPPERS = /(?<![^.])(_orig_mod|module|_fsdp_wrapped_module|_checkpoint_wrapped_module|pretrained_model)\./g;

/** The name that GPT-2 has for a tensor. */
export const gpt2Name = (name: string): string => name.replace(WRAPPERS, "").replace(/^transformer\./, "");

/**
 * Read all tensors. Left out: masks, and with a note a value head.
 * @throws JobFailure MODEL_DAMAGED: a tensor of two names or in two files, or not in the file that the index says
 */
export function readTensors({ files, map }: Weights): ImportedTensors {
  const tensors = new Map<string, NamedTensor>();
  const metadata: Record<string, string> = {};
  const placeOf = new Map<string, string>();
  const valueHead: { readonly name: string; readonly size: number }[] = [];
  for (const file of files) {
    const bytes = file.read();
    for (const { name, shape } of readLayout(bytes, bytes.length).places) {
      const other = placeOf.get(name);
      if (other !== undefined)
        throw refused(`The tensor ${show(name)} stands in two files, ${other} and ${file.name}.`);
      placeOf.set(name, file.name);
      if (IS_VALUE_HEAD.test(gpt2Name(name)))
        valueHead.push({ name, size: shape.reduce((product, one) => product * one, 1) });
    }
    const read = readSafetensors(bytes, (name) => !IS_MASK.test(gpt2Name(name)) && !IS_VALUE_HEAD.test(gpt2Name(name)));
    Object.assign(metadata, read.metadata);
    for (const tensor of read.tensors) {
      const name = gpt2Name(tensor.name);
      const other = tensors.get(name);
      if (other !== undefined)
        throw refused(`The weights have the tensor ${name} twice, as ${show(other.name)} and ${show(tensor.name)}.`);
      tensors.set(name, tensor);
    }
  }
  checkIndex(map, placeOf);
  return { tensors, metadata, notes: valueHead.length === 0 ? [] : [valueHeadNote(valueHead)] };
}

function checkIndex(map: WeightMap | null, placeOf: ReadonlyMap<string, string>): void {
  for (const [tensor, file] of map ?? []) {
    const found = placeOf.get(tensor);
    if (found === file) continue;
    const where = found === undefined ? "no file has it" : `it stands in ${found}`;
    throw refused(`${MODEL_WEIGHTS_INDEX} says that the tensor ${show(tensor)} stands in ${file}; ${where}.`);
  }
}

function valueHeadNote(head: readonly { readonly name: string; readonly size: number }[]): string {
  const names = head.slice(0, 4).map(({ name }) => show(name));
  const numbers = head.reduce((sum, { size }) => sum + size, 0);
  return `Left out: a value head of ${counted(numbers, "number")}, ${names.join(", ")}${head.length > names.length ? " and more" : ""}; the model beside it is what was imported.`;
}

const HEAD = "lm_head.weight";

/**
 * Take away an unembedding that is the embedding, or, as some trainers save it, either of the two in half precision; that of
 * a reward model goes, too. What stays is one of its own.
 * @returns what there is to say of it
 * @throws JobFailure MODEL_DAMAGED: one of its own that config.json does not name
 */
export function dropTiedHead(tensors: Map<string, NamedTensor>, isUntied: boolean, isReward: boolean): string[] {
  const [head, embedding] = [tensors.get(HEAD), tensors.get("wte.weight")];
  if (isUntied || head === undefined) return [];
  tensors.delete(HEAD);
  if (isReward) return [`Left out: ${show(head.name)}; a reward model has its scalar head in that place.`];
  if (embedding === undefined) return []; // refused as missing
  if (head.data.length === embedding.data.length) {
    if (head.data.every((one, i) => one === embedding.data[i])) return [];
    if (isRounded(head.data, embedding.data))
      return [
        `Left out: ${show(head.name)}, which is wte.weight rounded to half precision; config.json ties the two, and wte.weight counts.`,
      ];
    if (isRounded(embedding.data, head.data))
      return [
        `Left out: ${show(head.name)}, of which wte.weight is rounded to half precision; config.json ties the two, and wte.weight counts.`,
      ];
  }
  throw refused(
    `The weights have a ${HEAD} of its own; config.json must say so with "tie_word_embeddings": false, or it is to be wte.weight.`,
  );
}
