import { coerceInputValue, type GraphQLInputObjectType, type GraphQLSchema } from "graphql";
import { show } from "../../datasets/text/code-points.js";
import type { PromptFilterValues } from "../../entities/queries/prompts/prompt-filter.js";
import { badInput } from "../../errors.js";
import type { ExportRequest } from "../../services/export/export-dataset.js";
import { recordFormat } from "../../services/export/record-format.js";
import { checkPromptFilter } from "../../services/reads/prompt-list.js";
import { SPLITS, STAGES } from "../../vocabulary.js";

type Query = Readonly<Record<string, unknown>>;

/** What says which records are meant, of an export and of its report. */
const OF_SELECTION = ["format", "split", "stage", "revision", "filter"] as const;
/** What says which of the bytes are sent. */
const OF_BODY = ["offset", "ending"] as const;
type Name = (typeof OF_SELECTION)[number] | (typeof OF_BODY)[number];

/** The parameters of an export. */
export interface ExportArguments {
  readonly request: Omit<ExportRequest, "slug">;
  readonly offset: number;
  readonly ending: boolean;
}

/**
 * What an address asks of an export; forReport: of its report, which has no bytes. split and stage are short for a filter of
 * one. Refused: unknown parameters (a mistyped filter would else give all prompts unseen), one given twice, a split or
 * stage beside that of the filter, an offset without the revision that it counts in.
 */
export function exportArguments(query: Query, schema: GraphQLSchema, forReport = false): ExportArguments {
  const names: readonly Name[] = forReport ? OF_SELECTION : [...OF_SELECTION, ...OF_BODY];
  for (const [name, value] of Object.entries(query)) {
    if (!names.some((known) => known === name))
      throw badInput(`${show(name)} is no parameter; there are ${names.join(", ")}.`, name.slice(0, 80));
    if (typeof value !== "string") throw badInput(`${name} is given twice; give it once.`, name);
  }
  const text = (name: Name): string | undefined => query[name] as string | undefined;
  const format = recordFormat(text("format"));
  const split = wordOf(SPLITS, "split", text("split"));
  const stage = wordOf(STAGES, "stage", text("stage"));
  const revision = wholeOf("revision", text("revision"), 10);
  const filter = filterOf(text("filter"), schema);
  if (split !== null && filter.splits != null) throw badInput("Give split, or filter.splits.", "split");
  if (stage !== null && filter.stages != null) throw badInput("Give stage, or filter.stages.", "stage");
  const offset = wholeOf("offset", text("offset"), 15);
  if (offset !== null && revision === null)
    throw badInput("offset counts the bytes of one revision: give revision, as x-dataset-revision said it.", "offset");
  const ending = wordOf(["true", "false"], "ending", text("ending")) === "true";
  return {
    request: {
      format,
      revision,
      filter: { ...filter, ...(split && { splits: [split] }), ...(stage && { stages: [stage] }) },
    },
    offset: offset ?? 0,
    ending,
  };
}

function wordOf<Word extends string>(words: readonly Word[], field: Name, given: string | undefined): Word | null {
  if (given === undefined) return null;
  const word = words.find((name) => name === given);
  if (!word) throw badInput(`${field} is ${show(given)}; it must be one of ${words.join(", ")}.`, field);
  return word;
}

function wholeOf(field: Name, given: string | undefined, digits: number): number | null {
  if (given === undefined) return null;
  if (!/^\d+$/.test(given) || given.length > digits)
    throw badInput(`${field} is ${show(given)}; it must be a whole number.`, field);
  return Number(given);
}

/** A PromptFilter as JSON, by the names and rules of GraphQL's own. */
function filterOf(given: string | undefined, schema: GraphQLSchema): PromptFilterValues {
  if (given === undefined) return {};
  const parsed = parse(given);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw badInput(`filter is ${show(given)}; it must be a JSON object with fields of PromptFilter.`, "filter");
  const type = schema.getType("PromptFilter") as GraphQLInputObjectType;
  const known = type.getFields();
  for (const name of Object.keys(parsed)) {
    if (!Object.hasOwn(known, name))
      throw badInput(
        `filter.${name.slice(0, 80)} is no field of PromptFilter; there are ${Object.keys(known).join(", ")}.`,
        `filter.${name.slice(0, 80)}`,
      );
  }
  const filter = coerceInputValue(parsed, type, (path, value, error) => {
    const place = ["filter", ...path].join(".");
    throw badInput(`${place} is ${show(value)}: ${error.message}`, place);
  }) as PromptFilterValues;
  checkPromptFilter(filter, "filter.");
  return filter;
}

function parse(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw badInput(
      `filter is ${show(given)}, which is no JSON; it must be an object such as {"splits":["TRAIN"]}.`,
      "filter",
    );
  }
}
