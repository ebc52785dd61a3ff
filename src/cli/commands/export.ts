import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Client, Refusal, readJson, refusal } from "../client.js";
import { printJson } from "../output.js";
import { Progress } from "../progress.js";
import { writeWholeFile } from "../whole-file.js";

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
    throw await refusal(response);
  }
  if (options.report) return printJson(await readJson(response));
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  if (!options.output) {
    await pipeline(body, process.stdout, { end: false });
    return;
  }
  const progress = new Progress(`Exporting ${slug}`, null, process.stderr, () => performance.now());
  const isZipped = options.output.endsWith(".gz");
  body.on("data", (chunk: Buffer) => progress.add(chunk.length));
  try {
    await writeWholeFile(options.output, async (target) => {
      const file = createWriteStream(target);
      await (isZipped ? pipeline(body, createGzip(), file) : pipeline(body, file));
    });
  } catch (error) {
    throw new Refusal(`The export broke off: ${(error as Error).message}.`);
  }
  progress.finish();
  if (options.json) printJson({ dataset: slug, file: options.output });
}
