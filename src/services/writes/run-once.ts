import { createHash } from "node:crypto";
import type { EntityManager } from "typeorm";
import { checkText } from "../../datasets/records/names.js";
import type { Database } from "../../entities/database/database.js";
import { conflict } from "../../errors.js";
import type { Viewer } from "../access/viewer.js";

/** How long an idempotency key is kept, in hours. */
const IDEMPOTENCY_HOURS = 24;

/** A request that changes something: which mutation, with what input, under which idempotency key. */
export interface ChangeRequest {
  readonly mutation: string;
  readonly input: unknown;
  readonly idempotencyKey?: string | null | undefined;
}

/**
 * Runs a change in one transaction; with an idempotency key, at most once.
 *
 * The scope of a key is (API key, mutation, key) for 24 hours. The same input returns the first result; a concurrent
 * request waits on the unique row of the first and then returns its result; another input is a CONFLICT. A request that
 * failed has left nothing and may be sent again. The result must be JSON (ids, not rows): it is kept with the key.
 */
export async function runOnce<T>(
  database: Database,
  viewer: Viewer,
  request: ChangeRequest,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const key = request.idempotencyKey ?? null;
  if (key === null) return database.transaction(work);
  checkText(key, "input.idempotencyKey", 1, 255);
  const hash = inputHash(request.input);
  return database.transaction(async (manager) => {
    const scope = [viewer.keyId, request.mutation, key];
    await manager.query(
      `delete from idempotent_request where api_key_id = $1 and mutation = $2 and key = $3
       and created_at < now() - make_interval(hours => ${IDEMPOTENCY_HOURS})`,
      scope,
    );
    // Waits here while another transaction holds the same key.
    const claimed = (await manager.query(
      `insert into idempotent_request (api_key_id, mutation, key, input_hash) values ($1, $2, $3, $4)
       on conflict do nothing returning key`,
      [...scope, hash],
    )) as unknown[];
    if (claimed.length === 0) {
      const [first] = (await manager.query(
        "select input_hash, result from idempotent_request where api_key_id = $1 and mutation = $2 and key = $3",
        scope,
      )) as { input_hash: string; result: T }[];
      if (first?.input_hash !== hash) {
        throw conflict(
          `The idempotency key ${JSON.stringify(key)} was used for ${request.mutation} with another input.`,
        );
      }
      return first.result;
    }
    const result = await work(manager);
    await manager.query(
      "update idempotent_request set result = $4 where api_key_id = $1 and mutation = $2 and key = $3",
      [...scope, JSON.stringify(result ?? null)],
    );
    return result;
  });
}

/** Forgets idempotency keys past their time. Returns how many. */
export async function forgetOldRequests(database: Database): Promise<number> {
  const gone = await database.select<{ key: string }>(
    `delete from idempotent_request where created_at < now() - make_interval(hours => ${IDEMPOTENCY_HOURS}) returning key`,
    [],
  );
  return gone.length;
}

/** A 128-bit hash of an input, independent of the order of its fields; an argument that is null is as good as absent. */
function inputHash(input: unknown): string {
  const given = Object.fromEntries(Object.entries(Object(input)).filter(([, value]) => value !== null));
  return createHash("sha256")
    .update(JSON.stringify(sorted(given)))
    .digest("hex")
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
