import type { CompletionRecord } from "../../entities/queries/completions/completions.js";
import type { AssessmentRecord } from "../../entities/queries/judgments/assessments.js";
import type { RankingRecord } from "../../entities/queries/judgments/rankings.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import type { Loaders } from "../request/loaders.js";
import { makePage, type Page, type PageArguments, pageRequest } from "../request/page.js";

/** A page of a prompt's rankings, in the order in which they came; one statement for all prompts of an answer. */
export async function rankingsOfPrompt(
  loaders: Loaders,
  { id, asOf }: PromptRecord,
  page: PageArguments,
): Promise<Page<RankingRecord>> {
  const list = `${id}.rankings-of-prompt`;
  const request = pageRequest(list, 1, page);
  const rows = await loaders.rankingsOfPrompt.load({ id, asOf, size: request.size, from: request.from });
  return makePage(
    list,
    request,
    rows,
    (row) => [String(row.position)],
    () => loaders.rankingCountOfPrompt.load({ id, asOf }),
  );
}

/** A page of a completion's assessments, oldest first; one statement for all completions of an answer. */
export async function assessmentsOfCompletion(
  loaders: Loaders,
  { id, asOf }: CompletionRecord,
  page: PageArguments,
): Promise<Page<AssessmentRecord>> {
  const list = `${id}.assessments-of-completion`;
  const request = pageRequest(list, 2, page);
  const rows = await loaders.assessmentsOfCompletion.load({ id, asOf, size: request.size, from: request.from });
  return makePage(
    list,
    request,
    rows,
    (row) => [String(row.createdAt.getTime()), row.id],
    () => loaders.assessmentCountOfCompletion.load({ id, asOf }),
  );
}
