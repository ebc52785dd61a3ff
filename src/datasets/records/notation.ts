/** A ranking as a labeler writes it: "A>B>C=D". */
import { badInput } from "../../errors.js";
import { compareCodePoints, show } from "../text/code-points.js";
import { checkKey } from "./names.js";
import { canonicalTiers } from "./tiers.js";

/** The canonical notation: best tier first, the keys of a tier in code-point order. */
export const notation = (tiers: readonly (readonly string[])[]): string =>
  tiers.map((tier) => [...tier].sort(compareCodePoints).join("=")).join(">");

/**
 * The tiers of a notation, canonical; white space around keys is allowed.
 * Refused: an empty key, one that breaks the rule of keys, a key named twice, fewer than two keys.
 */
export function parseNotation(text: string): string[][] {
  const tiers = text.split(">").map((tier) => tier.split("=").map((key) => key.trim()));
  for (const key of tiers.flat()) {
    if (key === "")
      throw badInput(`The ranking ${show(text)} has an empty place; it must look like "A>B>C=D".`, "notation");
    checkKey(key, "notation");
  }
  return canonicalTiers(tiers, "notation");
}
