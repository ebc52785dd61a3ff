import type { Database, Statement } from "../../database/database.js";

/** A point of a job's metric log. */
export interface MetricPointRecord {
  readonly sequence: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
  readonly reason: string | null;
  readonly at: Date;
}

const COLUMNS = "sequence, name, step, value, reason, at";

/** What did a job log after a place? Index: metric_point_pkey. */
const POINTS_AFTER: Statement = {
  name: "points-after",
  text: `select ${COLUMNS} from metric_point where job_id = $1 and sequence > $2 order by sequence limit $3`,
};

export const pointsAfter = (
  database: Database,
  jobId: string,
  sequence: number,
  limit: number,
): Promise<MetricPointRecord[]> => database.rows<MetricPointRecord>(POINTS_AFTER, [jobId, sequence, limit]);

/**
 * The series of a job ($1) under some names ($2; null: all) from a step on ($3), each thinned to at most so many points
 * ($4): cut into quarter as many runs of points, of which the first, the last, the least and the greatest stay, and the
 * first that is no number. So no peak, no gap and no end is lost. Index: metric_point_by_name.
 */
const SERIES: Statement = {
  name: "metric-series",
  text: `with numbered as (
      select ${COLUMNS}, count(*) over (partition by name) as all_points,
        row_number() over (partition by name order by sequence) - 1 as place
      from metric_point where job_id = $1 and ($2::text[] is null or name = any($2)) and step >= $3),
    cut as (
      select *, case when all_points <= $4 then place else place * greatest($4 / 5, 1) / all_points end as run from numbered),
    ranked as (
      select *, row_number() over (partition by name, run order by place) as from_first,
        row_number() over (partition by name, run order by place desc) as from_last,
        row_number() over (partition by name, run order by value, place) as from_least,
        row_number() over (partition by name, run order by value desc nulls last, place) as from_greatest,
        row_number() over (partition by name, run order by value is not null, place) as from_missing
      from cut)
    select ${COLUMNS} from ranked
    where from_first = 1 or from_last = 1 or from_least = 1 or from_greatest = 1 or (value is null and from_missing = 1)
    order by name, sequence`,
};

export const metricSeries = (
  database: Database,
  jobId: string,
  names: readonly string[] | null,
  fromStep: number,
  maxPoints: number,
): Promise<MetricPointRecord[]> => database.rows<MetricPointRecord>(SERIES, [jobId, names, fromStep, maxPoints]);
