import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";
import { JOB_CHANNEL } from "./job-queue.js";

/** What keeps a job ($1) from being deleted? Indexes: model_job_id_key, job_dependency_by_predecessor. */
const NEEDED: Statement = {
  name: "what-needs-a-job",
  text: `select (select m.name from model m where m.job_id = $1 and m.deleted_at is null) as model,
      (select min(j.id) from job_dependency d join job j on j.id = d.job_id
        where d.depends_on_id = $1 and j.status <> 'SUCCEEDED') as dependent`,
};

/** The model that a job made and that is there, and a job that took or waits for its model and has not succeeded. */
export async function needOfJob(
  connection: Queryable,
  id: string,
): Promise<{ readonly model: string | null; readonly dependent: string | null }> {
  const [row] = await rowsOf<{ model: string | null; dependent: string | null }>(connection, NEEDED, [id]);
  return row ?? { model: null, dependent: null };
}

/** The log, samples, checkpoints and evaluation of a job go with it. Index: model_job_id_key. */
const FORGET_MAKER: Statement = {
  name: "forget-maker-of-model",
  text: "update model set job_id = null where job_id = $1",
};
const DELETE_JOB: Statement = {
  name: "delete-job",
  text: `delete from job where id = $1 returning pg_notify('${JOB_CHANNEL}', id::text)`,
};

/** Deletes a job with all that belongs to it, and tells who watches it. */
export async function removeJob(connection: Queryable, id: string): Promise<void> {
  await rowsOf(connection, FORGET_MAKER, [id]);
  await rowsOf(connection, DELETE_JOB, [id]);
}
