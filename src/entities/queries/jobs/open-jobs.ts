import type { JobKind, JobLane } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { LONGEST_BACKOFF, WAITS_FOR_ENVIRONMENT } from "./job-queue.js";

/** A job that is not at its end, as the queue knows it. */
export interface OpenJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly lane: JobLane;
  readonly status: "QUEUED" | "RUNNING";
  /** From 1, among those of its lane that have its status. */
  readonly position: number;
  readonly stepsLeft: number;
  /** Seconds until it is done, as its runner says. */
  readonly etaSeconds: number | null;
  /** Seconds since it first ran. */
  readonly elapsed: number | null;
  /** Seconds until it may begin. */
  readonly delay: number;
  /** Whether it waits for a runner with the environment that it began in. */
  readonly waitsForEnvironment: boolean;
  /** The jobs whose models it takes and that have made none yet. */
  readonly waitsFor: readonly string[];
}

/** What is queued or runs, in the order in which it may begin? Indexes: job_to_claim, job_dependency_pkey. */
const OPEN_JOBS: Statement = {
  name: "open-jobs",
  text: `select j.id, j.kind, j.lane, j.status,
      row_number() over (partition by j.lane, j.status order by j.place)::integer as position,
      greatest(j.total_steps - j.step, 0) as "stepsLeft", j.eta_seconds as "etaSeconds",
      extract(epoch from now() - j.started_at)::double precision as elapsed,
      case when j.run_at < now() + ${LONGEST_BACKOFF} then greatest(extract(epoch from j.run_at - now()), 0) else 0 end::double precision as delay,
      j.status = 'QUEUED' and j.phase = '${WAITS_FOR_ENVIRONMENT}' as "waitsForEnvironment",
      array(select d.depends_on_id from job_dependency d join job p on p.id = d.depends_on_id
        where d.job_id = j.id and p.status <> 'SUCCEEDED' order by d.depends_on_id) as "waitsFor"
    from job j where j.status in ('QUEUED', 'RUNNING') order by j.place`,
};

export const openJobs = (database: Database): Promise<OpenJob[]> => database.rows<OpenJob>(OPEN_JOBS, []);

/** How long jobs of a kind took: of the last twenty that succeeded, the median in all and for each step. */
export interface PaceOfKind {
  readonly kind: JobKind;
  readonly seconds: number;
  readonly secondsPerStep: number;
}

/** How long did the latest jobs of these kinds ($1) take? Index: job_succeeded. */
const PACES: Statement = {
  name: "paces-of-kinds",
  text: `select kind, percentile_cont(0.5) within group (order by seconds) as seconds,
      percentile_cont(0.5) within group (order by seconds / greatest(total_steps, 1)) as "secondsPerStep"
    from unnest($1::text[]) as asked (kind), lateral (
      select extract(epoch from finished_at - started_at)::double precision as seconds, total_steps from job
      where job.kind = asked.kind and status = 'SUCCEEDED' and started_at is not null
      order by finished_at desc limit 20) latest
    group by kind`,
};

export const pacesOfKinds = (database: Database, kinds: readonly JobKind[]): Promise<PaceOfKind[]> =>
  database.rows<PaceOfKind>(PACES, [kinds]);
