import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { EntityManager } from "typeorm";
import { ApiKeyRow } from "../../entities/api-key.entity.js";
import type { Database, Statement } from "../../entities/database/database.js";
import { AppError } from "../../errors.js";
import type { Role } from "../../vocabulary.js";
import type { Viewer } from "./viewer.js";

/** The channel on which every process hears that a key was revoked; the payload is the key's number. */
export const KEY_CHANNEL = "accord_key";

const PREFIX = "accord_";

/** A new secret: 256 random bits behind a prefix that secret scanners can know. */
export const newSecret = (): string => PREFIX + randomBytes(32).toString("base64url");

/** What is kept of a secret. */
export const hashSecret = (secret: string): Buffer => createHash("sha256").update(secret, "utf8").digest();

/** The key with this hash, unless it is expired or revoked, with its grants. Index: api_key_secret_hash_key. */
const KEY_BY_HASH: Statement = {
  name: "key-by-hash",
  text: `select k.id, k.name, k.role, k.labeler_id as "labelerId", k.secret_hash as "secretHash", k.expires_at as "expiresAt",
      (k.last_used_at is null or k.last_used_at < now() - interval '1 minute') as "isStale",
      array(select dataset_id::text from api_key_dataset where api_key_id = k.id order by dataset_id) as "datasetIds"
    from api_key k
    where k.secret_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
};

/** last_used_at is exact to a minute: not every request writes. */
const TOUCH_KEY: Statement = { name: "touch-key", text: "update api_key set last_used_at = now() where id = $1" };

/**
 * Who an `Authorization` header value stands for. Refused with UNAUTHENTICATED: a missing header, another scheme,
 * and a key that is unknown, expired or revoked, all three in the same words.
 */
export async function authenticate(database: Database, authorization: string | undefined): Promise<Viewer> {
  if (!authorization) throw new AppError("UNAUTHENTICATED", "Send the API key as `Authorization: Bearer KEY`.");
  const secret = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(authorization)?.[1];
  if (!secret) throw new AppError("UNAUTHENTICATED", "The authorization must read `Bearer KEY`.");
  const hash = hashSecret(secret);
  const key = await database.row<ApiKeyRow & { datasetIds: string[]; isStale: boolean }>(KEY_BY_HASH, [hash]);
  // The row is found by its hash; the comparison that decides takes the same time whatever differs.
  if (!key || !timingSafeEqual(key.secretHash, hash)) {
    throw new AppError("UNAUTHENTICATED", "The API key is unknown, expired or revoked.");
  }
  if (key.isStale) await database.rows(TOUCH_KEY, [key.id]);
  return {
    keyId: key.id,
    name: key.name,
    role: key.role,
    labelerId: key.labelerId,
    datasetIds: key.role === "CLIENT" || key.role === "LABELER" ? key.datasetIds : null,
    expiresAt: key.expiresAt,
  };
}

/** Stores a key for a secret and its grants, within a transaction. Returns its number. */
export async function insertKey(
  manager: EntityManager,
  key: {
    name: string;
    role: Role;
    secret: string;
    labelerId?: string | null;
    datasetIds?: readonly string[];
    expiresAt?: Date | null;
    fromEnvironment?: boolean;
  },
): Promise<string> {
  const inserted = await manager.insert(ApiKeyRow, {
    name: key.name,
    role: key.role,
    labelerId: key.labelerId ?? null,
    secretHash: hashSecret(key.secret),
    fromEnvironment: key.fromEnvironment ?? false,
    expiresAt: key.expiresAt ?? null,
  });
  const id = String(inserted.identifiers[0]?.id);
  await manager.query(
    "insert into api_key_dataset (api_key_id, dataset_id) select $1, unnest($2::bigint[]) on conflict do nothing",
    [id, [...(key.datasetIds ?? [])]],
  );
  return id;
}

/**
 * Makes sure that somebody can get in. With a key from the environment, that key is an ADMIN's, and an earlier one from
 * the environment is revoked. Without, an ADMIN key is made if there is none that still works.
 * Returns the new secret, to be shown this once, or null.
 */
export async function ensureAdminKey(database: Database, fromEnvironment: string | undefined): Promise<string | null> {
  return database.transaction(async (manager) => {
    await manager.query("lock table api_key in share row exclusive mode");
    if (fromEnvironment) {
      const hash = hashSecret(fromEnvironment);
      await manager.query(
        "update api_key set revoked_at = now() where from_environment and revoked_at is null and secret_hash <> $1",
        [hash],
      );
      const known = (await manager.query("select id from api_key where secret_hash = $1", [hash])) as unknown[];
      if (known.length > 0) {
        await manager.query("update api_key set revoked_at = null where secret_hash = $1 and from_environment", [hash]);
      } else {
        await insertKey(manager, {
          name: "ADMIN_API_KEY",
          role: "ADMIN",
          secret: fromEnvironment,
          fromEnvironment: true,
        });
      }
      return null;
    }
    const [{ count }] = (await manager.query(
      "select count(*)::integer as count from api_key where role = 'ADMIN' and revoked_at is null and (expires_at is null or expires_at > now())",
    )) as [{ count: number }];
    if (count > 0) return null;
    const secret = newSecret();
    await insertKey(manager, { name: "first admin key", role: "ADMIN", secret });
    return secret;
  });
}
