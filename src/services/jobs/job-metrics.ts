import type { JobRecord } from "../../entities/queries/jobs/jobs.js";
import { type MetricPointRecord, metricSeries } from "../../entities/queries/jobs/metric-points.js";
import { badInput } from "../../errors.js";
import { METRICS } from "../../training/events/metrics.js";
import type { Context } from "../request/context.js";

/** The points of one metric of a job, in their order. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly MetricPointRecord[];
}

export interface SeriesArguments {
  readonly names?: readonly string[] | null;
  readonly fromStep?: number | null;
  readonly maxPoints: number;
}

const LEAST_POINTS = 10;
const MOST_POINTS = 100_000;

/**
 * The series of a job, by name; one with more than maxPoints points is thinned so that its extremes and gaps stay.
 * Refused: a name that is no metric, fromStep below 0, maxPoints below 10 or above 100,000.
 */
export async function seriesOfJob(
  { database }: Pick<Context, "database">,
  job: JobRecord,
  { names, fromStep, maxPoints }: SeriesArguments,
): Promise<Series[]> {
  checkMetricNames(names);
  if (fromStep != null && fromStep < 0) throw badInput(`fromStep is ${fromStep}; it must be 0 or more.`, "fromStep");
  if (maxPoints < LEAST_POINTS || maxPoints > MOST_POINTS) {
    throw badInput(`maxPoints is ${maxPoints}; it must be ${LEAST_POINTS} to ${MOST_POINTS}.`, "maxPoints");
  }
  const points = await metricSeries(database, job.id, names ?? null, fromStep ?? 0, maxPoints);
  const series = new Map<string, MetricPointRecord[]>();
  for (const point of points) {
    const known = series.get(point.name);
    if (known) known.push(point);
    else series.set(point.name, [point]);
  }
  return [...series].map(([name, ofName]) => ({ name, unit: unitOf(name), points: ofName }));
}

/** Refuses names that no job ever logs. */
export function checkMetricNames(names: readonly string[] | null | undefined): void {
  for (const [index, name] of names?.entries() ?? []) {
    if (Object.hasOwn(METRICS, name)) continue;
    throw badInput(
      `names.${index} is ${JSON.stringify(name.slice(0, 80))}; it must be one of ${Object.keys(METRICS).join(", ")}.`,
      `names.${index}`,
    );
  }
}

const unitOf = (name: string): string =>
  Object.hasOwn(METRICS, name) ? METRICS[name as keyof typeof METRICS].unit : "1";
