import { promptIdentity } from "../../datasets/formats/identity.js";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import { badInput } from "../../errors.js";
import { checkEach } from "../input/check-each.js";
import { MOST_ITEMS } from "../input/input-rules.js";
import { checkTexts } from "../input/text-argument.js";
import type { Context } from "../request/context.js";

/**
 * The prompts of a dataset that were given these ids by whoever wrote them, in the order asked for: an id given twice
 * is answered twice, one that no prompt has with null. One statement for all of a request. Refused: more than 1,000, and
 * what no id can be (U+0000, half a surrogate pair).
 */
export async function promptsByExternalId(
  context: Pick<Context, "loaders">,
  dataset: DatasetRecord,
  externalIds: readonly string[],
): Promise<(PromptRecord | null)[]> {
  if (externalIds.length > MOST_ITEMS) {
    const told = `externalIds holds ${externalIds.length} ids; it may hold ${MOST_ITEMS}.`;
    throw badInput(told, "externalIds");
  }
  checkEach(externalIds, (id, index) => checkTexts({ [`externalIds.${index}`]: id }, ""));
  return Promise.all(externalIds.map((id) => load(context, dataset, id)));
}

/** The prompt of a dataset that was given this id by whoever wrote it, or null. */
export async function promptByExternalId(
  context: Pick<Context, "loaders">,
  dataset: DatasetRecord,
  externalId: string,
): Promise<PromptRecord | null> {
  checkTexts({ externalId }, "");
  return load(context, dataset, externalId);
}

/** A prompt with an id is recognised by it alone, so that the index of identities finds it; all of it as of the request. */
async function load(
  { loaders }: Pick<Context, "loaders">,
  { id: datasetId, revision: asOf }: DatasetRecord,
  externalId: string,
): Promise<PromptRecord | null> {
  const identity = promptIdentity({ externalId, text: "", fewShot: [], source: null, author: null });
  const prompt = await loaders.promptByIdentity.load({ datasetId, identity, asOf });
  if (prompt) loaders.prompt.prime(prompt, prompt);
  return prompt;
}
