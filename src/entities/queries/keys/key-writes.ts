import type { Role } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** Revocations follow each other, so that two at once cannot take the last key of an administrator. */
const LOCK_KEYS = "lock table api_key in share row exclusive mode";

/** What is asked of a key before it is revoked. */
export interface KeyFacts {
  readonly name: string;
  readonly role: Role;
  readonly revokedAt: Date | null;
  /** Neither revoked nor expired. */
  readonly usable: boolean;
}

const KEY_FACTS: Statement = {
  name: "key-facts",
  text: `select name, role, revoked_at as "revokedAt",
      revoked_at is null and (expires_at is null or expires_at > now()) as usable
    from api_key where id = $1`,
};

const OTHER_ADMIN_KEYS: Statement = {
  name: "other-admin-keys",
  text: `select count(*)::integer as count from api_key
    where role = 'ADMIN' and id <> $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
};

const REVOKE_KEY: Statement = {
  name: "revoke-key",
  text: `update api_key set revoked_at = $2 where id = $1 and revoked_at is null`,
};

const NOTIFY: Statement = { name: "notify", text: "select pg_notify($1, $2)" };

export async function lockKeys(connection: Queryable): Promise<void> {
  await connection.query({ text: LOCK_KEYS });
}

export async function keyFacts(connection: Queryable, id: string): Promise<KeyFacts | null> {
  const [row] = await rowsOf<KeyFacts>(connection, KEY_FACTS, [id]);
  return row ?? null;
}

/** How many usable keys of administrators there are besides this one. */
export async function otherAdminKeys(connection: Queryable, id: string): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(connection, OTHER_ADMIN_KEYS, [id]);
  return row?.count ?? 0;
}

/** Revokes a key and tells every process once the transaction commits. */
export async function markKeyRevoked(connection: Queryable, id: string, at: Date, channel: string): Promise<void> {
  await rowsOf(connection, REVOKE_KEY, [id, at]);
  await rowsOf(connection, NOTIFY, [channel, id]);
}

/** Which of these datasets are there? Index: dataset_pkey. */
const KNOWN_DATASETS: Statement = {
  name: "known-datasets",
  text: "select id from dataset where id = any($1::bigint[])",
};

export async function knownDatasets(connection: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await rowsOf<{ id: string }>(connection, KNOWN_DATASETS, [ids]);
  return new Set(rows.map(({ id }) => id));
}
