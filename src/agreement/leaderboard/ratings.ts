import type { Cells } from "./canonical-cells.js";

/** One number a source, or why there are none. */
export type Ratings =
  | { readonly values: Float64Array; readonly reason: null }
  | { readonly values: null; readonly reason: string };

/** What a fit says that ends nowhere although a maximum exists. */
export const TOO_FLAT: Ratings = {
  values: null,
  reason: "The likelihood is so flat that its maximum cannot be found in double precision.",
};

/** The values with mean 0 over sources. @param values of cells [cells] @param sizes sources of each. [cells] */
export function centred(values: Float64Array, sizes: Int32Array): Float64Array {
  let [sum, sources] = [0, 0];
  for (let cell = 0; cell < values.length; cell++) {
    sum += sizes[cell]! * values[cell]!;
    sources += sizes[cell]!;
  }
  const mean = sum / sources;
  return values.map((value) => value - mean);
}

/** Each source's value, from those of the cells. [cells] → [sources] */
export const spreadOverSources = (values: Float64Array, { cellOf }: Cells): Float64Array =>
  Float64Array.from(cellOf, (cell) => values[cell]!);
