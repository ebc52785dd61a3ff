import { corpusSizes } from "../entities/queries/corpus-prompts.js";
import type { Context } from "./context.js";
import { type FrozenDataset, frozenDataset } from "./start-job.js";

/** Text that is mixed into another training, as Job.config names it. */
export interface PretrainingCorpus {
  /** Of its TRAIN split. */
  readonly documents: number;
  readonly names: Readonly<Record<string, unknown>>;
}

/**
 * The pretraining text of a dataset, frozen as it is now; of the training's own dataset where none is named.
 * @param isWanted without it there is none
 */
export async function pretrainingCorpus(
  context: Context,
  own: FrozenDataset,
  given: { readonly datasetId: string; readonly pretrainingDatasetId?: string | null },
  isWanted: boolean,
): Promise<PretrainingCorpus> {
  if (!isWanted) return { documents: 0, names: {} };
  const { pretrainingDatasetId } = given;
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
