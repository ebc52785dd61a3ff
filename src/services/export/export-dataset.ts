import { writeLine } from "../../datasets/formats/native-write.js";
import type { NativeRecord } from "../../datasets/records/records.js";
import type { Database } from "../../entities/database/database.js";
import { type DatasetRecord, datasetBySlug, datasetsById } from "../../entities/queries/datasets/datasets.js";
import {
  type ExportSelection,
  exportedMembers,
  nextInstructions,
} from "../../entities/queries/files/export-prompts.js";
import type { PromptFilterValues } from "../../entities/queries/prompts/prompt-filter.js";
import { splitPoliciesOfDatasets } from "../../entities/queries/splits/split-policies.js";
import { conflict } from "../../errors.js";
import type { RecordFormat } from "../../vocabulary.js";
import type { Viewer } from "../access/viewer.js";
import { requireDataset } from "../access/visibility.js";
import { checkTexts } from "../input/text-argument.js";
import { revisionToRead } from "../request/revision.js";
import { promptLines } from "./export-prompts.js";

/** Which dataset in which format, which of its prompts, and as of which revision; null: as it is. */
export interface ExportRequest {
  readonly slug: string;
  readonly format: RecordFormat;
  readonly filter: PromptFilterValues;
  readonly revision: number | null;
}

/** An export that may be made: everything that can be refused has been asked. */
export interface DatasetExport {
  readonly dataset: DatasetRecord;
  readonly selection: ExportSelection;
}

/** Finds what is to be exported. Refused: a dataset that the viewer may not see, a revision that it never had. */
export async function openExport(
  { database, viewer }: { readonly database: Database; readonly viewer: Viewer },
  { slug, filter, revision: asked }: ExportRequest,
): Promise<DatasetExport> {
  checkTexts({ slug }, "");
  const found = await datasetBySlug(database, slug);
  requireDataset(viewer, found?.id, slug);
  const dataset = found as DatasetRecord;
  const revision = revisionToRead(dataset, asked);
  return {
    dataset,
    selection: {
      datasetId: dataset.id,
      revision,
      // The kept count of rankings moves on while the export runs; that of a revision stays.
      atPresent: revision === dataset.revision && filter.minRankings == null,
      filter,
    },
  };
}

/** Handles read at once. */
const MEMBERS = 2000;

/**
 * The lines of an export, from its beginning or from a prompt on. onPage: is told before the first line of a page of prompts
 * which prompt that is.
 */
export type LinesFrom = (promptId: string | null, onPage: (promptId: string) => void) => AsyncIterable<string>;

/**
 * The lines of an export, without line feeds: the split policy, the labelers by handle, the instructions by version, then
 * the prompts. All of it is of one revision, however long it takes and whatever changes meanwhile.
 * A dataset that is deleted meanwhile ends it with an error, for half of it would look like all.
 */
export const exportLines = (database: Database, { dataset, selection }: DatasetExport): LinesFrom =>
  async function* (promptId, onPage) {
    if (promptId === null) for await (const record of declarations(database, selection)) yield writeLine(record);
    yield* promptLines(database, selection, promptId, onPage);
    const [still] = await datasetsById(database, [dataset.id]);
    if (!still) throw conflict(`The dataset ${dataset.slug} was deleted while the export ran.`);
  };

async function* declarations(
  database: Database,
  { datasetId, revision }: ExportSelection,
): AsyncGenerator<NativeRecord> {
  for (const policy of await splitPoliciesOfDatasets(database, [datasetId], revision)) {
    const { datasetId: _, ...splitPolicy } = policy;
    yield { kind: "splitPolicy", splitPolicy };
  }
  let handle = "";
  for (;;) {
    const members = await exportedMembers(database, datasetId, revision, handle, MEMBERS);
    for (const labeler of members) yield { kind: "labeler", labeler };
    if (members.length < MEMBERS) break;
    handle = members.at(-1)?.handle as string;
  }
  let version = 0;
  for (;;) {
    const [next] = await nextInstructions(database, datasetId, revision, version);
    if (!next) return;
    yield { kind: "instructions", instructions: { ...next, criteriaOrder: [...next.criteriaOrder] } };
    version = next.version;
  }
}
