/** A query a newcomer can run as it stands: ids that its variables need are looked up when it is opened. */
export interface Example {
  /** The file it comes from, e.g. "01-datasets.graphql". */
  readonly file: string;
  /** What it does, in a sentence: the file's first comment line. */
  readonly title: string;
  /** The document for the editor: the file without its lines of variables and ids. */
  readonly query: string;
  /** The variables as indented JSON; empty where the file gives none. "{a.b.0.id}" stands for what `ids` finds there. */
  readonly variables: string;
  /** A query that finds the ids; null where the variables are complete. */
  readonly ids: string | null;
  /** What must be there for them to be found, as the end of a sentence. */
  readonly needs: string;
}

const VARIABLES = /^#\s*variables:\s*(.*)$/;
const IDS = /^#\s*ids:\s*(.*)$/;
const NEEDS = /^#\s*needs:\s*(.*)$/;
const PLACE = /\{([\w.]+)\}/g;

/**
 * Reads an example file: a comment line with what it does, perhaps `# variables: {…}` on one line, then the document; where
 * the variables need ids, also `# ids: {…}`, a query that finds them, and `# needs: …`, what must be there for it.
 * Refused with an Error that names the file: no leading comment, variables that are not a JSON object, places without a
 * query or a query without places, or one that does not say what it needs.
 */
export function parseExample(file: string, text: string): Example {
  const lines = text.trim().split(/\r?\n/);
  const title = /^#\s*(.+)$/.exec(lines[0] ?? "")?.[1];
  const isSaid = (line: string) => [VARIABLES, IDS, NEEDS].some((said) => said.test(line));
  if (title === undefined || isSaid(lines[0] ?? "")) {
    throw new Error(`An example begins with a comment line that says what it does; ${file} does not.`);
  }
  const said = (what: RegExp) => lines.map((line) => what.exec(line)?.[1]).find((match) => match !== undefined);
  const given = said(VARIABLES);
  const variables = given === undefined ? "" : JSON.stringify(parseVariables(file, given), null, 2);
  const [ids = null, needs = ""] = [said(IDS), said(NEEDS)];
  if ((ids !== null) !== hasPlaces(variables) || (ids !== null) !== (needs !== "")) {
    throw new Error(`Variables with places such as {dataset.id}, "# ids:" and "# needs:" go together; see ${file}.`);
  }
  return { file, title, query: `${lines.filter((line) => !isSaid(line)).join("\n")}\n`, variables, ids, needs };
}

/** Whether variables hold places for ids. */
export const hasPlaces = (variables: string): boolean => variables.search(PLACE) >= 0;

/** Variables with what was found in their places, or null where something was not found. */
export function fillIds(variables: string, found: unknown): string | null {
  let isWhole = true;
  const filled = variables.replace(PLACE, (_place, path: string) => {
    const value = path
      .split(".")
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], found);
    if (typeof value !== "string") isWhole = false;
    return JSON.stringify(String(value)).slice(1, -1);
  });
  return isWhole ? filled : null;
}

function parseVariables(file: string, json: string): object {
  const value: unknown = parseJson(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`The variables of an example are a JSON object on one line; ${file} has ${json}`);
  }
  return value;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
