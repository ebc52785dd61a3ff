-- What reward models say of completions.

-- One score of a completion by a model: a model never changes, and neither does a completion.
create table completion_score (
  completion_id bigint not null references completion on delete cascade,
  model_id bigint not null references model,
  -- A float32, kept exactly.
  score double precision not null check (score - score = 0),
  -- The job that gave it first.
  job_id bigint not null references job on delete cascade,
  primary key (completion_id, model_id)
);
