import type { EntityManager } from "typeorm";
import { show } from "../../datasets/text/code-points.js";
import { checkStorable } from "../../datasets/text/storable.js";
import type { Database, Queryable } from "../../entities/database/database.js";
import { connectionOf } from "../../entities/database/queryable.js";
import { conflict } from "../../errors.js";
import type { Role } from "../../vocabulary.js";
import type { Viewer } from "../access/viewer.js";
import { requireRole } from "../access/visibility.js";
import { runOnce } from "./run-once.js";

/** Who changes what where: the part of a request's context that a writing use case needs. */
export interface Writer {
  readonly viewer: Viewer;
  readonly database: Database;
}

/** The transaction in which a change is made. */
export interface Change {
  readonly viewer: Viewer;
  readonly manager: EntityManager;
  /** The same transaction, for SQL of our own. */
  readonly connection: Queryable;
}

/**
 * A mutation by name, with its input. roles: who may do it, an administrator where it does not say.
 * place: where the input's fields stand for an error; "" where they are arguments themselves.
 */
export interface ChangeOrder {
  readonly mutation: string;
  /** Where it creates something, with an `idempotencyKey`. */
  readonly input: object;
  readonly place?: "input" | "";
  readonly roles?: readonly Role[];
  /** Checks of the input that need no database; they come after the role and before everything else. */
  readonly check?: () => void;
}

/**
 * Runs a mutation: the role, texts that can be kept, the use case's own checks, then the work in one transaction, at most
 * once for an idempotency key. The result must be JSON.
 */
export async function runChange<T>(
  { viewer, database }: Writer,
  { mutation, input, place = "input", roles = ["ADMIN"], check }: ChangeOrder,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  requireRole(viewer, ...roles);
  checkStorable(input, place);
  check?.();
  const { idempotencyKey } = input as { idempotencyKey?: string | null };
  try {
    return await runOnce(database, viewer, { mutation, input, idempotencyKey }, async (manager) =>
      work({ viewer, manager, connection: await connectionOf(manager) }),
    );
  } catch (error) {
    throw asConflict(error) ?? error;
  }
}

/** The constraints that keep the names of models apart. */
const MODEL_NAMES = ["job_by_model_name", "model_name_key"];

/** What only the database itself can know of requests at the same moment, in a sentence; null for any other error. */
function asConflict(error: unknown): Error | null {
  const { code, constraint, detail } = Object(error) as { code?: unknown; constraint?: unknown; detail?: unknown };
  if (code === "23505" && MODEL_NAMES.includes(String(constraint))) {
    const [, name] = /=\((.*)\)/s.exec(String(detail)) ?? []; // Key (name)=(…) already exists.
    const which = name === undefined ? "of the model" : show(name);
    return conflict(`The name ${which} belongs to another model, or to a job that may still make it.`);
  }
  if (code === "23505")
    return conflict("Another request has stored the same thing at the same moment; nothing was changed.");
  if (code === "23503") return conflict("Another request has removed what this one speaks of; nothing was changed.");
  if (code === "40P01" || code === "40001")
    return conflict("Another request was in the way; nothing was changed. Try again.");
  return null;
}
