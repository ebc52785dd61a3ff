import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Config } from "../../config/config.js";
import type { Database } from "../../entities/database/database.js";
import type { DataDirectory } from "../../files/data-directory.js";
import type { Notifications } from "../../services/feeds/notifications.js";
import type { ContextFor } from "../graphql/operations.js";
import type { Metrics } from "../requests/metrics.js";
import type { Patience } from "../requests/requests.js";
import type { RunningOperations } from "../requests/running-operations.js";
import type { Unread } from "../requests/unread-body.js";

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
