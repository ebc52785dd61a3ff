-- Lanes of the queue: what takes seconds has slots of its own, so that it never waits for what takes hours.

alter table job add column lane text not null generated always as
  (case when kind in ('GENERATION', 'SCORING', 'EVALUATION') then 'SHORT' else 'TRAINING' end) stored;

-- A job's place in the queue: whoever was queued later has a higher one. A retried job is given a new one; a job that is
-- handed back or tried again keeps its own. No clock is asked, for a clock may go back.
create sequence job_place;
alter table job add column place bigint;
update job set place = id;
select setval('job_place', greatest((select max(id) from job), 1));
alter table job alter column place set default nextval('job_place'), alter column place set not null;
alter sequence job_place owned by job.place;

drop index job_to_claim;
create index job_to_claim on job (lane, place) where status in ('QUEUED', 'RUNNING');
-- How long the latest jobs of a kind took.
create index job_succeeded on job (kind, finished_at) where status = 'SUCCEEDED';

-- The processes that run jobs, as far as they are heard of: how many jobs each runs at once.
create table job_runner (
  id uuid primary key,
  name text not null,
  training_slots integer not null check (training_slots >= 0),
  short_slots integer not null check (short_slots >= 0),
  alive_until timestamptz not null
);

-- Files below DATA_DIR that nothing refers to any more, noted in the transaction that let them go: whoever dies between its
-- commit and their removal leaves them here, for the next start to remove.
create table file_removal (
  place text primary key check (place <> ''),
  since timestamptz not null default now()
);
