/** Exported models, and a second reader of them: written from the formats' descriptions, without the code that writes. */

import { type ModelFile, writeModel } from "../../../src/training/files/model-file.js";
import { writeSafetensors } from "../../../src/training/files/safetensors.js";
import { exportTexts } from "../../../src/training/hugging-face/export-texts.js";
import { exportWeights, HEAD_TENSORS, partsSize } from "../../../src/training/hugging-face/export-weights.js";
import type { ImportedFolder } from "../../../src/training/hugging-face/import-model.js";
import type { Weights } from "../../../src/training/hugging-face/import-weights.js";

export type Files = ReadonlyMap<string, Buffer>;

/** The files of an export, by name. */
export async function exportedFiles(model: ModelFile): Promise<Map<string, Buffer>> {
  const file = writeModel(model);
  const own = writeSafetensors(file);
  const data = own.subarray(8 + Number(new DataView(own.buffer).getBigUint64(0, true)));
  const head = new Map(
    file.tensors.flatMap(({ name, data }) => (HEAD_TENSORS.includes(name as never) ? [[name, data] as const] : [])),
  );
  const parts = exportWeights(model.stage, model.architecture, model.stage === "REWARD" ? head : new Map());
  const weights = Buffer.concat(
    parts.map((part) => (part instanceof Uint8Array ? part : data.slice(part.start, part.end))),
  );
  expect(weights).toHaveLength(partsSize(parts));
  const texts = await exportTexts(model);
  return new Map([
    ["model.safetensors", weights],
    ...texts.map(({ name, text }) => [name, Buffer.from(text)] as const),
  ]);
}

export const textOf = (files: Files, name: string): string => String(files.get(name));

/** One file of weights, as importGpt2 takes it. */
export const oneFile = (bytes: Uint8Array): Weights => ({
  files: [{ name: "model.safetensors", read: () => bytes }],
  map: null,
});

/** The files of an export as importGpt2 takes them. @param lists whether the tokenizer is read from vocab.json and merges.txt */
export const folderOf = (files: Files, lists = false): ImportedFolder => ({
  config: textOf(files, "config.json"),
  tokenizer: {
    tokenizer: lists ? null : textOf(files, "tokenizer.json"),
    vocabulary: lists ? textOf(files, "vocab.json") : null,
    merges: lists ? textOf(files, "merges.txt") : null,
  },
  weights: oneFile(files.get("model.safetensors") as Buffer),
});

/** Safetensors of F32 alone; tensors of other types are passed over. */
export function readPlainly(file: Buffer): Map<string, { shape: number[]; values: number[] }> {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = Object.entries(header).filter(([name, { dtype }]) => name !== "__metadata__" && dtype === "F32");
  return new Map(
    tensors.map(([name, { shape, data_offsets }]) => {
      const [start, end] = data_offsets;
      const values = Array.from({ length: (end - start) / 4 }, (_, i) => file.readFloatLE(8 + length + start + 4 * i));
      return [name, { shape, values }];
    }),
  );
}

/** The tokens of a piece by merges.txt, as Sennrich et al. 2016 have it: the first merge of the list, again and again. */
export function mergePlainly(piece: string, merges: readonly string[]): string[] {
  let parts = [...piece];
  for (;;) {
    const found = merges.find((merge) => parts.some((part, i) => i > 0 && `${parts[i - 1]} ${part}` === merge));
    if (found === undefined) return parts;
    const [left, right] = found.split(" ");
    const joined: string[] = [];
    for (const part of parts) {
      if (part === right && joined.at(-1) === left) joined.splice(-1, 1, `${left}${right} `);
      else joined.push(part);
    }
    parts = joined.map((part) => part.trimEnd());
  }
}

/** GPT-2's division of texts (openai/gpt-2, src/encoder.py). */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** A byte as that encoder prints it: itself where it is printable, else the next of the code points from 256 on. */
function printable(byte: number): string {
  const isPrintable = (one: number): boolean =>
    (one >= 33 && one <= 126) || (one >= 161 && one <= 172) || (one >= 174 && one <= 255);
  if (isPrintable(byte)) return String.fromCodePoint(byte);
  return String.fromCodePoint(
    256 + Array.from({ length: byte }, (_, one) => one).filter((one) => !isPrintable(one)).length,
  );
}

/** The ids of a text by vocab.json and merges.txt. */
export function encodePlainly(files: Files, text: string): number[] {
  const vocabulary = JSON.parse(textOf(files, "vocab.json")) as Record<string, number>;
  const merges = textOf(files, "merges.txt").trimEnd().split("\n").slice(1);
  return (text.match(PIECES) ?? []).flatMap((piece) => {
    const bytes = Array.from(Buffer.from(piece, "utf8"), printable).join("");
    return mergePlainly(bytes, merges).map((name) => vocabulary[name]!);
  });
}
