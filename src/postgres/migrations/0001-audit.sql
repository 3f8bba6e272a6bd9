-- Who did what, by whichever door: the web app, plaid-api, the engine, the command line. Never a
-- body, which may hold a secret (L5).
create table audit.entry (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  -- by which door
  place text not null,
  -- a person, a key's name, a user of the machine: kept when that is gone
  person text not null,
  action text not null,
  detail jsonb not null,
  -- HTTP's
  status integer not null
);

create index entry_at on audit.entry (at);
