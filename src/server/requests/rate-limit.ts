import { AppError } from "../../errors.js";

const MINUTE_MS = 60_000;

/** Beyond this many buckets the full ones, which say nothing, are forgotten. */
const KEPT = 10_000;

/** Too many requests: when to come back, in whole seconds, is told beside the code. */
export class RateLimited extends AppError {
  constructor(
    message: string,
    readonly retryAfter: number,
  ) {
    super("RATE_LIMITED", message);
  }
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets, one for each key or address: each holds at most `perMinute` tokens and is filled at that rate, so a
 * client may use a minute's requests at once and then goes on at the steady rate. In memory, for this process.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  /** now: the clock in milliseconds, growing. */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How many buckets are kept now. */
  get size(): number {
    return this.buckets.size;
  }

  /** Takes a token of a bucket, or refuses with RATE_LIMITED where none is left. */
  take(name: string): void {
    const now = this.now();
    const bucket = this.buckets.get(name) ?? { tokens: this.perMinute, at: now };
    bucket.tokens = this.filled(bucket, now);
    bucket.at = now;
    if (bucket.tokens < 1) {
      const wait = Math.ceil(((1 - bucket.tokens) * MINUTE_MS) / this.perMinute / 1000);
      throw new RateLimited(`Over ${this.perMinute} requests a minute; come back in ${wait} s.`, wait);
    }
    bucket.tokens -= 1;
    this.buckets.set(name, bucket);
    if (this.buckets.size > KEPT) this.forget(now);
  }

  private filled(bucket: Bucket, now: number): number {
    return Math.min(this.perMinute, bucket.tokens + ((now - bucket.at) * this.perMinute) / MINUTE_MS);
  }

  /** Drops the full buckets, and the oldest where that is not enough: memory stays bounded whatever comes. */
  private forget(now: number): void {
    for (const [name, bucket] of this.buckets) {
      if (this.filled(bucket, now) >= this.perMinute) this.buckets.delete(name);
    }
    for (const name of this.buckets.keys()) {
      if (this.buckets.size <= KEPT / 2) break;
      this.buckets.delete(name);
    }
  }
}
