import { countDatasets, type DatasetRecord, datasetPage } from "../../entities/queries/datasets/datasets.js";
import { type ApiKeyRecord, apiKeyPage, countApiKeys } from "../../entities/queries/keys/api-keys.js";
import {
  type AuditEntryRecord,
  type AuditFilterValues,
  auditPage,
  countAuditEntries,
} from "../../entities/queries/keys/audit-entries.js";
import {
  countLabelers,
  type LabelerFilterValues,
  type LabelerRecord,
  labelerPage,
} from "../../entities/queries/labelers/labelers.js";
import { badInput } from "../../errors.js";
import { requireRole, visibleDatasetIds } from "../access/visibility.js";
import { parseGlobalId } from "../input/global-id.js";
import { checkSearch, checkTexts } from "../input/text-argument.js";
import type { Context } from "../request/context.js";
import { makePage, type Page, type PageArguments, pageRequest } from "../request/page.js";

type Reader = Pick<Context, "database" | "viewer">;
type WithFilter<Filter> = PageArguments & { filter?: Filter | null };

const byId = (row: { readonly id: string }) => [row.id];

/** A page of the datasets that the viewer may see, oldest first. */
export async function listDatasets({ database, viewer }: Reader, args: PageArguments): Promise<Page<DatasetRecord>> {
  const request = pageRequest("datasets", 1, args);
  const visible = visibleDatasetIds(viewer);
  const rows = await datasetPage(database, visible, request);
  return makePage("datasets", request, rows, byId, () => countDatasets(database, visible));
}

/** A page of all labelers. Refused with FORBIDDEN: who is neither ADMIN nor ANALYST. */
export async function listLabelers(
  { database, viewer }: Reader,
  args: WithFilter<LabelerFilterValues>,
): Promise<Page<LabelerRecord>> {
  requireRole(viewer, "ADMIN", "ANALYST");
  const request = pageRequest("labelers", 1, args);
  const filter = args.filter ?? {};
  checkSearch(filter.search, "filter.search");
  const rows = await labelerPage(database, filter, request);
  return makePage("labelers", request, rows, byId, () => countLabelers(database, filter));
}

/** A page of all API keys. Refused with FORBIDDEN: who is no ADMIN. */
export async function listApiKeys({ database, viewer }: Reader, args: PageArguments): Promise<Page<ApiKeyRecord>> {
  requireRole(viewer, "ADMIN");
  const request = pageRequest("apiKeys", 1, args);
  const rows = await apiKeyPage(database, request);
  return makePage("apiKeys", request, rows, byId, () => countApiKeys(database));
}

/** A page of the audit log, the latest entry first. Refused with FORBIDDEN: who is neither ADMIN nor ANALYST. */
export async function listAuditEntries(
  { database, viewer }: Reader,
  args: WithFilter<AuditFilterValues>,
): Promise<Page<AuditEntryRecord>> {
  requireRole(viewer, "ADMIN", "ANALYST");
  const request = pageRequest("auditLog", 1, args);
  const filter = args.filter ?? {};
  checkTexts({ by: filter.by, action: filter.action }, "filter.");
  if (filter.subject != null && !parseGlobalId(filter.subject)) {
    throw badInput(
      `filter.subject is ${JSON.stringify(filter.subject.slice(0, 80))}, which is no id.`,
      "filter.subject",
    );
  }
  const rows = await auditPage(database, filter, request);
  return makePage("auditLog", request, rows, byId, () => countAuditEntries(database, filter));
}
