import { show } from "../../datasets/text/code-points.js";
import { parseTimestamp } from "../../datasets/text/timestamps.js";
import { badInput } from "../../errors.js";
import type { AgreementRequest } from "../../services/analysis/agreement.js";
import {
  AGREEMENT_CLUSTERS,
  AGREEMENT_MEASURES,
  LABELER_POOLS,
  OUTPUT_LABELS,
  PROMPT_SOURCES,
  SPLITS,
  TIE_POLICIES,
  USE_CASES,
} from "../../vocabulary.js";

type Query = Readonly<Record<string, unknown>>;

/** The parameters, named as the fields of AgreementInput are, and minUnits as that of AgreementReport.matrix. */
const NAMES = [
  "measure",
  "label",
  "tiePolicy",
  "pool",
  "labelerIds",
  "split",
  "useCases",
  "sources",
  "createdFrom",
  "createdTo",
  "instructionVersionId",
  "cluster",
  "resamples",
  "seed",
  "minUnits",
] as const;
type Name = (typeof NAMES)[number];

const MOST_UNITS = 1_000_000_000;

/**
 * What an address asks of an agreement report; defaults as in AgreementInput, and measure RANKING. Lists are separated by
 * commas. Refused: unknown parameters (a mistyped filter would else give another figure unseen), one given twice, words
 * that are none, numbers that are not whole.
 */
export function agreementArguments(query: Query): { readonly request: AgreementRequest; readonly minUnits: number } {
  for (const [name, value] of Object.entries(query)) {
    if (!NAMES.some((known) => known === name))
      throw badInput(`${show(name)} is no parameter; there are ${NAMES.join(", ")}.`, name.slice(0, 80));
    if (typeof value !== "string") throw badInput(`${name} is given twice; give it once.`, name);
  }
  const text = (name: Name): string | null => (query[name] as string | undefined) ?? null;
  const word = <Word extends string>(name: Name, words: readonly Word[]): Word | null => {
    const given = text(name);
    return given === null ? null : wordOf(name, words, given);
  };
  const list = (name: Name): string[] | null =>
    text(name)
      ?.split(",")
      .map((part) => part.trim()) ?? null;
  const whole = (name: Name, most: number, usual: number): number => {
    const given = text(name);
    if (given === null) return usual;
    if (!/^-?\d{1,10}$/.test(given) || Math.abs(Number(given)) > most)
      throw badInput(`${name} is ${show(given)}; it must be a whole number up to ${most}.`, name);
    return Number(given);
  };
  const time = (name: Name): Date | null => {
    const given = text(name);
    if (given === null) return null;
    const parsed = parseTimestamp(given);
    if ("problem" in parsed) throw badInput(`${name} is ${show(given)}; it ${parsed.problem}.`, name);
    return parsed.date;
  };
  return {
    request: {
      measure: word("measure", AGREEMENT_MEASURES) ?? "RANKING",
      label: word("label", OUTPUT_LABELS),
      tiePolicy: word("tiePolicy", TIE_POLICIES) ?? "EXACT",
      pool: word("pool", LABELER_POOLS),
      labelerIds: list("labelerIds"),
      split: word("split", SPLITS),
      useCases: list("useCases")?.map((given) => wordOf("useCases", USE_CASES, given)) ?? null,
      sources: list("sources")?.map((given) => wordOf("sources", PROMPT_SOURCES, given)) ?? null,
      createdFrom: time("createdFrom"),
      createdTo: time("createdTo"),
      instructionVersionId: text("instructionVersionId"),
      cluster: word("cluster", AGREEMENT_CLUSTERS) ?? "PROMPT",
      resamples: whole("resamples", 2 ** 31 - 1, 1000),
      seed: whole("seed", 2 ** 31 - 1, 0),
    },
    minUnits: whole("minUnits", MOST_UNITS, 10),
  };
}

function wordOf<Word extends string>(name: Name, words: readonly Word[], given: string): Word {
  const word = words.find((known) => known === given);
  if (!word) throw badInput(`${name} is ${show(given)}; it must be one of ${words.join(", ")}.`, name);
  return word;
}
