import type { Database } from "../../entities/database/database.js";
import { type DatasetRecord, datasetBySlug } from "../../entities/queries/datasets/datasets.js";
import { badInput } from "../../errors.js";
import type { Viewer } from "../access/viewer.js";
import { maySeeDataset } from "../access/visibility.js";
import { localId } from "../input/global-id.js";
import { checkTexts } from "../input/text-argument.js";
import type { Loaders } from "./loaders.js";

/**
 * A dataset by id or slug, or null where there is none or the viewer may not see it. Refused: both, or neither.
 *
 * @param field the argument that the id was given by, as a refusal names it.
 */
export async function findDataset(
  { viewer, database, loaders }: { viewer: Viewer; database: Database; loaders: Loaders },
  { id, slug }: { id?: string | null; slug?: string | null },
  field = "id",
): Promise<DatasetRecord | null> {
  if ((id == null) === (slug == null)) throw badInput("Give exactly one of id and slug.", field);
  checkTexts({ slug }, "");
  const dataset =
    id != null ? await loaders.dataset.load(localId("Dataset", id, field)) : await datasetBySlug(database, slug ?? "");
  return dataset && maySeeDataset(viewer, dataset.id) ? dataset : null;
}
