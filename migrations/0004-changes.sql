-- What changed from one revision to another: aggregates over a dataset are kept and follow its changes.

create index prompt_state_by_addition on prompt_state (dataset_id, added_in);
create index prompt_state_by_removal on prompt_state (dataset_id, removed_in) where removed_in is not null;
create index demonstration_by_addition on demonstration (dataset_id, added_in);
create index demonstration_by_removal on demonstration (dataset_id, removed_in) where removed_in is not null;
create index ranking_by_addition on ranking (dataset_id, added_in);
create index ranking_by_removal on ranking (dataset_id, removed_in) where removed_in is not null;
create index assessment_by_addition on assessment (dataset_id, added_in);
create index assessment_by_removal on assessment (dataset_id, removed_in) where removed_in is not null;
create index split_assignment_by_addition on split_assignment (added_in);
create index split_assignment_by_removal on split_assignment (removed_in) where removed_in is not null;

-- The counts of src/entities/queries/prompts/prompt-facts.ts as of the newest revision that was asked for: derived, never a source.
create table counted_facts (
  dataset_id bigint primary key references dataset on delete cascade,
  revision integer not null,
  facts jsonb not null check (jsonb_typeof(facts) = 'array')
);
