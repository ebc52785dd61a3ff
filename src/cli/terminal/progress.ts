import { barOf, cut, drawLine, type LineStream, roomOf } from "./live-line.js";
import { bytes, width } from "./output.js";

const BAR = 28;
const REDRAW_MS = 100;
const LINE_MS = 5000;

/** The fewest columns of bar and label before a figure is left out for them. */
const LEAST_BAR = 8;
const LEAST_LABEL = 16;

/**
 * Shows how far bytes have come: a live bar on a terminal, in one line however narrow; a plain line every five seconds
 * elsewhere. total null: the size is not known beforehand. now: milliseconds, from any origin.
 */
export class ProgressLine {
  private readonly label: string;
  private done = 0;
  private drawn = 0;
  private readonly begun: number;

  constructor(
    label: string,
    private readonly total: number | null,
    private readonly stream: LineStream,
    private readonly now: () => number,
  ) {
    // A file's name may hold a line break or worse.
    this.label = label.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
    this.begun = now();
    this.drawn = this.begun;
  }

  add(size: number): void {
    this.done += size;
    const time = this.now();
    if (time - this.drawn < (this.stream.isTTY ? REDRAW_MS : LINE_MS)) return;
    this.drawn = time;
    drawLine(this.stream, this.text(time));
  }

  /** Leaves the last state behind. */
  finish(): void {
    const text = this.text(this.now());
    this.stream.write(this.stream.isTTY ? `\r${text}\u001b[K\n` : `${text}\n`);
  }

  private text(time: number): string {
    const seconds = Math.max(0.001, (time - this.begun) / 1000);
    const rate = `${bytes(Math.round(this.done / seconds))}/s`;
    const room = roomOf(this.stream);
    if (this.total === null) return progressLine(this.label, null, [bytes(this.done), rate], room);
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
    const figures = [percent, `${bytes(this.done)} of ${bytes(this.total)}`, rate];
    return progressLine(this.label, this.stream.isTTY ? share : null, figures, room);
  }
}

/**
 * Label, bar and figures in one line. Where they do not fit, bar and label become shorter, then the figures go from the
 * last on, then the bar.
 * @param share how far it is, 0 to 1; null: without a bar
 * @param room columns that the line may take
 */
export function progressLine(label: string, share: number | null, figures: readonly string[], room: number): string {
  const leastLabel = Math.min(LEAST_LABEL, width(label));
  const leastBar = share === null ? 0 : LEAST_BAR + 2;
  for (let n = figures.length; n > 0; n--) {
    const shown = figures.slice(0, n).join("  ");
    const spare = room - width(shown) - 2;
    if (spare < leastLabel + leastBar) continue;
    if (share === null) return `${cut(label, spare)}  ${shown}`;
    const bar = Math.min(BAR, Math.max(LEAST_BAR, spare - width(label) - 2));
    return `${cut(label, spare - bar - 2)}  ${barOf(share, bar)}  ${shown}`;
  }
  const shown = figures[0]?.trim() ?? "";
  const spare = room - width(shown) - 2;
  return spare > 0 ? `${cut(label, spare)}  ${shown}` : cut(shown, room);
}
