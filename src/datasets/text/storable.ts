/** What of an API input PostgreSQL can keep: checked once for a whole input, whatever its shape. */
import { badInput } from "../../errors.js";
import { show, storageProblem } from "./code-points.js";

/** Objects may lie within objects this deep. */
const MOST_LEVELS = 64;

/**
 * Refuse an input that holds, at any depth, a text or a name with U+0000 or half a surrogate pair, a number that is not
 * finite, or objects nested deeper than 64 levels.
 * @param value anything made of JSON values, dates and undefined
 * @param field where it stands, as a dotted path; "" where its own fields stand at the top
 */
export function checkStorable(value: unknown, field: string, level = 0): void {
  if (typeof value === "string") {
    const problem = storageProblem(value);
    if (problem !== null) throw badInput(`${field} ${problem}.`, field);
  } else if (typeof value === "number") {
    if (!Number.isFinite(value))
      throw badInput(`${field} is ${Number.isNaN(value) ? "NaN, which is no number" : show(value)}.`, field);
  } else if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    if (level >= MOST_LEVELS)
      throw badInput(`${field.slice(0, 100)}… is nested deeper than ${MOST_LEVELS} levels.`, field.slice(0, 500));
    for (const [name, item] of Object.entries(value)) {
      const problem = storageProblem(name);
      if (problem !== null) throw badInput(`The name ${show(name)} in ${field} ${problem}.`, field);
      checkStorable(item, field === "" ? name : `${field}.${name}`, level + 1);
    }
  }
}
