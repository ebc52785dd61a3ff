import { show } from "../../datasets/text/code-points.js";
import { badInput } from "../../errors.js";

/** Refuse what is no whole number within bounds. @param field where it stands, for errors */
export function checkWholeNumber(value: number, least: number, most: number, name: string, field: string): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw badInput(`${name} is ${show(value)}; it must be a whole number from ${least} to ${most}.`, field);
}
