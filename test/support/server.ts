import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { type Config, readConfig } from "../../src/config/config.js";
import { Database } from "../../src/entities/database/database.js";
import { DataDirectory } from "../../src/files/data-directory.js";
import { createServer } from "../../src/server/http.js";
import type { ServerParts } from "../../src/server/routes/server-parts.js";
import { hashSecret, insertKey, newSecret } from "../../src/services/access/api-keys.js";
import { Notifications } from "../../src/services/feeds/notifications.js";
import type { Role } from "../../src/vocabulary.js";
import { createTestDatabase } from "./template-database.js";

/** A GraphQL answer as it comes over the wire. */
export interface Answer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly data?: Data | null;
  readonly errors?: readonly {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; field?: string; errorId?: string };
  }[];
}

/** A real server on a real port over a database of its own. */
export interface TestServer {
  readonly url: string;
  readonly databaseUrl: string;
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly notifications: Notifications;
  readonly directory: DataDirectory;
  readonly adminKey: string;
  /** Sends a GraphQL operation; without a key, as the administrator; null: without any key. */
  graphql<Data = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
    key?: string | null,
  ): Promise<Answer<Data>>;
  /** Sends a GraphQL operation as the administrator that must succeed; returns its data. */
  data<Data = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** Makes a key of a role straight in the database. */
  key(role: Role, options?: { datasetIds?: string[]; labelerId?: string; expiresAt?: Date }): Promise<string>;
  close(): Promise<void>;
}

/** Starts a server over a fresh copy of the template database. environment: settings other than the defaults. */
export async function startTestServer(
  environment: Record<string, string> = {},
  parts: Partial<
    Pick<ServerParts, "log" | "patience" | "unread" | "heartbeatMs" | "explorerFolder" | "directory">
  > = {},
): Promise<TestServer> {
  const { url: databaseUrl, drop } = await createTestDatabase();
  const config: Config = readConfig({ LOG_LEVEL: "silent", RATE_LIMIT: "1000000", ...environment });
  const log = parts.log ?? pino({ level: config.LOG_LEVEL });
  const database = await Database.connect(databaseUrl, 8);
  const notifications = new Notifications(databaseUrl, log);
  await notifications.start();
  const folder = mkdtempSync(path.join(os.tmpdir(), "accord-data-"));
  const directory = parts.directory ?? new DataDirectory(folder);
  const app = await createServer({ config, database, notifications, ...parts, directory, log });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });

  const key: TestServer["key"] = async (role, options = {}) => {
    const secret = newSecret();
    await database.transaction((manager) =>
      insertKey(manager, {
        name: `test ${role} ${hashSecret(secret).toString("hex").slice(0, 6)}`,
        role,
        secret,
        ...options,
      }),
    );
    return secret;
  };
  const adminKey = await key("ADMIN");

  const graphql: TestServer["graphql"] = async (query, variables = {}, as = adminKey) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(as === null ? {} : { authorization: `Bearer ${as}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  return {
    url,
    databaseUrl,
    app,
    database,
    notifications,
    directory,
    adminKey,
    graphql,
    key,
    async data<Data>(query: string, variables?: Record<string, unknown>) {
      const answer = await graphql<Data>(query, variables);
      if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer));
      return answer.data;
    },
    async close() {
      await app.close();
      await notifications.stop();
      await database.close();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
