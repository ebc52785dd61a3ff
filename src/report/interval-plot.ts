import type { Interval } from "../agreement/intervals/interval.js";
import { figure } from "./figures.js";
import { type Html, html } from "./html.js";

/** The stretch of numbers that the plots of a table share, with the ticks on it. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** An estimate and its interval, of which either may be missing. */
export interface Estimate {
  readonly value: number | null;
  readonly ci95: Interval | null;
}

/** Tick distances tried, finest first. */
const DISTANCES = [0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const TICKS_AT_MOST = 6;

/** An axis from tick to tick that holds all estimates, their intervals and the given numbers. */
export function axisOf(estimates: readonly Estimate[], held: readonly number[]): Axis {
  const ends = estimates.flatMap(({ value, ci95 }) => [value, ci95?.low, ci95?.high]);
  const all = [...ends.filter((end) => end != null), ...held];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  for (const distance of DISTANCES) {
    // A hair inside, so that 0.3 stored as 0.30000000000000004 does not need another tick.
    const first = Math.floor(least / distance + 1e-9);
    const last = Math.max(Math.ceil(most / distance - 1e-9), first + 1);
    if (last - first >= TICKS_AT_MOST) continue;
    const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * distance).toFixed(10)));
    return { low: ticks[0]!, high: ticks.at(-1)!, ticks };
  }
  return { low: least, high: most, ticks: [least, most] };
}

/** Where a number stands on the axis, in per cent of its length; what lies beyond an end stands at it. */
const place = ({ low, high }: Axis, value: number): string =>
  `${((100 * (Math.min(Math.max(value, low), high) - low)) / (high - low)).toFixed(2)}%`;

const line = (x: string, of: string): Html => html`<line class="${of}" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;

/** The grid behind a row; `reference` is a number that all rows are to be seen against. */
const grid = (axis: Axis, reference: number | null): Html =>
  html`${axis.ticks.map((tick) => line(place(axis, tick), "tick"))}${reference !== null && line(place(axis, reference), "reference")}`;

/** The head of a column of plots: the numbers along the axis. */
export const axisHead = (axis: Axis): Html =>
  html`<svg class="plot axis" aria-hidden="true">${axis.ticks.map(
    (tick) =>
      html`<text${tick > axis.low && tick < axis.high && html` class="between"`} x="${place(axis, tick)}" y="100%" dy="-4">${shortest(tick)}</text>`,
  )}</svg>`;

const shortest = (tick: number): string =>
  figure(tick, 3)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");

/** One row of a forest plot: the interval as a bar, the estimate as a dot. The numbers stand beside it as text. */
export function intervalPlot(axis: Axis, { value, ci95 }: Estimate, reference: number | null = null): Html {
  const bar =
    ci95 && html`<line class="bar" x1="${place(axis, ci95.low)}" x2="${place(axis, ci95.high)}" y1="50%" y2="50%"/>`;
  const dot = value !== null && html`<circle class="dot" cx="${place(axis, value)}" cy="50%" r="5"/>`;
  return html`<svg class="plot" role="img" aria-label="${spoken(value, ci95)}">${grid(axis, reference)}${bar}${dot}</svg>`;
}

const spoken = (value: number | null, ci95: Interval | null): string =>
  value === null
    ? "undefined"
    : `${figure(value)}${ci95 === null ? ", no interval" : `, interval from ${figure(ci95.low)} to ${figure(ci95.high)}`}`;
