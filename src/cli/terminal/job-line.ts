import { count } from "../../datasets/text/counted.js";
import { barOf, cut } from "./live-line.js";
import { width } from "./output.js";

const BAR = 24;
const SPARKS = "▁▂▃▄▅▆▇█";
const SPARK_WIDTH = 24;

/** The fewest columns that are worth a bar, and a sparkline. */
const LEAST_BAR = 8;
const LEAST_SPARKS = 4;

/** What is shown of a job. */
export interface FollowedJob {
  readonly kind: string;
  readonly status: string;
  readonly progress: {
    readonly phase: string;
    readonly step: number;
    readonly totalSteps: number;
    readonly fraction: number;
    readonly etaSeconds: number | null;
    readonly tokensPerSecond: number | null;
  };
}

/**
 * One line that says how far a job is, with its latest losses. Where it does not fit, the sparkline becomes shorter and
 * goes, then the bar becomes shorter, then parts go, the least telling first, then the bar.
 * @param room columns that the line may take; without end where none are given
 */
export function jobLine(
  { kind, progress }: FollowedJob,
  latest: ReadonlyMap<string, number>,
  losses: readonly number[],
  room = Number.POSITIVE_INFINITY,
): string {
  const { phase, step, totalSteps, fraction, etaSeconds, tokensPerSecond } = progress;
  const percent = `${String(Math.floor(fraction * 100)).padStart(3)} %`;
  const loss = (name: string) => (latest.has(name) ? `${name} ${latest.get(name)?.toFixed(3)}` : "");
  // In the order in which they are shown; goes: when a part is left out, the sparkline aside.
  const parts = (sparks: number) => [
    { text: totalSteps > 0 ? `step ${count(step)} of ${count(totalSteps)}` : "", goes: 6 },
    { text: phase, goes: 3 },
    { text: loss("train/loss"), goes: 4 },
    { text: loss("eval/loss"), goes: 2 },
    { text: sparks < LEAST_SPARKS ? "" : sparkline(losses, sparks), goes: Number.POSITIVE_INFINITY },
    { text: tokensPerSecond === null ? "" : `${count(Math.round(tokensPerSecond))} tokens/s`, goes: 1 },
    { text: etaSeconds === null ? "" : `${duration(etaSeconds)} left`, goes: 5 },
  ];
  const line = (bar: number, sparks: number, gone: number) =>
    [
      `${kind}  ${barOf(fraction, bar)}${bar > 0 ? " " : ""}${percent}`,
      ...parts(sparks).flatMap(({ text, goes }) => (text === "" || goes <= gone ? [] : [text])),
    ].join("  ");
  for (let gone = 0; gone <= 6; gone++) {
    const spare = room - width(line(0, 0, gone)) - 1;
    if (spare < LEAST_BAR) continue;
    const bar = Math.min(BAR, spare);
    return line(bar, Math.min(SPARK_WIDTH, spare - bar - 2), gone);
  }
  const spare = room - width(percent) - 2;
  return spare > 0 ? `${cut(kind, spare)}  ${percent}` : cut(percent.trim(), room);
}

/** Values as a row of bars, the mean of equal runs where there are more than fit. */
export function sparkline(values: readonly number[], width = SPARK_WIDTH): string {
  if (values.length < 2) return "";
  const columns = Math.min(width, values.length);
  const means = Array.from({ length: columns }, (_, column) => {
    const run = values.slice(
      Math.floor((column * values.length) / columns),
      Math.floor(((column + 1) * values.length) / columns),
    );
    return run.reduce((sum, value) => sum + value, 0) / run.length;
  });
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const height = (value: number) =>
    most === least ? 0 : Math.round(((value - least) / (most - least)) * (SPARKS.length - 1));
  return means.map((value) => SPARKS[height(value)]).join("");
}

/** Seconds as a person reads them. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
