/** What of a training is held against PyTorch's: the same initial parameters and batches, dropout 0, float32. */
import { readFileSync } from "node:fs";
import type { Parameter } from "../../../src/training/model/parameters.js";

/** "" is the case as it is; "-small" one that backends can compute on which the other takes minutes. */
export type CaseSize = "" | "-small";

/** Of a tensor: its norm, and the entries that PyTorch's script wrote down. */
export interface DescribedTensor {
  readonly norm: number;
  readonly entries: readonly number[];
}

export type Described = Readonly<Record<string, DescribedTensor>>;

/** What PyTorch found, with the largest entry of each tensor. */
export type Expected = Readonly<Record<string, DescribedTensor & { readonly largest: number }>>;

/** A JSON file of test/golden. */
export const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), "utf8"));

export const normOf = (numbers: Float32Array): number =>
  Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0));

/** Sixteen entries from the first to near the last, as the scripts take them. */
export const described = (numbers: Float32Array): DescribedTensor => ({
  norm: normOf(numbers),
  entries: Array.from({ length: 16 }, (_, i) => numbers[Math.floor((i * numbers.length) / 16)]!),
});

/** A gradient of all parameters, tensor by tensor. */
export const describedGradient = (gradient: Float32Array, parameters: readonly Parameter[]): Described =>
  Object.fromEntries(
    parameters.map(({ name, offset, size }) => [name, described(gradient.subarray(offset, offset + size))]),
  );

/** Whether two numbers agree within a relative 1e-4, or 1e-6 where they are near 0. */
export const isNear = (ours: number | undefined, theirs: number): boolean =>
  Math.abs((ours as number) - theirs) <= 1e-6 + 1e-4 * Math.abs(theirs);

/** The tensors that differ: in their norm, or in an entry by more than a relative 1e-4 of the largest one, or 1e-6. */
export const differing = (ours: Described, theirs: Expected): string[] =>
  Object.entries(theirs).flatMap(([name, { norm, largest, entries }]) => {
    const own = ours[name];
    const isSame =
      isNear(own?.norm, norm) &&
      entries.every((entry, i) => Math.abs((own?.entries[i]!) - entry) <= 1e-6 + 1e-4 * largest);
    return isSame ? [] : [`${name}: ${JSON.stringify(own)} instead of ${JSON.stringify({ norm, entries })}`];
  });
