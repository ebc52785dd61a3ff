import { badInput } from "../../errors.js";

/**
 * The revision to read a dataset as of: the one asked for, or the one that this request loaded the dataset at, so that
 * all of an answer is of one state. Refused: a revision that the dataset never had.
 */
export function revisionToRead(dataset: { readonly revision: number }, asked: number | null | undefined): number {
  if (asked == null) return dataset.revision;
  if (asked < 0 || asked > dataset.revision)
    throw badInput(`revision is ${asked}; it must be 0 to ${dataset.revision}, the dataset's present one.`, "revision");
  return asked;
}
