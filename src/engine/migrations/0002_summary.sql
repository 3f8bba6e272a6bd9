-- What a list of connections asks of each: its newest job that succeeded, found without its others.
create index job_succeeded on engine.job (connection_id, id) where status = 'succeeded';
