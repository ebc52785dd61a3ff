import type { Role } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { countRows, pageById } from "../page-by-id.js";
import { type KeysetRange, Parameters } from "../sql.js";

/** An API key as the API reads it: never its hash. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly labelerId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  /** The datasets it is granted, whether or not its role needs grants. */
  readonly grantedIds: readonly string[];
}

/** The columns of an ApiKeyRecord from `k` (api_key). */
const API_KEY_COLUMNS = `k.id, k.name, k.role, k.labeler_id as "labelerId", k.created_at as "createdAt",
  k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt",
  array(select dataset_id::text from api_key_dataset where api_key_id = k.id order by dataset_id) as "grantedIds"`;

/** Which keys have these ids? Indexes: api_key_pkey, api_key_dataset_pkey. */
const KEYS_BY_ID: Statement = {
  name: "api-keys-by-id",
  text: `select ${API_KEY_COLUMNS} from api_key k where k.id = any($1::bigint[])`,
};

export const apiKeysById = (database: Database, ids: readonly string[]): Promise<ApiKeyRecord[]> =>
  database.rows<ApiKeyRecord>(KEYS_BY_ID, [ids]);

/** A page of all keys, revoked and expired ones among them, in the order they were made; one row more than asked for. */
export const apiKeyPage = (database: Database, range: KeysetRange): Promise<ApiKeyRecord[]> =>
  pageById<ApiKeyRecord>(database, everyKey(), false, range);

export const countApiKeys = (database: Database): Promise<number> => countRows(database, everyKey());

const everyKey = () => ({
  table: "api_key",
  alias: "k",
  columns: API_KEY_COLUMNS,
  condition: "true",
  parameters: new Parameters(),
});
