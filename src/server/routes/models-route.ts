import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { badInput } from "../../errors.js";
import { requireRole } from "../../services/access/visibility.js";
import { globalId } from "../../services/input/global-id.js";
import { type ByteRange, exportModel, type ModelDownload, nativeModel } from "../../services/models/export-model.js";
import { uploadModel } from "../../services/models/upload-model.js";
import { findModel } from "../../services/request/find-job.js";
import { byteRange, UnsatisfiableRange } from "../requests/byte-range.js";
import { errorBody } from "../requests/format-error.js";
import { reprDigest } from "../requests/repr-digest.js";
import { PATIENCE } from "../requests/requests.js";
import { bodyEncoding, readBody } from "../requests/uploaded-body.js";
import { queryText } from "./import-route.js";
import type { RouteParts } from "./server-parts.js";

/** What a model can be downloaded as. */
const FORMATS = ["native", "huggingface"] as const;

/** The files of models: they are downloaded by everyone who may see the model, and uploaded by administrators. */
export async function registerModels(app: FastifyInstance, parts: RouteParts): Promise<void> {
  registerDownload(app, parts);
  await registerUpload(app, parts);
}

/**
 * GET /models/{id}/download?format=native|huggingface. native: a safetensors file with the weights under GPT-2's names, and
 * in its metadata the architecture and the tokenizer. huggingface: a tar of a folder that `transformers` opens. Both with
 * their length and hash, and in part where Range asks for it, so that a download that broke off goes on.
 */
function registerDownload(app: FastifyInstance, { directory, contextFor }: RouteParts): void {
  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>(
    "/models/:id/download",
    async (request, reply) => {
      const format = queryText(request.query.format) ?? "native";
      if (!FORMATS.some((known) => known === format)) {
        throw badInput(
          `format is ${JSON.stringify(format.slice(0, 40))}; it must be one of ${FORMATS.join(", ")}.`,
          "format",
        );
      }
      const model = await findModel(contextFor(request.viewer, request.log as never), request.params.id, "id");
      const file = await (format === "native" ? nativeModel(directory, model) : exportModel(directory, model));
      return sendFile(request, reply, file);
    },
  );
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: ModelDownload): Promise<FastifyReply> {
  const { name, type, size, sha256 } = file;
  const etag = `"${sha256}"`;
  reply.header("accept-ranges", "bytes").header("etag", etag);
  let range: ByteRange | null = null;
  try {
    if (request.method === "GET") range = byteRange(request.headers, { size, etag });
  } catch (error) {
    if (!(error instanceof UnsatisfiableRange)) throw error;
    const { code, message } = error;
    return reply.code(416).header("content-range", `bytes */${size}`).send(errorBody({ code, message }));
  }
  const bytes = request.method === "HEAD" ? Readable.from([]) : await file.open(range);
  if (range) reply.code(206).header("content-range", `bytes ${range.first}-${range.last}/${size}`);
  return reply
    .type(type)
    .header("content-length", range ? range.last - range.first + 1 : size)
    .header("content-disposition", `attachment; filename="${name}"`)
    .header("repr-digest", reprDigest(sha256))
    .send(bytes);
}

/**
 * POST /models?name=…: takes a tar (gzip too, as Content-Encoding says) of a GPT-2 in Hugging Face's layout, and answers with
 * the model that it became. ADMIN.
 */
async function registerUpload(app: FastifyInstance, { contextFor, patience = PATIENCE }: RouteParts): Promise<void> {
  await app.register(async (scope) => {
    // The body is read as a stream, whatever its type says, and the limit on bodies is not for files.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.post<{ Querystring: Record<string, unknown> }>(
      "/models",
      { bodyLimit: Number.MAX_SAFE_INTEGER, config: { streamed: true } },
      async (request) => {
        requireRole(request.viewer, "ADMIN");
        const context = contextFor(request.viewer, request.log as never);
        const body = readBody(request.raw, bodyEncoding(request.headers["content-encoding"]), patience.idleMs);
        const id = await uploadModel(context, queryText(request.query.name) ?? "", body);
        const { name, stage, sha256, importNotes } = (await context.loaders.model.load(id)) ?? {};
        return { id: globalId("Model", id), name, stage, sha256, importNotes };
      },
    );
  });
}
