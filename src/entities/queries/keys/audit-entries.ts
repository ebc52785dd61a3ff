import type { Database, Statement } from "../../database/database.js";
import { countRows, pageById } from "../page-by-id.js";
import { type KeysetRange, Parameters } from "../sql.js";

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
const AUDIT_COLUMNS = "e.id, e.at, e.by, e.action, e.subject, e.before, e.after";

/** Which entries have these ids? Index: audit_entry_pkey. */
const ENTRIES_BY_ID: Statement = {
  name: "audit-entries-by-id",
  text: `select ${AUDIT_COLUMNS} from audit_entry e where e.id = any($1::bigint[])`,
};

export const auditEntriesById = (database: Database, ids: readonly string[]): Promise<AuditEntryRecord[]> =>
  database.rows<AuditEntryRecord>(ENTRIES_BY_ID, [ids]);

/** Which entries; null or absent: not asked. */
export interface AuditFilterValues {
  /** The global id of what was changed. */
  readonly subject?: string | null;
  readonly by?: string | null;
  readonly action?: string | null;
  /** From this moment on. */
  readonly from?: Date | null;
  /** Before this moment. */
  readonly to?: Date | null;
}

/** A page of the log, the latest entry first; one row more than asked for. With a subject: audit_entry_by_subject. */
export const auditPage = (
  database: Database,
  filter: AuditFilterValues,
  range: KeysetRange,
): Promise<AuditEntryRecord[]> => pageById<AuditEntryRecord>(database, matching(filter), true, range);

export const countAuditEntries = (database: Database, filter: AuditFilterValues): Promise<number> =>
  countRows(database, matching(filter));

function matching({ subject, by, action, from, to }: AuditFilterValues) {
  const parameters = new Parameters();
  const conditions = ["true"];
  if (subject != null) conditions.push(`e.subject = ${parameters.add(subject)}`);
  if (by != null) conditions.push(`e.by = ${parameters.add(by)}`);
  if (action != null) conditions.push(`e.action = ${parameters.add(action)}`);
  if (from != null) conditions.push(`e.at >= ${parameters.add(from.toISOString())}::timestamptz`);
  if (to != null) conditions.push(`e.at < ${parameters.add(to.toISOString())}::timestamptz`);
  return { table: "audit_entry", alias: "e", columns: AUDIT_COLUMNS, condition: conditions.join(" and "), parameters };
}
