-- What an import left out of the files it was given, in sentences; null: the model was made here.

alter table model add column import_notes text[];
update model set import_notes = '{}' where stage = 'IMPORTED';
