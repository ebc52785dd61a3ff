import type { Logger } from "pino";
import type { Config } from "../../config/config.js";
import type { Database } from "../../entities/database/database.js";
import type { DataDirectory } from "../../files/data-directory.js";
import type { Viewer } from "../access/viewer.js";
import type { MetricFeed } from "../feeds/metric-feed.js";
import type { Notifications } from "../feeds/notifications.js";
import type { Loaders } from "./loaders.js";

/** What a use case needs for one request: who asks, the database, and the loaders of this request. */
export interface Context {
  readonly viewer: Viewer;
  readonly database: Database;
  readonly loaders: Loaders;
  readonly notifications: Notifications;
  readonly directory: DataDirectory;
  readonly metricFeed: MetricFeed;
  readonly config: Config;
  readonly log: Logger;
}
