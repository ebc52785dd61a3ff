import { checkText } from "../../datasets/records/names.js";
import { storageProblem } from "../../datasets/text/code-points.js";
import { badInput } from "../../errors.js";

/** The longest part to search for, in characters: each row's text is compared with all of it. */
const LONGEST_SEARCH = 1000;

/** Refuses texts to look for that no stored text can hold: with U+0000 or half a surrogate pair. */
export function checkTexts(texts: Readonly<Record<string, string | null | undefined>>, place: string): void {
  for (const [name, text] of Object.entries(texts)) {
    const problem = text == null ? null : storageProblem(text);
    if (problem) throw badInput(`${place}${name} ${problem}.`, `${place}${name}`);
  }
}

/** Refuses a part to search for that is longer than 1,000 characters or that no stored text can hold. */
export function checkSearch(search: string | null | undefined, field: string): void {
  if (search != null) checkText(search, field, 0, LONGEST_SEARCH);
}
