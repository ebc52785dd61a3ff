import { createPubSub } from "@graphql-yoga/subscription";
import pg from "pg";
import type { Logger } from "pino";
import { CANCEL_CHANNEL, JOB_CHANNEL, QUEUE_CHANNEL } from "../../entities/queries/jobs/job-queue.js";
import { KEY_CHANNEL } from "../access/api-keys.js";
import { DATASET_CHANNEL } from "../writes/change-dataset.js";

/** What this process hears; mayHaveMissed: notices may have got lost. */
type Topics = {
  datasetChanged: [datasetId: string, payload: string];
  keyRevoked: [keyId: string];
  jobChanged: [jobId: string];
  jobQueued: [jobId: string];
  jobCancelled: [jobId: string];
  mayHaveMissed: [];
};

/** Each channel of the database, and the topic on which its ids are published here. */
const CHANNELS: Readonly<Record<string, Exclude<keyof Topics, "mayHaveMissed">>> = {
  [DATASET_CHANNEL]: "datasetChanged",
  [KEY_CHANNEL]: "keyRevoked",
  [JOB_CHANNEL]: "jobChanged",
  [QUEUE_CHANNEL]: "jobQueued",
  [CANCEL_CHANNEL]: "jobCancelled",
};

const RECONNECT_MS = 500;

/**
 * Wake-ups between processes over PostgreSQL's LISTEN/NOTIFY. They carry ids only, and they may get lost with the
 * connection: after each reconnection `mayHaveMissed` is published, and who listens looks for itself.
 */
export class Notifications {
  readonly topics = createPubSub<Topics>();
  private client: pg.Client | null = null;
  private stopped = false;
  private retry: NodeJS.Timeout | null = null;

  constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {}

  /** Connects and listens; keeps trying for as long as the process runs. */
  async start(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      this.reconnectLater(error);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.retry) clearTimeout(this.retry);
    await this.client?.end().catch(() => {});
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, application_name: "accord listener", keepAlive: true });
    client.on("notification", ({ channel, payload }) => {
      const topic = CHANNELS[channel];
      if (!topic || !payload) return;
      if (topic === "datasetChanged") this.topics.publish(topic, payload, payload);
      else this.topics.publish(topic, payload);
    });
    let ended = false;
    const onEnd = (error?: unknown) => {
      if (ended) return;
      ended = true;
      this.client = null;
      this.reconnectLater(error);
    };
    client.on("error", onEnd);
    client.on("end", () => onEnd());
    await client.connect();
    await client.query(
      Object.keys(CHANNELS)
        .map((channel) => `listen ${channel}`)
        .join("; "),
    );
    this.client = client;
    this.topics.publish("mayHaveMissed");
  }

  private reconnectLater(error: unknown): void {
    if (this.stopped || this.retry) return;
    this.log.warn({ err: error }, "the listening connection was lost; connecting again");
    this.retry = setTimeout(() => {
      this.retry = null;
      if (this.stopped) return;
      this.connect().catch((failure) => this.reconnectLater(failure));
    }, RECONNECT_MS);
  }
}
