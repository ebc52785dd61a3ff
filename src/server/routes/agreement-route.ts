import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { agreementCsv } from "../../report/csv.js";
import { agreementPage } from "../../report/page.js";
import { CONTENT_SECURITY_POLICY } from "../../report/style.js";
import { requireDataset } from "../../services/access/visibility.js";
import { type AgreementDocument, agreementDocument } from "../../services/analysis/agreement-document.js";
import { findDataset } from "../../services/request/find-dataset.js";
import { reprDigest } from "../requests/repr-digest.js";
import { agreementArguments } from "./agreement-arguments.js";
import type { RouteParts } from "./server-parts.js";

type AgreementAddress = { Params: { slug: string }; Querystring: Record<string, unknown> };

/** What an agreement document can be had as: its type, its text, and whether a browser shows or saves it. */
const FORMS = {
  html: { type: "text/html; charset=utf-8", write: agreementPage, disposition: "inline" },
  csv: { type: "text/csv; charset=utf-8; header=present", write: agreementCsv, disposition: "attachment" },
  json: {
    type: "application/json; charset=utf-8",
    write: (document: AgreementDocument) => `${JSON.stringify(document, null, 2)}\n`,
    disposition: "inline",
  },
} as const;

/**
 * GET /datasets/{slug}/agreement.html, .csv and .json, each with the fields of AgreementInput and minUnits as parameters:
 * who agrees with whom, for everyone who may see the dataset.
 */
export function registerAgreement(app: FastifyInstance, { contextFor, running }: RouteParts): void {
  for (const [ending, { type, write, disposition }] of Object.entries(FORMS)) {
    app.get<AgreementAddress>(`/datasets/:slug/agreement.${ending}`, async (request, reply) => {
      // What GraphQL answers by the field `agreement`: an operation like others of its key.
      const document = await running.run(request.viewer.keyId, () => documentOf(request, contextFor));
      const name = `${document.dataset.slug}-agreement.${ending}`;
      reply
        .type(type)
        .header("content-disposition", `${disposition}; filename="${name}"`)
        .header("x-dataset-revision", document.dataset.revision)
        .header("cache-control", "private, no-cache");
      if (ending === "html") {
        reply.header("content-security-policy", `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`);
      }
      const text = write(document);
      return reply.header("repr-digest", reprDigest(createHash("sha256").update(text).digest("hex"))).send(text);
    });
  }
}

async function documentOf(
  { viewer, params, query, log }: FastifyRequest<AgreementAddress>,
  contextFor: RouteParts["contextFor"],
): Promise<AgreementDocument> {
  const context = contextFor(viewer, log as never);
  const dataset = await findDataset(context, { slug: params.slug });
  requireDataset(viewer, dataset?.id, params.slug);
  return agreementDocument(context, dataset!, { ...agreementArguments(query), at: new Date() });
}
