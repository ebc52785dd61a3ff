import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { AppError, badInput } from "../errors.js";
import { findModel } from "../services/find-job.js";
import type { RouteParts } from "./http.js";
import { queryText } from "./import-route.js";

/** What a model can be downloaded as. */
const FORMATS = ["native"] as const;

/**
 * GET /models/{id}/download?format=native: the file of a model, for everyone who may see it. native: a safetensors file
 * with the weights under GPT-2's names, and in its metadata the architecture and the tokenizer.
 */
export function registerModels(app: FastifyInstance, { directory, contextFor }: RouteParts): void {
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
      const file = directory.model(model.sha256);
      const { size } = await stat(file).catch(() => {
        throw new AppError(
          "UNPROCESSABLE",
          `The file of the model ${JSON.stringify(model.name)} is not below DATA_DIR.`,
        );
      });
      const name = `${model.name.replace(/[^A-Za-z0-9._-]/g, "_")}.safetensors`;
      return reply
        .type("application/octet-stream")
        .header("content-length", size)
        .header("content-disposition", `attachment; filename="${name}"`)
        .header("etag", `"${model.sha256}"`)
        .send(createReadStream(file));
    },
  );
}
