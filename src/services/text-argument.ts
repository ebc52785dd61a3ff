import { storageProblem } from "../datasets/code-points.js";
import { badInput } from "../errors.js";

/** Refuses texts to look for that no stored text can hold: with U+0000 or half a surrogate pair. */
export function checkTexts(texts: Readonly<Record<string, string | null | undefined>>, place: string): void {
  for (const [name, text] of Object.entries(texts)) {
    const problem = text == null ? null : storageProblem(text);
    if (problem) throw badInput(`${place}${name} ${problem}.`, `${place}${name}`);
  }
}
