-- What a client may do, until when, and how often: those that were made before may do everything.
alter table engine.application
  add column scope text not null default 'admin' check (scope in ('read', 'sync', 'admin')),
  add column expires_at timestamptz,
  -- null: no limit, for what belongs to this installation
  add column per_minute_max integer check (per_minute_max > 0),
  -- to the minute
  add column used_at timestamptz;
