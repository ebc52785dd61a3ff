import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Client, Refusal, readJson } from "../client.js";
import { printJson } from "../output.js";
import { Progress } from "../progress.js";

export interface ExportOptions {
  readonly output?: string;
  readonly format: string;
  readonly split?: string;
  readonly stage?: string;
  readonly revision?: string;
  readonly report?: boolean;
  readonly json?: boolean;
}

/**
 * Writes a dataset to a file (gzip when it ends in .gz) or to standard output. A file appears under its name only when
 * it is whole. --report prints what the format will lose instead.
 */
export async function exportDataset(client: Client, slug: string, options: ExportOptions): Promise<void> {
  const query = new URLSearchParams({ format: options.format });
  for (const name of ["split", "stage", "revision"] as const) if (options[name]) query.set(name, options[name]);
  const response = await client.fetch(`/export/${encodeURIComponent(slug)}${options.report ? "/report" : ""}?${query}`);
  if (!response.ok || !response.body) {
    const answer = await readJson<{ errors?: readonly { message: string }[] }>(response);
    throw new Refusal(
      answer.errors?.map((error) => error.message).join("\n") ?? `The server answered ${response.status}.`,
    );
  }
  if (options.report) return printJson(await readJson(response));
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  if (!options.output) {
    await pipeline(body, process.stdout, { end: false });
    return;
  }
  const progress = new Progress(`Exporting ${slug}`, null, process.stderr, () => performance.now());
  const partial = `${options.output}.partial`;
  body.on("data", (chunk: Buffer) => progress.add(chunk.length));
  try {
    const file = createWriteStream(partial);
    await (options.output.endsWith(".gz") ? pipeline(body, createGzip(), file) : pipeline(body, file));
    await rename(partial, options.output);
  } catch (error) {
    await rm(partial, { force: true });
    throw new Refusal(`The export broke off: ${(error as Error).message}.`);
  }
  progress.finish();
  if (options.json) printJson({ dataset: slug, file: options.output });
}
