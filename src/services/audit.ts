import type { EntityManager } from "typeorm";
import { AuditEntryRow } from "../entities/audit-entry.entity.js";
import type { Viewer } from "./viewer.js";

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
export async function audit(manager: EntityManager, viewer: Viewer, facts: AuditFacts): Promise<void> {
  await manager.insert(AuditEntryRow, {
    by: viewer.name,
    apiKeyId: viewer.keyId,
    action: facts.action,
    subject: facts.subject ?? null,
    datasetId: facts.datasetId ?? null,
    before: (facts.before ?? null) as never,
    after: (facts.after ?? null) as never,
  });
}
