import type { HurdlesRecord } from "../entities/queries/hurdles.js";

/**
 * What stands between the rankings or demonstrations of a dataset and a training, as the end of a sentence about there being
 * none: "Of its 6 rankings 6 have ties only."
 */
export function hurdlesSentence(
  things: "rankings" | "demonstrations",
  { total, ofOtherPools, withoutSplit, inOtherSplits, excluded, tied }: HurdlesRecord,
): string {
  if (total === 0) return `The dataset has no ${things}.`;
  const hurdles = [
    [tied, "have ties only"],
    [ofOtherPools, "are by labelers who are not in the pool TRAINING"],
    [withoutSplit, "are of prompts without a split (assignSplits gives them one)"],
    [inOtherSplits, "are of prompts in VALIDATION or TEST"],
    [excluded, "are of prompts that are excluded (restorePrompts takes them back)"],
  ] as const;
  const found = hurdles.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  return found.length === 0
    ? `None of its ${total} ${things} serves this stage.`
    : `Of its ${total} ${things} ${found.join(", ")}.`;
}
