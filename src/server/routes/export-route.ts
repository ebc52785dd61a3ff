import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { Database } from "../../entities/database/database.js";
import { beginStream } from "../../services/export/begin-stream.js";
import { type DatasetExport, exportLines, openExport } from "../../services/export/export-dataset.js";
import { exportReport } from "../../services/export/export-report.js";
import { type ExportArguments, exportArguments } from "./export-arguments.js";
import { exportBytes } from "./export-body.js";
import { ExportMarks } from "./export-marks.js";

type ExportAddress = { Params: { slug: string }; Querystring: Record<string, unknown> };

export interface ExportParts {
  readonly database: Database;
  /** It knows PromptFilter. */
  readonly schema: GraphQLSchema;
}

/**
 * GET /export/{slug}?format&split&stage&filter&revision&offset&ending: the dataset as a file, for everyone who may see it,
 * gzip where Accept-Encoding takes it; read no faster than the client takes it. GET /export/{slug}/report says beforehand
 * what the file would lose.
 */
export function registerExport(app: FastifyInstance, { database, schema }: ExportParts): void {
  const marks = new ExportMarks();
  const open = (request: FastifyRequest<ExportAddress>, { request: asked }: ExportArguments) =>
    openExport({ database, viewer: request.viewer }, { slug: request.params.slug, ...asked });

  app.get<ExportAddress>("/export/:slug", async (request, reply) => {
    const asked = exportArguments(request.query, schema);
    const opened = await open(request, asked);
    const bytes =
      request.method === "HEAD" ? Readable.from([]) : await begun({ database, marks }, opened, asked, reply);
    const { slug } = opened.dataset;
    // The answer has begun: the connection is all that can still tell of an error.
    bytes.on("error", (err) => request.log.error({ err, slug }, "an export broke off"));
    reply
      .type("application/x-ndjson; charset=utf-8")
      .header("content-disposition", `attachment; filename="${slug}.jsonl"`)
      .header("x-dataset-revision", opened.selection.revision)
      .header("vary", "accept-encoding");
    if (!takesGzip(request.headers["accept-encoding"])) return reply.send(bytes);
    const gzip = createGzip();
    bytes.on("error", (error) => gzip.destroy(error));
    gzip.on("close", () => bytes.destroy());
    return reply.header("content-encoding", "gzip").send(bytes.pipe(gzip));
  });

  app.get<ExportAddress>("/export/:slug/report", async (request) => {
    const asked = exportArguments(request.query, schema, true);
    return exportReport(database, await open(request, asked), asked.request.format);
  });
}

/** The bytes of an export of which the first are made: until then an error is answered with its sentence. */
function begun(
  { database, marks }: { readonly database: Database; readonly marks: ExportMarks },
  opened: DatasetExport,
  { request: { format }, offset, ending }: ExportArguments,
  reply: FastifyReply,
): Promise<Readable> {
  const { datasetId, revision, filter } = opened.selection;
  const which = JSON.stringify([datasetId, revision, format, ending, filter]);
  const own = marks.of(createHash("sha256").update(which).digest("base64"));
  const isLeft = () => reply.raw.destroyed;
  return beginStream(exportBytes(exportLines(database, opened), { revision, offset, ending }, own, isLeft));
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
