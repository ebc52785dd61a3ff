import type { Database } from "../../entities/database/database.js";
import { jobsById } from "../../entities/queries/jobs/jobs.js";
import { type MetricPointRecord, pointsAfter } from "../../entities/queries/jobs/metric-points.js";
import { isOpen } from "../../vocabulary.js";
import type { Notifications } from "./notifications.js";

/** How many of a job's newest points are kept for those who watch it. */
export const KEPT_POINTS = 10_000;

/** How many points are read from the database at once. */
const PAGE = 2_000;

/** A watched job is looked at this often even if nothing is heard of it, in milliseconds. */
const POLL_MS = 5_000;

/**
 * The metric logs of the jobs that somebody watches: what is new is read once for all subscribers of this process. The
 * table is the truth; notices only say when to look.
 */
export class MetricFeed {
  private readonly feeds = new Map<string, JobFeed>();
  private readonly subscriptions: { return(): unknown }[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
  ) {}

  /** Begins to listen. */
  start(): void {
    const { topics } = this.notifications;
    this.listen(topics.subscribe("jobChanged"), (jobId) => void this.feeds.get(jobId)?.look());
    this.listen(topics.subscribe("mayHaveMissed"), () => this.lookAtAll());
    this.timer = setInterval(() => this.lookAtAll(), POLL_MS).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    for (const subscription of this.subscriptions.splice(0)) subscription.return();
  }

  /** The feed of a job, for as long as it is watched: whoever takes it gives it back with release(). */
  watch(jobId: string): JobFeed {
    const feed = this.feeds.get(jobId) ?? new JobFeed(this.database, jobId, () => this.feeds.delete(jobId));
    this.feeds.set(jobId, feed);
    feed.take();
    return feed;
  }

  private lookAtAll(): void {
    for (const feed of this.feeds.values()) void feed.look();
  }

  private listen<T>(source: AsyncIterable<T> & { return(): unknown }, hear: (value: T) => void): void {
    this.subscriptions.push(source);
    void (async () => {
      for await (const value of source) hear(value);
    })();
  }
}

/** The metric log of one job: the newest points in memory, earlier ones from the table, the same to whoever reads. */
export class JobFeed {
  /** Points of sequence base + 1, base + 2, … */
  private recent: MetricPointRecord[] = [];
  private base: number | null = null;
  private hasEnded = false;
  private watchers = 0;
  private looking: Promise<void> | null = null;
  private shallLookAgain = false;
  private wake: () => void = () => {};
  private news = this.nextNews();

  constructor(
    private readonly database: Database,
    private readonly jobId: string,
    private readonly onUnwatched: () => void,
  ) {}

  take(): void {
    this.watchers += 1;
  }

  release(): void {
    this.watchers -= 1;
    if (this.watchers > 0) return;
    this.onUnwatched();
    this.wake();
  }

  /** How many points are in memory. */
  get kept(): number {
    return this.recent.length;
  }

  /** Resolves when something may be new; taken before reading, so that nothing in between is missed. */
  get changed(): Promise<void> {
    return this.news;
  }

  /** Points after a place, at most so many; none where there are none yet. last: whether the job has ended before them. */
  async after(sequence: number): Promise<{ points: readonly MetricPointRecord[]; hasEnded: boolean }> {
    if (this.base === null) await this.look();
    const { base, hasEnded } = this;
    if (base !== null && sequence >= base) {
      return { points: this.recent.slice(sequence - base, sequence - base + PAGE), hasEnded };
    }
    const points = await pointsAfter(this.database, this.jobId, sequence, PAGE);
    // The log is without gaps: where nothing follows an earlier place, it was deleted with its job.
    return { points, hasEnded: points.length === 0 && hasEnded };
  }

  /** Reads what is new. Calls that come while it reads are answered by one more look. */
  look(): Promise<void> {
    if (this.looking) {
      this.shallLookAgain = true;
      return this.looking;
    }
    this.looking = this.read().finally(() => {
      this.looking = null;
      if (this.shallLookAgain) {
        this.shallLookAgain = false;
        void this.look();
      }
    });
    return this.looking;
  }

  private async read(): Promise<void> {
    try {
      // The status first: points are logged before a job ends, so after an end that is seen here none is missing.
      const [job] = await jobsById(this.database, [this.jobId]);
      this.base ??= job?.lastSequence ?? 0;
      for (;;) {
        const points = await pointsAfter(this.database, this.jobId, this.base + this.recent.length, PAGE);
        this.recent.push(...points);
        const surplus = this.recent.length - KEPT_POINTS;
        if (surplus > 0) {
          this.recent = this.recent.slice(surplus);
          this.base += surplus;
        }
        if (points.length < PAGE) break;
      }
      this.hasEnded = !job || !isOpen(job.status);
    } catch {
      // The database is away: the next notice, or the poll, looks again.
      return;
    }
    this.wake();
    this.news = this.nextNews();
  }

  private nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
