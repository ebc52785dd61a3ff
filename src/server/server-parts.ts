import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Config } from "../config.js";
import type { Database } from "../entities/database.js";
import type { DataDirectory } from "../files/data-directory.js";
import type { Notifications } from "../services/notifications.js";
import type { Metrics } from "./metrics.js";
import type { ContextFor } from "./operations.js";
import type { Patience } from "./requests.js";
import type { RunningOperations } from "./running-operations.js";
import type { Unread } from "./unread-body.js";

/** What a server is made of; main.ts constructs it. */
export interface ServerParts {
  readonly config: Config;
  readonly database: Database;
  readonly notifications: Notifications;
  /** Where models and checkpoints are kept. */
  readonly directory: DataDirectory;
  readonly log: Logger;
  /** What scripts/build-explorer.mjs wrote; without it a browser gets no page at /graphql. */
  readonly explorerFolder?: string;
  /** How long clients may take to send a request. */
  readonly patience?: Patience;
  /** How much of a body is read and dropped after the request was answered. */
  readonly unread?: Unread;
  /** How often a comment is sent to who reads a stream of events, in milliseconds. */
  readonly heartbeatMs?: number;
}

/** What the routes beside GraphQL are made of. */
export interface RouteParts extends ServerParts {
  readonly metrics: Metrics;
  readonly contextFor: ContextFor;
  readonly running: RunningOperations;
  readonly schema: GraphQLSchema;
}
