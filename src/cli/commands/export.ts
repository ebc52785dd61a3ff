import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { reasonOf } from "../../system-errors.js";
import { isOfFiles, unwritable, writeAtomically } from "../server/atomic-write.js";
import { type Client, Refusal, readJson } from "../server/client.js";
import { download, resumedDownload } from "../server/download.js";
import { withoutEnding } from "../server/export-ending.js";
import { printJson } from "../terminal/output.js";
import { ProgressLine } from "../terminal/progress.js";

export interface ExportOptions {
  readonly output?: string;
  readonly format: string;
  readonly split?: string;
  readonly stage?: string;
  readonly filter?: string;
  readonly revision?: number;
  readonly report?: boolean;
  readonly json?: boolean;
}

/**
 * Writes a dataset to a file (gzip when it ends in .gz) or to standard output. A file appears under its name only when
 * it is whole: as long as the server says at the end, and with its hash. A connection that breaks is gone on from, at the
 * same revision. --report prints what the format will lose instead.
 */
export async function exportDataset(client: Client, slug: string, options: ExportOptions): Promise<void> {
  const query = new URLSearchParams({ format: options.format });
  for (const name of ["split", "stage", "filter", "revision"] as const) {
    const given = options[name];
    if (given !== undefined) query.set(name, String(given));
  }
  const path = `/export/${encodeURIComponent(slug)}`;
  if (options.report) return printJson(await readJson(await download(client, `${path}/report?${query}`)));
  query.set("ending", "true");
  const response = await download(client, `${path}?${query}`);
  query.set("revision", response.headers.get("x-dataset-revision") ?? "");
  const again = (at: number) => download(client, `${path}?${query}&offset=${at}`);
  const body = withoutEnding(
    resumedDownload(response, again, { tell: (text) => void process.stderr.write(`${text}\n`) }),
  );
  try {
    if (options.output === undefined) return await pipeline(body, process.stdout, { end: false });
    await writeExport(`Exporting ${slug}`, body, options.output);
  } catch (error) {
    if (options.output !== undefined && isOfFiles(error)) throw unwritable(options.output, error);
    throw new Refusal(`The export broke off: ${reasonOf(error)}.`);
  }
  if (options.json) printJson({ dataset: slug, file: options.output });
}

async function writeExport(label: string, body: AsyncIterable<Uint8Array>, output: string): Promise<void> {
  const progress = new ProgressLine(label, null, process.stderr, () => performance.now());
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      progress.add(piece.length);
      yield piece;
    }
  };
  await writeAtomically(output, async (target) => {
    const file = createWriteStream(target);
    await (output.endsWith(".gz") ? pipeline(counted, createGzip(), file) : pipeline(counted, file));
  });
  progress.finish();
}
