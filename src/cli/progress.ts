import { bytes } from "./output.js";

const BAR = 28;
const REDRAW_MS = 100;
const LINE_MS = 5000;

/** The part of a terminal's stream that a bar needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Shows how far bytes have come: a live bar on a terminal, a plain line every five seconds elsewhere.
 * total null: the size is not known beforehand. now: milliseconds, from any origin.
 */
export class Progress {
  private done = 0;
  private drawn = 0;
  private readonly begun: number;

  constructor(
    private readonly label: string,
    private readonly total: number | null,
    private readonly stream: ProgressStream,
    private readonly now: () => number,
  ) {
    this.begun = now();
    this.drawn = this.begun;
  }

  add(size: number): void {
    this.done += size;
    const time = this.now();
    if (time - this.drawn < (this.stream.isTTY ? REDRAW_MS : LINE_MS)) return;
    this.drawn = time;
    this.stream.write(this.stream.isTTY ? `\r${this.text(time)}\u001b[K` : `${this.text(time)}\n`);
  }

  /** Leaves the last state behind. */
  finish(): void {
    const text = this.text(this.now());
    this.stream.write(this.stream.isTTY ? `\r${text}\u001b[K\n` : `${text}\n`);
  }

  private text(time: number): string {
    const seconds = Math.max(0.001, (time - this.begun) / 1000);
    const rate = `${bytes(Math.round(this.done / seconds))}/s`;
    if (this.total === null) return `${this.label}  ${bytes(this.done)}  ${rate}`;
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const full = Math.round(share * BAR);
    const bar = this.stream.isTTY ? `${"█".repeat(full)}${"░".repeat(BAR - full)}  ` : "";
    return `${this.label}  ${bar}${String(Math.floor(share * 100)).padStart(3)} %  ${bytes(this.done)} of ${bytes(this.total)}  ${rate}`;
  }
}
