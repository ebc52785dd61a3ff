import { corpusSizes } from "../../../entities/queries/training/corpus-prompts.js";
import { badInput } from "../../../errors.js";
import type { Context } from "../../request/context.js";
import { type FrozenDataset, frozenDataset } from "./start-job.js";

/** Text that is mixed into another training, as Job.config names it. */
export interface PretrainingCorpus {
  /** Of its TRAIN split. */
  readonly documents: number;
  readonly names: Readonly<Record<string, unknown>>;
}

/**
 * The pretraining text of a dataset, frozen as it is now; of the training's own dataset where none is named.
 * @param weight the field that says how much of it is learned, and what it says; 0 or nothing: there is none
 * @throws AppError BAD_USER_INPUT: a dataset of which nothing would be learned
 */
export async function pretrainingCorpus(
  context: Context,
  own: FrozenDataset,
  given: { readonly datasetId: string; readonly pretrainingDatasetId?: string | null },
  [field, weight]: readonly [field: string, weight: number | null | undefined],
): Promise<PretrainingCorpus> {
  const { pretrainingDatasetId } = given;
  const isWanted = weight != null && weight !== 0; // what is below 0 is refused with its bounds
  if (!isWanted && pretrainingDatasetId != null)
    throw badInput(
      `input.pretrainingDatasetId names text to learn beside, but input.${field} is ${weight ?? "not given"}, so that none would be; give one above 0 or leave both out.`,
      "input.pretrainingDatasetId",
    );
  if (!isWanted) return { documents: 0, names: {} };
  const { datasetId, revision } =
    pretrainingDatasetId == null
      ? own
      : await (await frozenDataset(context, pretrainingDatasetId, "input.pretrainingDatasetId"))();
  const sizes = await corpusSizes(context.database, datasetId, revision);
  return {
    documents: sizes.find(({ split }) => split === "TRAIN")?.documents ?? 0,
    names: { pretrainingDatasetId: pretrainingDatasetId ?? given.datasetId, pretrainingRevision: revision },
  };
}
