import { checkText } from "../../datasets/records/names.js";
import { show } from "../../datasets/text/code-points.js";
import {
  keyFacts,
  knownDatasets,
  lockKeys,
  markKeyRevoked,
  otherAdminKeys,
} from "../../entities/queries/keys/key-writes.js";
import { findLabeler } from "../../entities/queries/labelers/labeler-writes.js";
import { badInput, conflict } from "../../errors.js";
import type { Role } from "../../vocabulary.js";
import { insertKey, KEY_CHANNEL, newSecret } from "../access/api-keys.js";
import { globalId, localId } from "../input/global-id.js";
import { itemIds, LONGEST, missing } from "../input/input-rules.js";
import { audit } from "./audit.js";
import { type Change, runChange, type Writer } from "./run-change.js";

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  /** Whose key it is: for LABELER, and for no other role. */
  readonly labelerId?: string | null;
  /** The datasets it reaches: for CLIENT, and for no other role. */
  readonly datasetIds?: readonly string[] | null;
  readonly expiresAt?: Date | null;
  readonly idempotencyKey?: string | null;
}

/** A key that was made, with its secret, which is kept nowhere. */
export interface CreatedKey {
  readonly id: string;
  readonly secret: string;
}

/**
 * Makes an API key. Refused: LABELER without labelerId and CLIENT without datasetIds, either for another role, an expiry
 * that is past; a repeated idempotency key (CONFLICT), for the secret cannot be shown again.
 */
export async function createApiKey(writer: Writer, input: NewApiKey): Promise<CreatedKey> {
  const { name, role } = input;
  const expiresAt = input.expiresAt ?? null;
  const check = () => {
    checkText(name, "input.name", 1, LONGEST.name);
    checkGrants(input);
    if (expiresAt !== null && expiresAt.getTime() <= Date.now())
      throw badInput(`input.expiresAt is ${expiresAt.toISOString()}; it must be in the future.`, "input.expiresAt");
  };
  let secret: string | null = null;
  const id = await runChange(writer, { mutation: "createApiKey", input, check }, async (change) => {
    const labelerId = await labelerOf(change, input);
    const datasetIds = await datasetsOf(change, input);
    secret = newSecret();
    const made = await insertKey(change.manager, { name, role, secret, labelerId, datasetIds, expiresAt });
    const after = {
      name,
      role,
      labeler: input.labelerId ?? null,
      datasets: datasetIds.map((datasetId) => globalId("Dataset", datasetId)),
      expiresAt,
    };
    const subject = globalId("ApiKey", made);
    await audit(change.manager, change.viewer, { action: "createApiKey", subject, after });
    return made;
  });
  if (secret === null) {
    throw conflict(
      `The idempotency key ${show(input.idempotencyKey)} has made the API key ${globalId("ApiKey", id)} already; its secret is kept nowhere and cannot be shown again.`,
    );
  }
  return { id, secret };
}

function checkGrants({ role, labelerId, datasetIds }: NewApiKey): void {
  if (role === "LABELER" && labelerId == null)
    throw badInput("input.labelerId is missing; a key of role LABELER is a labeler's.", "input.labelerId");
  if (role !== "LABELER" && labelerId != null)
    throw badInput(`input.labelerId is given; a key of role ${role} is no labeler's.`, "input.labelerId");
  const datasets = datasetIds?.length ?? 0;
  if (role === "CLIENT" && datasets === 0)
    throw badInput("input.datasetIds is empty; a key of role CLIENT needs at least one dataset.", "input.datasetIds");
  if (role !== "CLIENT" && datasets > 0)
    throw badInput(`input.datasetIds is given; only a key of role CLIENT is granted datasets.`, "input.datasetIds");
}

async function labelerOf({ connection }: Change, { labelerId }: NewApiKey): Promise<string | null> {
  if (labelerId == null) return null;
  const id = localId("Labeler", labelerId, "input.labelerId");
  if (!(await findLabeler(connection, id))) throw missing("Labeler", id, "input.labelerId");
  return id;
}

async function datasetsOf({ connection }: Change, { role, datasetIds }: NewApiKey): Promise<string[]> {
  if (role !== "CLIENT") return [];
  const ids = itemIds("Dataset", datasetIds ?? [], "input.datasetIds");
  const known = await knownDatasets(connection, ids);
  for (const id of ids) if (!known.has(id)) throw missing("Dataset", id, "input.datasetIds");
  return ids;
}

/**
 * Revokes a key: from the moment this commits it opens nothing, and its open WebSockets are closed. Revoked again, it stays
 * as it is. Refused: the last usable key of an administrator (CONFLICT), for nobody could make another.
 * @returns the key's number
 */
export async function revokeApiKey(writer: Writer, input: { readonly id: string }): Promise<string> {
  return runChange(writer, { mutation: "revokeApiKey", input, place: "" }, async ({ connection, manager, viewer }) => {
    const id = localId("ApiKey", input.id, "id");
    await lockKeys(connection);
    const key = await keyFacts(connection, id);
    if (!key) throw missing("ApiKey", id, "id");
    if (key.revokedAt !== null) return id;
    if (key.role === "ADMIN" && key.usable && (await otherAdminKeys(connection, id)) === 0)
      throw conflict(`The key ${show(key.name)} is the last usable one of an administrator; make another before.`);
    const revokedAt = new Date();
    await markKeyRevoked(connection, id, revokedAt, KEY_CHANNEL);
    await audit(manager, viewer, {
      action: "revokeApiKey",
      subject: input.id,
      before: { name: key.name, role: key.role, revokedAt: null },
      after: { name: key.name, role: key.role, revokedAt },
    });
    return id;
  });
}
