import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "../../config/config.js";
import { checkSlug } from "../../datasets/records/names.js";
import type { Database } from "../../entities/database/database.js";
import { requireRole } from "../../services/access/visibility.js";
import { recordFormat } from "../../services/export/record-format.js";
import { importDataset } from "../../services/import/import-dataset.js";
import { publicError } from "../requests/format-error.js";
import { statusOf } from "../requests/http-errors.js";
import type { Metrics } from "../requests/metrics.js";
import { PATIENCE, type Patience } from "../requests/requests.js";
import { bodyEncoding, readBody } from "../requests/uploaded-body.js";

export interface ImportParts {
  readonly config: Config;
  readonly database: Database;
  readonly metrics: Metrics;
  /** How long a client may send nothing. */
  readonly patience?: Patience;
}

/**
 * POST /import/{slug}?format=native: takes a file of any size into a dataset, which is made if it is new. The answer is
 * the import's report; where the input or the database broke off, with an `error`, and what was stored until then stays.
 */
export async function registerImport(
  app: FastifyInstance,
  { config, database, metrics, patience = PATIENCE }: ImportParts,
): Promise<void> {
  await app.register(async (scope) => {
    // The body is read as a stream, whatever its type says, and the limit on bodies is not for files.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.post<{ Params: { slug: string }; Querystring: Record<string, unknown> }>(
      "/import/:slug",
      { bodyLimit: Number.MAX_SAFE_INTEGER, config: { streamed: true } },
      async (request, reply) => {
        requireRole(request.viewer, "ADMIN");
        const { slug } = request.params;
        checkSlug(slug);
        const format = recordFormat(queryText(request.query.format));
        const body = readBody(request.raw, bodyEncoding(request.headers["content-encoding"]), patience.idleMs);
        const { report, lines, error } = await importDataset(
          { database, viewer: request.viewer },
          { slug, format, body, maxLineBytes: config.MAX_LINE_BYTES },
        );
        metrics.importLines.inc({ outcome: "accepted" }, report.accepted);
        metrics.importLines.inc({ outcome: "duplicate" }, report.duplicates);
        metrics.importLines.inc({ outcome: "rejected" }, report.rejected);
        if (error === null) return { ...report, lines };
        const { code, message, errorId } = publicError(error, request.log as Logger);
        const told = { code, message, ...(errorId ? { errorId } : {}) };
        return reply.code(statusOf(error, code)).send({ ...report, error: told });
      },
    );
  });
}

/** A parameter of the query string; of several of one name the first. */
export function queryText(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}
