import type { Database, Question } from "../database.js";

/** An entry of the audit log as the API reads it. */
export interface AuditEntryRecord {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly action: string;
  readonly subject: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** The columns of an AuditEntryRecord from `e` (audit_entry). */
export const AUDIT_COLUMNS = "e.id, e.at, e.by, e.action, e.subject, e.before, e.after";

/** Which entries have these ids? Index: audit_entry_pkey. */
const ENTRIES_BY_ID: Question = {
  name: "audit-entries-by-id",
  text: `select ${AUDIT_COLUMNS} from audit_entry e where e.id = any($1::bigint[])`,
};

export const auditEntriesById = (database: Database, ids: readonly string[]): Promise<AuditEntryRecord[]> =>
  database.rows<AuditEntryRecord>(ENTRIES_BY_ID, [ids]);
