import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import type { PromptFilterValues } from "../../entities/queries/prompts/prompt-filter.js";
import { countPrompts, type PromptPageRow, promptPage } from "../../entities/queries/prompts/prompt-page.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import { badInput } from "../../errors.js";
import { DEFAULT_PROMPT_ORDER, type PromptOrder } from "../../vocabulary.js";
import { checkSearch, checkTexts } from "../input/text-argument.js";
import type { Context } from "../request/context.js";
import { makePage, type Page, type PageArguments, pageRequest } from "../request/page.js";
import { revisionToRead } from "../request/revision.js";
import { answerOnce } from "../statistics/dataset-answers.js";

/** A page of a dataset's prompts. */
export async function listPrompts(
  { database, loaders }: Pick<Context, "database" | "loaders">,
  dataset: DatasetRecord,
  args: PageArguments & { filter?: PromptFilterValues | null; orderBy?: PromptOrder | null; revision?: number | null },
): Promise<Page<PromptRecord>> {
  const order = args.orderBy ?? DEFAULT_PROMPT_ORDER;
  const list = `${dataset.id}.prompts.${order}`;
  const request = pageRequest(list, 2, args);
  const filter = args.filter ?? {};
  checkPromptFilter(filter, "filter.");
  const asOf = revisionToRead(dataset, args.revision);
  const selection = { datasetId: dataset.id, asOf, atPresent: asOf === dataset.revision, filter };
  const rows = await promptPage(database, selection, order, request);
  for (const row of rows) loaders.prompt.prime(row, row);
  const count = () => countPrompts(database, selection);
  return makePage(list, request, rows, cursorOf(order), () =>
    // The kept count of rankings moves with the present revision, not with one that was read a moment ago.
    filter.minRankings != null ? count() : answerOnce(database, dataset.id, asOf, ["prompts", filter], count),
  );
}

const cursorOf = (order: PromptOrder) => (row: PromptPageRow) =>
  order === "MOST_RANKED" || order === "LEAST_RANKED"
    ? [String(row.orderCount), row.id]
    : [String(row.createdAt.getTime()), row.id];

/** Refuses texts that no prompt can hold, and a count below 0. place: where the filter stands among the arguments. */
export function checkPromptFilter(filter: PromptFilterValues, place: string): void {
  const { author, language, tag, search, minRankings } = filter;
  checkTexts({ author, language, tag }, place);
  checkSearch(search, `${place}search`);
  if (minRankings != null && minRankings < 0)
    throw badInput(`${place}minRankings is ${minRankings}; it must be 0 or more.`, `${place}minRankings`);
}
