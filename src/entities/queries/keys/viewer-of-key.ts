import type { Role } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";

/** What a key stands for at this moment. */
export interface KeyNow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly labelerId: string | null;
  readonly expiresAt: Date | null;
  readonly datasetIds: readonly string[];
}

/** Who does this key stand for, unless it is expired or revoked? Index: api_key_pkey. */
const KEY_BY_NUMBER: Statement = {
  name: "key-by-number",
  text: `select k.id, k.name, k.role, k.labeler_id as "labelerId", k.expires_at as "expiresAt",
      array(select dataset_id::text from api_key_dataset where api_key_id = k.id order by dataset_id) as "datasetIds"
    from api_key k
    where k.id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
};

export const keyNow = (database: Database, keyId: string): Promise<KeyNow | null> =>
  database.row<KeyNow>(KEY_BY_NUMBER, [keyId]);
