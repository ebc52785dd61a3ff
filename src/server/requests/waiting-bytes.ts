import { RateLimited } from "./rate-limit.js";

/** How much may be held at a time, for one key and for all. */
export interface Bounds {
  readonly perKey: number;
  readonly inAll: number;
}

/** What is held for one client's request or socket. */
export interface Waiting {
  /** Holds so many bytes more. It may be cut off by this, and so may another. */
  add(bytes: number): void;
  /** So many bytes are gone: read, or answered. */
  take(bytes: number): void;
  /** Says with which key the client has come. */
  belongsTo(keyId: string): void;
  /** Nothing is held any more. */
  end(): void;
}

/** How a client is cut off. */
export interface Cut {
  /** Drops what can be dropped, and says why. */
  readonly tell: () => void;
  /** Ends the connection at once. */
  readonly destroy: () => void;
}

interface Holder {
  key: string;
  bytes: number;
  isTold: boolean;
  readonly cut: Cut;
}

/**
 * The bytes that the server holds for its clients: what a request or a message said until it is answered, and an answer until
 * it is read. Where a key, or all together, are over the bound, the client for which most is held is cut off, until they are
 * within it: who reads what it asks for stays.
 */
export class WaitingBytes {
  private readonly holders = new Set<Holder>();
  private readonly ofKey = new Map<string, number>();
  private total = 0;

  /** @param onCut told of each client that is cut off, and by which bound */
  constructor(
    private readonly bounds: Bounds,
    private readonly onCut: (bound: keyof Bounds) => void = () => {},
  ) {}

  /** What is held now: for all, and for the key for which most is. */
  get use(): { readonly all: number; readonly key: number } {
    return { all: this.total, key: mostOf(this.ofKey) };
  }

  /** Begins to hold for a client; before it has said its key, for all those that have not. */
  open(cut: Cut, key = ""): Waiting {
    const holder: Holder = { key, bytes: 0, isTold: false, cut };
    this.holders.add(holder);
    return {
      add: (bytes) => {
        if (!this.holders.has(holder)) return;
        this.count(holder, bytes);
        this.enforce(holder.key);
      },
      take: (bytes) => {
        if (this.holders.has(holder)) this.count(holder, -Math.min(bytes, holder.bytes));
      },
      belongsTo: (keyId) => {
        const { bytes } = holder;
        this.count(holder, -bytes);
        holder.key = keyId;
        if (this.holders.has(holder)) this.count(holder, bytes);
      },
      end: () => this.forget(holder),
    };
  }

  private count(holder: Holder, bytes: number): void {
    holder.bytes += bytes;
    this.total += bytes;
    const ofKey = (this.ofKey.get(holder.key) ?? 0) + bytes;
    if (ofKey > 0) this.ofKey.set(holder.key, ofKey);
    else this.ofKey.delete(holder.key);
  }

  private forget(holder: Holder): void {
    this.count(holder, -holder.bytes);
    this.holders.delete(holder);
  }

  private enforce(key: string): void {
    while ((this.ofKey.get(key) ?? 0) > this.bounds.perKey) this.cutLargest("perKey", key);
    while (this.total > this.bounds.inAll) this.cutLargest("inAll", null);
  }

  /** The first time it is told why; where that frees too little, it is ended. */
  private cutLargest(bound: keyof Bounds, key: string | null): void {
    let largest: Holder | null = null;
    for (const holder of this.holders)
      if ((key === null || holder.key === key) && holder.bytes > (largest?.bytes ?? 0)) largest = holder;
    if (largest === null) return;
    if (largest.isTold) {
      this.forget(largest);
      largest.cut.destroy();
      return;
    }
    largest.isTold = true;
    this.onCut(bound);
    largest.cut.tell();
  }
}

/** What is open at a time, for one key and for all. */
export class OpenSockets {
  private readonly ofKey = new Map<string, number>();

  constructor(
    private readonly bounds: Bounds,
    private readonly onRefused: (bound: keyof Bounds) => void = () => {},
  ) {}

  /** How many a key has for which most are open. */
  get most(): number {
    return mostOf(this.ofKey);
  }

  /** Refused: one more than may be open in all, the new one counted. */
  checkAll(open: number): void {
    if (open <= this.bounds.inAll) return;
    this.onRefused("inAll");
    throw new RateLimited(`The server has ${this.bounds.inAll} sockets open; come back later.`, 1);
  }

  /** Counts one more of a key; returns what counts it off. Refused: one more than a key may have. */
  take(keyId: string): () => void {
    const open = this.ofKey.get(keyId) ?? 0;
    if (open >= this.bounds.perKey) {
      this.onRefused("perKey");
      throw new RateLimited(`This key has ${this.bounds.perKey} sockets open; close one first.`, 1);
    }
    this.ofKey.set(keyId, open + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.ofKey.get(keyId) ?? 1) - 1;
      if (left > 0) this.ofKey.set(keyId, left);
      else this.ofKey.delete(keyId);
    };
  }
}

/** The most that a key has. */
export function mostOf(counts: ReadonlyMap<string, number>): number {
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return most;
}
