-- Who or what began a job, and under which name; of those from before nothing is known.
alter table engine.job
  add column begun_by text
    check (begun_by in ('schedule', 'source', 'client', 'person', 'command')),
  add column begun_by_name text;
