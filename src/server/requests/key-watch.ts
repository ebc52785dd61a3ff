import type { Database } from "../../entities/database/database.js";
import { AppError } from "../../errors.js";
import { authenticate } from "../../services/access/api-keys.js";
import type { Viewer } from "../../services/access/viewer.js";
import type { Notifications } from "../../services/feeds/notifications.js";

/** Node's timers hold at most 2^31 − 1 ms; a key that lives longer is looked at again then. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Something that stays open on the strength of a key: a WebSocket, a stream of events. */
interface Watched {
  readonly viewer: Viewer;
  readonly authorization: string | undefined;
  /** Closes it, because the key no longer counts. */
  readonly refuse: () => void;
}

/** Closes what is open the moment its key expires or is revoked, here or by another process. */
export class KeyWatch {
  private readonly open = new Set<Watched>();
  private readonly subscriptions: { return(): unknown }[] = [];
  private heard = 0;

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
  ) {}

  /** Begins to listen. */
  start(): void {
    const { topics } = this.notifications;
    this.listen(topics.subscribe("keyRevoked"), (keyId) => {
      this.heard += 1;
      for (const watched of this.open) if (watched.viewer.keyId === keyId) watched.refuse();
    });
    this.listen(topics.subscribe("mayHaveMissed"), () => {
      this.heard += 1;
      for (const watched of this.open) void this.look(watched);
    });
  }

  stop(): void {
    for (const subscription of this.subscriptions.splice(0)) subscription.return();
  }

  /**
   * Lets a viewer in and watches the key from then on. A revocation that comes while the key is being looked up is
   * not lost: the key is then looked up again.
   * @param lookUp looks the key up
   * @param refuse closes what was opened on its strength
   * @returns the viewer, and a function that ends the watch
   */
  async admit(
    authorization: string | undefined,
    lookUp: () => Promise<Viewer>,
    refuse: () => void,
  ): Promise<{ viewer: Viewer; release: () => void }> {
    let before = this.heard;
    let viewer = await lookUp();
    while (before !== this.heard) {
      before = this.heard;
      viewer = await authenticate(this.database, authorization);
    }
    const watched: Watched = { viewer, authorization, refuse };
    this.open.add(watched);
    const endTimer = atExpiry(viewer.expiresAt, refuse);
    return {
      viewer,
      release: () => {
        this.open.delete(watched);
        endTimer();
      },
    };
  }

  private async look(watched: Watched): Promise<void> {
    await authenticate(this.database, watched.authorization).catch((error) => {
      if (error instanceof AppError) watched.refuse();
    });
  }

  private listen<T>(source: AsyncIterable<T> & { return(): unknown }, hear: (value: T) => void): void {
    this.subscriptions.push(source);
    void (async () => {
      for await (const value of source) hear(value);
    })();
  }
}

/** Calls back at a moment, however far away; null: never. Returns what ends the wait. */
function atExpiry(moment: Date | null, callback: () => void): () => void {
  if (!moment) return () => {};
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = moment.getTime() - Date.now();
    timer = setTimeout(left > LONGEST_TIMER_MS ? wait : callback, Math.max(0, Math.min(left, LONGEST_TIMER_MS)));
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
