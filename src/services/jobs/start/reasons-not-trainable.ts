import type { Database } from "../../../entities/database/database.js";
import { countPrompts } from "../../../entities/queries/prompts/prompt-page.js";
import type { NotTrainableRecord } from "../../../entities/queries/prompts/reasons-not-trainable.js";
import { AppError } from "../../../errors.js";
import { SPLITS } from "../../../vocabulary.js";

const REMEDY = "assignSplits gives them one, on the command line accord splits";

/**
 * What stands between the rankings or demonstrations of a dataset and a training, as the end of a sentence about there being
 * none: "Of its 6 rankings 6 have ties only."
 */
export function notTrainableSentence(
  things: "rankings" | "demonstrations",
  { total, ofOtherPools, withoutSplit, inOtherSplits, excluded, tied }: NotTrainableRecord,
): string {
  if (total === 0) return `The dataset has no ${things}.`;
  const hurdles = [
    [tied, "have ties only"],
    [ofOtherPools, "are by labelers who are not in the pool TRAINING"],
    [withoutSplit, `are of prompts without a split (${REMEDY})`],
    [inOtherSplits, "are of prompts in VALIDATION or TEST"],
    [excluded, "are of prompts that are excluded (restorePrompts takes them back)"],
  ] as const;
  const found = hurdles.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  return found.length === 0
    ? `None of its ${total} ${things} serves this stage.`
    : `Of its ${total} ${things} ${found.join(", ")}.`;
}

/** A refusal because a split has nothing, which also says where prompts of the dataset have no split. */
export async function emptySplit(
  database: Database,
  dataset: { readonly datasetId: string; readonly revision: number },
  sentence: string,
  field: string,
): Promise<AppError> {
  const selection = { datasetId: dataset.datasetId, asOf: dataset.revision, atPresent: false };
  const [all, inSplits] = await Promise.all(
    [{}, { splits: SPLITS }].map((filter) => countPrompts(database, { ...selection, filter })),
  );
  const without = (all ?? 0) - (inSplits ?? 0);
  const hint = without > 0 ? ` ${without} of its ${all} prompts have no split (${REMEDY}).` : "";
  return new AppError("UNPROCESSABLE", sentence + hint, field);
}
