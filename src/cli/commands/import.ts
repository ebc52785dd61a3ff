import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { slugFromFileName } from "../../datasets/records/names.js";
import { count, countOf } from "../../datasets/text/counted.js";
import { AppError } from "../../errors.js";
import { reasonOf } from "../../system-errors.js";
import { type Client, Refusal, readJson, WrongUsage } from "../server/client.js";
import { print, printJson } from "../terminal/output.js";
import { ProgressLine } from "../terminal/progress.js";

/** What POST /import/{slug} answers. */
interface ImportReport {
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** All lines that are not blank, declarations too. */
  readonly lines: number;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  readonly losses: readonly { readonly what: string; readonly count: number }[];
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ImportOptions {
  readonly dataset?: string;
  readonly format: string;
  readonly json?: boolean;
}

/**
 * Sends a file (or "-": standard input) to POST /import/{slug} and prints its report. A `.gz` file goes as it is.
 * Refused with status 1 when a line was rejected or there was none, so that a script notices.
 */
export async function importFile(client: Client, file: string, options: ImportOptions): Promise<void> {
  const slug = options.dataset ?? slugOf(file);
  const size = file === "-" ? null : await sizeOf(file);
  const input = file === "-" ? process.stdin : createReadStream(file);
  const progress = new ProgressLine(
    `Importing ${file === "-" ? "standard input" : path.basename(file)}`,
    size,
    process.stderr,
    () => performance.now(),
  );
  const counted = async function* () {
    for await (const chunk of input) {
      progress.add((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  };
  const response = await client.fetch(
    `/import/${encodeURIComponent(slug)}?format=${encodeURIComponent(options.format)}`,
    {
      method: "POST",
      headers: {
        "content-type": "application/x-ndjson",
        ...(file.endsWith(".gz") ? { "content-encoding": "gzip" } : {}),
      },
      body: ReadableStream.from(counted()) as unknown as RequestInit["body"] & object,
      duplex: "half",
    },
  );
  const answer = await readJson<
    ImportReport & { errors?: readonly { message: string; extensions?: { code: string } }[] }
  >(response);
  progress.finish();
  if (answer.accepted === undefined)
    throw new Refusal(
      answer.errors?.map((error) => error.message).join("\n") ?? `The server answered ${response.status}.`,
    );
  if (options.json) printJson(answer);
  else report(slug, answer);
  if (answer.error) throw new Refusal(`${answer.error.code}: ${answer.error.message}`);
  const failure = nothingOrPart(file === "-" ? "The input" : file, answer);
  if (failure !== null) throw new Refusal(failure);
}

/** Why an import that came to its end is no success, or null where it is one. */
function nothingOrPart(input: string, { lines, rejected }: ImportReport): string | null {
  if (lines === 0) return `${input} is empty: it has no line, and nothing was imported.`;
  if (rejected === 0) return null;
  if (rejected === lines) {
    return `${rejected === 1 ? "The only line was" : `All ${count(rejected)} lines were`} rejected: nothing was imported.`;
  }
  return `${rejected === 1 ? "1 line was" : `${count(rejected)} lines were`} rejected; the others are in.`;
}

function report(slug: string, { accepted, duplicates, rejected, errors, losses }: ImportReport): void {
  print(`${slug}: ${count(accepted)} accepted, ${countOf(duplicates, "duplicate")}, ${count(rejected)} rejected`);
  for (const { first, last, message } of runsOf(errors))
    print(first === last ? `  line ${first}: ${message}` : `  lines ${first} to ${last}: ${message}`);
  if (rejected > errors.length) print(`  … and ${count(rejected - errors.length)} more`);
  for (const loss of losses) print(`  not kept: ${loss.what} (${count(loss.count)})`);
}

/** Errors of neighbouring lines that say the same, told once. */
function runsOf(errors: ImportReport["errors"]): { first: number; last: number; message: string }[] {
  const runs: { first: number; last: number; message: string }[] = [];
  for (const { line, message } of errors) {
    const run = runs.at(-1);
    if (run?.message === message && run.last === line - 1) run.last = line;
    else runs.push({ first: line, last: line, message });
  }
  return runs;
}

/** The dataset's slug when none is given: made of the file's name. */
function slugOf(file: string): string {
  if (file === "-") throw new WrongUsage("Name the dataset with --dataset when the input is standard input.");
  try {
    return slugFromFileName(file);
  } catch (error) {
    throw error instanceof AppError ? new WrongUsage(`${error.message.replace(/\.$/, "")} with --dataset.`) : error;
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new WrongUsage(
      error.code === "ENOENT" ? `There is no file ${file}.` : `${file} cannot be read: ${reasonOf(error)}.`,
    );
  });
  if (!found.isFile()) throw new WrongUsage(`${file} is not a file.`);
  return found.size;
}
