import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { reasonOf } from "../../system-errors.js";
import { type Client, Refusal, WrongUsage } from "../server/client.js";
import { printJson } from "../terminal/output.js";

/**
 * Sends a GraphQL operation from a file, standard input ("-") or --execute, and prints the answer as JSON.
 * Refused with status 1 when the answer holds errors; it is printed all the same.
 */
export async function runQuery(
  client: Client,
  file: string | undefined,
  options: { execute?: string; variables?: string },
): Promise<void> {
  if ((file === undefined) === (options.execute === undefined))
    throw new WrongUsage(
      options.execute === undefined
        ? "Give a file, - for standard input, or --execute TEXT."
        : "Give a file or --execute, not both.",
    );
  const query = options.execute ?? (file === "-" ? await text(process.stdin) : await contents(file ?? ""));
  const answer = await client.ask(query, variablesOf(options.variables));
  printJson(answer);
  if (answer.errors?.length) throw new Refusal(answer.errors.map((error) => error.message).join("\n"));
}

const contents = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new WrongUsage(`${file} cannot be read: ${reasonOf(error)}.`);
  });

function variablesOf(given: string | undefined): Record<string, unknown> {
  if (given === undefined) return {};
  try {
    const value: unknown = JSON.parse(given);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new WrongUsage(`--variables is ${given}; it must be a JSON object.`);
}
