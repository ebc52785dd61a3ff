import { width } from "./output.js";

/** Columns of a terminal that does not tell them. */
const USUAL_COLUMNS = 80;

/** The part of a stream that a line needs which is drawn again and again. */
export interface LineStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

/**
 * Columns that the next line may take, asked for at each drawing because a window changes: all but the last, in which a
 * cursor may wrap; without end where the stream is no terminal.
 */
export function roomOf({ isTTY, columns }: LineStream): number {
  return isTTY ? Math.max(0, (columns || USUAL_COLUMNS) - 1) : Number.POSITIVE_INFINITY;
}

/** Draws a line over the last one on a terminal; writes it below the others elsewhere. */
export function drawLine(stream: LineStream, line: string, done?: (error?: Error | null) => void): void {
  stream.write(stream.isTTY ? `\r${line}\u001b[K` : `${line}\n`, done);
}

/** A bar of so many columns. share: 0 to 1; what lies outside is taken as the nearer end */
export function barOf(share: number, columns: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * columns);
  return "█".repeat(full) + "░".repeat(columns - full);
}

/** A text that takes at most so many columns: its beginning and … where it is longer. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let [kept, taken] = ["", 0];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    taken += width(segment);
    if (taken > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? "" : `${kept}…`;
}
