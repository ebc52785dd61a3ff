import { count } from "./output.js";

const BAR = 24;
const SPARKS = "▁▂▃▄▅▆▇█";
const SPARK_WIDTH = 24;

/** What is shown of a job. */
export interface JobState {
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

/** One line that says how far a job is, with its latest losses. */
export function jobLine(
  { kind, progress }: JobState,
  latest: ReadonlyMap<string, number>,
  losses: readonly number[],
): string {
  const { phase, step, totalSteps, fraction, etaSeconds, tokensPerSecond } = progress;
  const full = Math.round(fraction * BAR);
  const parts = [
    `${kind}  ${"█".repeat(full)}${"░".repeat(BAR - full)} ${String(Math.floor(fraction * 100)).padStart(3)} %`,
    totalSteps > 0 ? `step ${count(step)} of ${count(totalSteps)}` : "",
    phase,
    ...["train/loss", "eval/loss"].flatMap((name) => {
      const value = latest.get(name);
      return value === undefined ? [] : [`${name} ${value.toFixed(3)}`];
    }),
    sparkline(losses),
    tokensPerSecond === null ? "" : `${count(Math.round(tokensPerSecond))} tokens/s`,
    etaSeconds === null ? "" : `${duration(etaSeconds)} left`,
  ];
  return parts.filter((part) => part !== "").join("  ");
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
