/** What a file says that the model has no place for: counted and reported, never silently dropped. */

export interface Loss {
  what: string;
  count: number;
}

const MOST_KINDS = 100;
const MOST_CHARACTERS = 100;
const OTHERS = "further kinds of loss";

/** Counts losses by kind, in the order of their first appearance; the memory it takes is bounded. */
export class LossCounter {
  private readonly counts = new Map<string, number>();

  /** Count `count` more of `what`; from the hundred-and-first kind on they are counted together. */
  add(what: string, count = 1): void {
    const cut = what.length > MOST_CHARACTERS ? `${what.slice(0, MOST_CHARACTERS - 1)}…` : what;
    const kind = this.counts.has(cut) || this.counts.size < MOST_KINDS ? cut : OTHERS;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + count);
  }

  /** Count all of another list's losses. */
  addAll(losses: readonly Loss[]): void {
    for (const loss of losses) this.add(loss.what, loss.count);
  }

  list(): Loss[] {
    return [...this.counts].map(([what, count]) => ({ what, count }));
  }
}
