/** model.safetensors.index.json: which file of a folder holds which tensor, where the weights are several files. */
import { show } from "../../datasets/text/code-points.js";
import { MODEL_WEIGHTS_INDEX } from "../../vocabulary.js";
import { readObject, refused } from "./import-config.js";

/** A model of GPT-3's size has some 100 in shards of 5 GB. */
const MOST_SHARDS = 1_000;

/** Which file each tensor is said to stand in. */
export type WeightMap = ReadonlyMap<string, string>;

/**
 * Read an index. Refused: one without a weight_map, and a file that is no plain name of a safetensors file, so that none
 * outside the folder is read.
 */
export function readIndex(text: string): WeightMap {
  const { weight_map: map } = readObject(MODEL_WEIGHTS_INDEX, text);
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw refused(`${MODEL_WEIGHTS_INDEX} has no weight_map that says which file each tensor stands in.`);
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [tensor, file] of entries)
    if (!isPlainName(file))
      throw refused(
        `${MODEL_WEIGHTS_INDEX} says that ${show(tensor)} stands in ${show(file)}; it must be the plain name of a .safetensors file beside it.`,
      );
  const shards = new Set(entries.map(([, file]) => file));
  if (shards.size === 0 || shards.size > MOST_SHARDS)
    throw refused(`${MODEL_WEIGHTS_INDEX} names ${shards.size} files; 1 to ${MOST_SHARDS} are read.`);
  return new Map(entries as [string, string][]);
}

/** The files of an index, each once, by name. */
export const shardFilesOf = (map: WeightMap): readonly string[] => [...new Set(map.values())].sort();

const isPlainName = (file: unknown): file is string =>
  typeof file === "string" && /^[^/\\\0]+\.safetensors$/.test(file) && !file.startsWith(".");
