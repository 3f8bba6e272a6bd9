-- What a key may do, until when, and how often: those that were made before may do everything.
alter table plaid.api_key
  add column scope text not null default 'admin' check (scope in ('read', 'sync', 'admin')),
  add column expires_at timestamptz,
  -- null: no limit, for what belongs to this installation
  add column per_minute_max integer check (per_minute_max > 0);
alter table plaid.api_key alter column scope drop default;
