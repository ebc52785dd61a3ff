import type { Hash } from "node:crypto";

/** A place in the bytes of an export where the lines of a prompt begin: from there on it can be made without the rest. */
export interface ExportMark {
  readonly bytes: number;
  readonly promptId: string;
  /** Of the bytes before it, where they are hashed. */
  readonly hash: Hash | null;
}

/** How much is kept: of so many exports, the latest, so many marks of each, this many bytes apart or more. */
export interface MarkLimits {
  readonly exports: number;
  readonly marks: number;
  readonly apart: number;
}

export const MARK_LIMITS: MarkLimits = { exports: 16, marks: 256, apart: 1 << 20 };

/**
 * Places in exports that were made not long ago, so that one whose connection broke goes on at once: what lies before the
 * place is not made again. They only save time: without them, as after a restart, an export gives the same bytes.
 */
export class ExportMarks {
  private readonly kept = new Map<string, MarksOfExport>();

  constructor(private readonly limits: MarkLimits = MARK_LIMITS) {}

  /** How many exports have marks. */
  get size(): number {
    return this.kept.size;
  }

  /** The marks of one export. key: equal for equal bytes, and for no others. */
  of(key: string): MarksOfExport {
    const marks = this.kept.get(key) ?? new MarksOfExport(this.limits, (own) => this.keep(key, own));
    if (this.kept.delete(key)) this.kept.set(key, marks);
    return marks;
  }

  private keep(key: string, marks: MarksOfExport): void {
    this.kept.set(key, marks);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.limits.exports) return;
      this.kept.delete(oldest);
    }
  }
}

/** The marks of one export, in the order of their places. It is kept from its first mark on: short ones need none. */
export class MarksOfExport {
  private marks: ExportMark[] = [];
  private apart: number;

  constructor(
    private readonly limits: MarkLimits,
    private readonly keep: (marks: MarksOfExport) => void,
  ) {
    this.apart = limits.apart;
  }

  get size(): number {
    return this.marks.length;
  }

  /** The last mark that is not behind an offset. */
  before(offset: number): ExportMark | null {
    return this.marks.findLast(({ bytes }) => bytes <= offset) ?? null;
  }

  /** Marks a place that is far enough behind the last one; where there are too many, every second is left out. */
  add({ bytes, promptId, hash }: ExportMark): void {
    if (bytes < (this.marks.at(-1)?.bytes ?? 0) + this.apart) return;
    this.marks.push({ bytes, promptId, hash: hash?.copy() ?? null });
    if (this.marks.length === 1) this.keep(this);
    if (this.marks.length <= this.limits.marks) return;
    this.marks = this.marks.filter((_, i) => i % 2 === 1);
    this.apart *= 2;
  }
}
