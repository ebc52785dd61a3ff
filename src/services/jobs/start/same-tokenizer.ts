import { badInput } from "../../../errors.js";
import { type ComparedTokenizer, tokenizersDiffer } from "../../../training/config/same-tokenizer.js";
import { readTokenizerHash } from "../../models/convert-model.js";
import type { Context } from "../../request/context.js";
import type { WishedModel } from "./take-model.js";

/**
 * Refuses (BAD_USER_INPUT) a reward model of another tokenizer than the policy's. Of a model that a job is yet to make only the
 * kind of its tokenizer is known; the rest is looked at when the job begins.
 */
export async function checkTokenizers(context: Context, policy: WishedModel, reward: WishedModel): Promise<void> {
  const [field = ""] = Object.keys(reward.names).map((name) => `input.${name}`);
  const problem = tokenizersDiffer(await compared(context, policy), await compared(context, reward));
  if (problem !== null) throw badInput(problem, field);
}

/** A trained tokenizer has a hash; the other kinds say all. */
async function compared({ directory }: Context, { architecture, record }: WishedModel): Promise<ComparedTokenizer> {
  const { tokenizer: kind, vocabularySize } = architecture;
  const isToBeRead = record !== null && kind === "TRAINED_BPE";
  return { kind, vocabularySize, sha256: isToBeRead ? await readTokenizerHash(directory.model(record.sha256)) : null };
}
