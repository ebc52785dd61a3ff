/** The kinds of options that the commands have. */
import { InvalidArgumentError, Option } from "commander";
import { knownWords } from "./option-values.js";

/** A whole number of at most ten digits. */
export const whole = (text: string): number => {
  if (!/^-?\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
};

/** A number. */
export const real = (text: string): number => {
  if (text.trim() === "" || !Number.isFinite(Number(text))) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
};

/** An option whose value is one of a list of words, in any case. @param absent what counts where it is not given */
export const word = (flags: string, description: string, words: readonly string[], absent?: string): Option =>
  new Option(
    flags,
    `${description}: ${words.join(", ")}${absent === undefined ? "" : ` (default: ${absent})`}`,
  ).argParser((value: string) => {
    const found = words.find((known) => known === value.toUpperCase().replaceAll("-", "_"));
    if (!found) throw new InvalidArgumentError(`It must be one of ${words.join(", ")}.`);
    return found;
  });

/** An option whose value is a list of words, separated by commas. */
export const words = (flags: string, description: string, there: readonly string[]): Option =>
  new Option(flags, `${description}, separated by commas: ${there.join(", ")}`).argParser((list: string) =>
    knownWords(list, there).join(","),
  );

/** What every command that prints has. */
export const json = ["--json", "print JSON"] as const;
