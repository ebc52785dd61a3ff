import { createHash } from "node:crypto";
import type { Database } from "../../entities/database/database.js";
import { AppError } from "../../errors.js";
import { authenticate } from "../../services/access/api-keys.js";
import type { Viewer } from "../../services/access/viewer.js";
import type { RateLimiter } from "./rate-limit.js";

/** How many keys are remembered as good. */
const REMEMBERED = 10_000;

/**
 * Lets requests in: who asks, and whether they ask too often.
 *
 * A key that is good is counted by itself. A request without one, or with one that was never good here, is counted by
 * its address and before the key is looked up: who guesses is slowed down, and others behind the same address are not.
 */
export class Gate {
  private readonly good = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly limiter: RateLimiter,
  ) {}

  /** How many keys are remembered now. */
  get remembered(): number {
    return this.good.size;
  }

  /** The viewer of an `Authorization` header value. Refused: UNAUTHENTICATED, RATE_LIMITED. */
  async admit(authorization: string | undefined, address: string): Promise<Viewer> {
    const print = createHash("sha256")
      .update(authorization ?? "")
      .digest("base64");
    if (!this.good.has(print)) this.limiter.take(`address ${address}`);
    let viewer: Viewer;
    try {
      viewer = await authenticate(this.database, authorization);
    } catch (error) {
      if (error instanceof AppError) this.good.delete(print);
      throw error;
    }
    this.remember(print);
    this.count(viewer);
    return viewer;
  }

  /** Counts one more request of a viewer who is already in, such as an operation over an open WebSocket. */
  count(viewer: Viewer): void {
    this.limiter.take(`key ${viewer.keyId}`);
  }

  private remember(print: string): void {
    if (this.good.has(print)) return;
    const oldest = this.good.values().next();
    if (this.good.size >= REMEMBERED && !oldest.done) this.good.delete(oldest.value);
    this.good.add(print);
  }
}
