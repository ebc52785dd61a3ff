import type { JobLane } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";

/** A process that runs jobs, and how many of each lane at once. */
export interface Runner {
  readonly id: string;
  readonly name: string;
  readonly slots: Readonly<Record<JobLane, number>>;
}

/** For how long a process counts after it was last heard of, in seconds. */
export const RUNNER_ALIVE_SECONDS = 30;

/** Index: job_runner_pkey. */
const ANNOUNCE: Statement = {
  name: "announce-runner",
  text: `insert into job_runner (id, name, training_slots, short_slots, alive_until)
    values ($1, $2, $3, $4, now() + make_interval(secs => ${RUNNER_ALIVE_SECONDS}))
    on conflict (id) do update set alive_until = excluded.alive_until`,
};

/** Says that a process runs jobs. To be said again well within RUNNER_ALIVE_SECONDS. */
export async function announceRunner(database: Database, { id, name, slots }: Runner): Promise<void> {
  await database.rows(ANNOUNCE, [id, name, slots.TRAINING, slots.SHORT]);
}

/** That process, and those that nobody has heard of for a day. */
const WITHDRAW: Statement = {
  name: "withdraw-runner",
  text: "delete from job_runner where id = $1 or alive_until < now() - interval '1 day'",
};

/** Says that a process runs no more jobs. */
export async function withdrawRunner(database: Database, id: string): Promise<void> {
  await database.rows(WITHDRAW, [id]);
}

/** How many jobs of each lane do the processes that are heard of run at once? They are few: no index. */
const SLOTS: Statement = {
  name: "slots-of-runners",
  text: `select coalesce(sum(training_slots), 0)::integer as "TRAINING", coalesce(sum(short_slots), 0)::integer as "SHORT"
    from job_runner where alive_until > now()`,
};

export async function slotsOfRunners(database: Database): Promise<Readonly<Record<JobLane, number>>> {
  return (await database.row<Record<JobLane, number>>(SLOTS, [])) ?? { TRAINING: 0, SHORT: 0 };
}
