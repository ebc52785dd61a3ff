/** A query a newcomer can run as it stands, or after putting an id into its variables. */
export interface Example {
  /** The file it comes from, e.g. "01-datasets.graphql". */
  readonly file: string;
  /** What it does, in a sentence: the file's first comment line. */
  readonly title: string;
  /** The document for the editor: the file without its line of variables. */
  readonly query: string;
  /** The variables as indented JSON; empty where the file gives none. */
  readonly variables: string;
}

const VARIABLES = /^#\s*variables:\s*(.*)$/;

/**
 * Reads an example file: a comment line with what it does, perhaps `# variables: {…}` on one line, then the document.
 * Refused with an Error that names the file: no leading comment, or variables that are not a JSON object.
 */
export function parseExample(file: string, text: string): Example {
  const lines = text.trim().split(/\r?\n/);
  const title = /^#\s*(.+)$/.exec(lines[0] ?? "")?.[1];
  if (title === undefined || VARIABLES.test(lines[0] ?? "")) {
    throw new Error(`An example begins with a comment line that says what it does; ${file} does not.`);
  }
  const given = lines.map((line) => VARIABLES.exec(line)?.[1]).find((match) => match !== undefined);
  return {
    file,
    title,
    query: `${lines.filter((line) => !VARIABLES.test(line)).join("\n")}\n`,
    variables: given === undefined ? "" : JSON.stringify(parseVariables(file, given), null, 2),
  };
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
