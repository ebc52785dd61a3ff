import type { Interval } from "../agreement/intervals/interval.js";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A number with three decimals and a true minus; a dash for none. */
export const figure = (value: number | null, decimals = 3): string =>
  value === null
    ? "–"
    : value
        .toFixed(decimals)
        .replace(/^-(0\.0+)$/, "$1")
        .replace("-", "−");

/** Both ends of an interval in words, for "to" cannot be taken for a minus; null where there is none. */
export const range = (interval: Interval | null): string | null =>
  interval === null ? null : `${figure(interval.low)} to ${figure(interval.high)}`;

/** A moment such as 24 November 2026, 20:17 UTC. */
export function moment(iso: string): string {
  const at = new Date(iso);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${iso.slice(11, 16)} UTC`;
}
