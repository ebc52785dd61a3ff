import { Database } from "../../src/entities/database/database.js";
import { insertKey, newSecret } from "../../src/services/access/api-keys.js";
import type { Viewer } from "../../src/services/access/viewer.js";
import { globalId, type NodeType } from "../../src/services/input/global-id.js";
import { createDataset } from "../../src/services/writes/create-dataset.js";
import { createPrompts, type NewPrompt } from "../../src/services/writes/create-prompts.js";
import { registerLabeler } from "../../src/services/writes/labelers.js";
import type { Writer } from "../../src/services/writes/run-change.js";
import { submitCompletions } from "../../src/services/writes/submit-completions.js";
import type { Role } from "../../src/vocabulary.js";
import { createTestDatabase } from "./template-database.js";

/** A database of a test's own, and an administrator who writes to it. */
export interface Writing {
  readonly database: Database;
  readonly admin: Writer;
  /** Another writer, with a key of its own. */
  writer(role: Role, datasetIds?: readonly string[]): Promise<Writer>;
  close(): Promise<void>;
}

/** Services over a fresh copy of the template database, without a server. */
export async function startWriting(): Promise<Writing> {
  const { url, drop } = await createTestDatabase();
  const database = await Database.connect(url, 12);
  const writer: Writing["writer"] = async (role, datasetIds = []) => {
    const name = `test ${role}`;
    const keyId = await database.transaction((manager) =>
      insertKey(manager, { name, role, secret: newSecret(), datasetIds }),
    );
    const reach = role === "CLIENT" ? datasetIds : null;
    const viewer: Viewer = { keyId, name, role, labelerId: null, datasetIds: reach, expiresAt: null };
    return { database, viewer };
  };
  return {
    database,
    admin: await writer("ADMIN"),
    writer,
    close: async () => {
      await database.close();
      await drop();
    },
  };
}

let made = 0;

/** A dataset with a slug of its own; its global id. */
export async function newDataset({ admin }: Writing): Promise<string> {
  made += 1;
  return globalId("Dataset", await createDataset(admin, { slug: `set-${made}`, name: `Set ${made}`, description: "" }));
}

/** A labeler with a handle of its own; its global id. */
export async function newLabeler({ admin }: Writing): Promise<string> {
  made += 1;
  const labeler = { handle: `labeler ${made}`, pool: "TRAINING", status: "ACTIVE" } as const;
  return globalId("Labeler", await registerLabeler(admin, labeler));
}

/** Prompts of a dataset, with what is given and else nothing; their global ids. */
export async function newPrompts(
  { admin }: Writing,
  datasetId: string,
  prompts: readonly Partial<NewPrompt>[],
): Promise<string[]> {
  const { ids } = await createPrompts(admin, { datasetId, prompts: prompts.map(promptOf) });
  return ids.map((id) => globalId("Prompt", id));
}

/** A prompt with what is given and else nothing, and a text of its own. */
export function promptOf(given: Partial<NewPrompt>): NewPrompt {
  made += 1;
  return { text: `Prompt ${made}.`, fewShot: [], source: "LABELER", traits: [], tags: [], metadata: {}, ...given };
}

/** Completions of a prompt by one source; their global ids. */
export async function newCompletions(
  { admin }: Writing,
  datasetId: string,
  promptId: string,
  count: number,
): Promise<string[]> {
  const completions = Array.from({ length: count }, (_, index) => ({ promptId, text: `Answer ${index}.` }));
  const { ids } = await submitCompletions(admin, { datasetId, source: "policy", completions });
  return ids.map((id) => globalId("Completion", id));
}

/** The row number behind a global id. */
export const numberOf = (id: string): string => Buffer.from(id, "base64url").toString("latin1").split(":")[1]!;

/** An id of a type that names nothing. */
export const absent = (type: NodeType): string => globalId(type, "999999999");
