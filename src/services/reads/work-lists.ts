import type { Database } from "../../entities/database/database.js";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import { countDemonstrations, demonstrationPage } from "../../entities/queries/judgments/demonstration-page.js";
import type { DemonstrationRecord } from "../../entities/queries/judgments/demonstrations.js";
import {
  countRankings,
  type RankingFilterValues,
  type RankingSelection,
  rankingPage,
} from "../../entities/queries/judgments/ranking-page.js";
import type { RankingRecord } from "../../entities/queries/judgments/rankings.js";
import type { WorkFilterValues } from "../../entities/queries/judgments/work-filter.js";
import { localId, localIds } from "../input/global-id.js";
import { checkPeriod } from "../input/input-rules.js";
import type { Context } from "../request/context.js";
import { makePage, type Page, type PageArguments, pageRequest } from "../request/page.js";
import { revisionToRead } from "../request/revision.js";
import { answerOnce } from "../statistics/dataset-answers.js";
import { guidelineReading } from "./guideline.js";

type ListArguments<Filter> = PageArguments & { filter?: Filter | null; revision?: number | null };

/** A page of a dataset's rankings, oldest first. Ids in the filter are global. */
export async function listRankings(
  { database }: Pick<Context, "database">,
  dataset: DatasetRecord,
  args: ListArguments<RankingFilterValues>,
): Promise<Page<RankingRecord>> {
  const list = `${dataset.id}.rankings`;
  const request = pageRequest(list, 2, args);
  const asOf = revisionToRead(dataset, args.revision);
  const selection = await rankingSelection(database, dataset.id, asOf, args.filter);
  const rows = await rankingPage(database, selection, request);
  return makePage(list, request, rows, byTime, () =>
    answerOnce(database, dataset.id, asOf, ["rankings", selection.filter], () => countRankings(database, selection)),
  );
}

/** The rankings of a dataset that pass a filter, as of a revision. Ids in the filter are global. */
export async function rankingSelection(
  database: Database,
  datasetId: string,
  asOf: number,
  given: RankingFilterValues | null | undefined,
): Promise<RankingSelection> {
  const filter = withLocalIds(given ?? {});
  const guideline = filter.violatesGuideline == null ? null : await guidelineReading(database, datasetId, asOf);
  return { datasetId, asOf, filter, guideline };
}

/** A page of a dataset's demonstrations, oldest first. Ids in the filter are global. */
export async function listDemonstrations(
  { database }: Pick<Context, "database">,
  dataset: DatasetRecord,
  args: ListArguments<WorkFilterValues>,
): Promise<Page<DemonstrationRecord>> {
  const list = `${dataset.id}.demonstrations`;
  const request = pageRequest(list, 2, args);
  const asOf = revisionToRead(dataset, args.revision);
  const selection = { datasetId: dataset.id, asOf, filter: withLocalIds(args.filter ?? {}) };
  const rows = await demonstrationPage(database, selection, request);
  return makePage(list, request, rows, byTime, () =>
    answerOnce(database, dataset.id, asOf, ["demonstrations", selection.filter], () =>
      countDemonstrations(database, selection),
    ),
  );
}

const byTime = (row: { readonly createdAt: Date; readonly id: string }) => [String(row.createdAt.getTime()), row.id];

/** The filter with row numbers for global ids. Refused: what is no id, or the id of another type, and a period without a moment. */
function withLocalIds<Filter extends WorkFilterValues>(filter: Filter): Filter {
  const { labelerIds, instructionVersionId } = filter;
  checkPeriod(filter.createdFrom, filter.createdTo, "filter.createdTo");
  return {
    ...filter,
    labelerIds: localIds("Labeler", labelerIds, "filter.labelerIds"),
    instructionVersionId:
      instructionVersionId == null
        ? null
        : localId("InstructionVersion", instructionVersionId, "filter.instructionVersionId"),
  };
}
