import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Database } from "../entities/database.js";
import { badInput } from "../errors.js";
import { type ExportRequest, exportLines, openExport } from "../services/export-dataset.js";
import { exportReport } from "../services/export-report.js";
import { recordFormat } from "../services/record-format.js";
import { SPLITS, STAGES } from "../vocabulary.js";
import { queryText } from "./import-route.js";

/** Lines are sent in chunks of about this many characters. */
const CHUNK_CHARACTERS = 1 << 16;

type ExportAddress = { Params: { slug: string }; Querystring: Record<string, unknown> };

/**
 * GET /export/{slug}?format&split&stage&revision: the dataset as a file, for everyone who may see it, gzip where
 * Accept-Encoding takes it; read no faster than the client takes it. GET /export/{slug}/report says beforehand what the
 * file would lose.
 */
export function registerExport(app: FastifyInstance, { database }: { readonly database: Database }): void {
  app.get<ExportAddress>("/export/:slug", async (request, reply) => {
    const opened = await openExport({ database, viewer: request.viewer }, exportRequest(request));
    const { slug } = opened.dataset;
    const lines = Readable.from(chunks(exportLines(database, opened)), { objectMode: false });
    // The answer has begun: the connection is all that can still tell of an error.
    lines.on("error", (err) => request.log.error({ err, slug }, "an export broke off"));
    reply
      .type("application/x-ndjson; charset=utf-8")
      .header("content-disposition", `attachment; filename="${slug}.jsonl"`)
      .header("x-dataset-revision", opened.selection.revision)
      .header("vary", "accept-encoding");
    if (!takesGzip(request.headers["accept-encoding"])) return reply.send(lines);
    const gzip = createGzip();
    lines.on("error", (error) => gzip.destroy(error));
    gzip.on("close", () => lines.destroy());
    return reply.header("content-encoding", "gzip").send(lines.pipe(gzip));
  });

  app.get<ExportAddress>("/export/:slug/report", async (request) => {
    const asked = exportRequest(request);
    return exportReport(database, await openExport({ database, viewer: request.viewer }, asked), asked.format);
  });
}

function exportRequest({ params, query }: FastifyRequest<ExportAddress>): ExportRequest {
  return {
    slug: params.slug,
    format: recordFormat(queryText(query.format)),
    split: wordOf(SPLITS, "split", queryText(query.split)),
    stage: wordOf(STAGES, "stage", queryText(query.stage)),
    revision: revisionOf(queryText(query.revision)),
  };
}

function wordOf<Word extends string>(words: readonly Word[], field: string, given: string | undefined): Word | null {
  if (given === undefined) return null;
  const word = words.find((name) => name === given);
  if (!word)
    throw badInput(`${field} is ${JSON.stringify(given.slice(0, 40))}; it must be one of ${words.join(", ")}.`, field);
  return word;
}

function revisionOf(given: string | undefined): number | null {
  if (given === undefined) return null;
  if (!/^\d{1,10}$/.test(given)) {
    throw badInput(`revision is ${JSON.stringify(given.slice(0, 40))}; it must be a whole number.`, "revision");
  }
  return Number(given);
}

/** Whether an Accept-Encoding header takes gzip: named, or by "*", and not with q=0. */
export function takesGzip(header: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of (header ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const q = parameters.map((text) => /^q=([\d.]+)$/.exec(text)?.[1]).find((weight) => weight !== undefined);
    if (name !== "") weights.set(name, q === undefined ? 1 : Number(q));
  }
  return (weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0) > 0;
}

async function* chunks(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let pending: string[] = [];
  let characters = 0;
  for await (const line of lines) {
    pending.push(line, "\n");
    characters += line.length + 1;
    if (characters < CHUNK_CHARACTERS) continue;
    yield Buffer.from(pending.join(""));
    pending = [];
    characters = 0;
  }
  if (characters > 0) yield Buffer.from(pending.join(""));
}
