import type { EntityManager } from "typeorm";
import { AuditEntryRow } from "../../entities/audit-entry.entity.js";
import type { Viewer } from "../access/viewer.js";

/** What an audit entry says besides who and when. */
export interface AuditFacts {
  readonly action: string;
  /** Global id of what was changed. */
  readonly subject?: string | null;
  readonly datasetId?: string | null;
  readonly before?: Record<string, unknown> | null;
  readonly after?: Record<string, unknown> | null;
}

/** Leaves an entry in the audit log, within the transaction that makes the change. */
export const audit = (manager: EntityManager, viewer: Viewer, facts: AuditFacts): Promise<void> =>
  leave(manager, { by: viewer.name, apiKeyId: viewer.keyId }, facts);

/** Leaves an entry for what a job did, within the transaction that did it. */
export const auditJob = (
  manager: EntityManager,
  job: { readonly id: string; readonly createdBy: string },
  facts: AuditFacts,
): Promise<void> => leave(manager, { by: `job ${job.id} of ${job.createdBy}`, apiKeyId: null }, facts);

async function leave(
  manager: EntityManager,
  who: { readonly by: string; readonly apiKeyId: string | null },
  { action, subject = null, datasetId = null, before = null, after = null }: AuditFacts,
): Promise<void> {
  await manager.insert(AuditEntryRow, {
    ...who,
    action,
    subject,
    datasetId,
    before: before as never,
    after: after as never,
  });
}
