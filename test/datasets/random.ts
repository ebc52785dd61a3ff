/** Seeded randomness for property tests: the seed stands in the test's name, and SEED=… repeats a run. */
export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** mulberry32, a 32-bit generator: enough to vary inputs, and the same everywhere. */
export class Random {
  constructor(private state: number) {}

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  }

  list<T>(low: number, high: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.int(low, high) }, (_, index) => make(index));
  }

  /** A text that can be stored, of scripts and signs that have broken programs before. */
  text(low = 0, high = 12): string {
    return this.list(low, high, () => this.pick(MORSELS)).join("");
  }
}

const MORSELS = [
  "a",
  "Z",
  " ",
  "\n",
  "\r\n",
  "\t",
  '"',
  "\\",
  "\u0001",
  "\u007f",
  "\u2028",
  "\ufeff",
  "é",
  "e\u0301",
  "ß",
  "什么是数据结构",
  "مرحبا",
  "שלום",
  "नमस्ते",
  "👩🏽‍🚀",
  "😀",
  "\u{1f1f3}\u{1f1f1}",
  "\u{10ffff}",
  "\uffff",
  "<b>",
  "\\u0000",
  "A>B=C",
  "0",
  "Human:",
];
