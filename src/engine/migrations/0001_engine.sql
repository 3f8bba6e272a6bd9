-- The engine's one truth (L6): what is configured, which job runs and who may store its state.

create table engine.workspace (
  id uuid primary key,
  name text not null,
  notifications json not null default '{}',
  deleted boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
);
insert into engine.workspace (id, name) values (gen_random_uuid(), 'Default Workspace');

-- A client of the API; its secret is kept as a hash only (L5).
create table engine.application (
  client_id text primary key,
  name text not null,
  secret_hash text not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz -- its secret and its tokens open nothing any more
);

-- A source or a destination. The configuration is sealed whole, with the id as its owner (L5).
create table engine.actor (
  id uuid primary key,
  kind text not null check (kind in ('source', 'destination')),
  workspace_id uuid not null references engine.workspace,
  definition_id uuid not null,
  name text not null,
  configuration text not null,
  configuration_version integer not null default 1,
  deleted boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
);

-- What `discover` last said, for one version of the source's configuration.
create table engine.discovered_catalog (
  actor_id uuid primary key references engine.actor,
  configuration_version integer not null,
  catalog json not null,
  discovered_at timestamptz not null default clock_timestamp()
);

create table engine.connection (
  id uuid primary key,
  name text not null,
  source_id uuid not null references engine.actor,
  destination_id uuid not null references engine.actor,
  status text not null check (status in ('active', 'inactive', 'deprecated', 'locked')),
  schedule json not null,
  next_run_at timestamptz,
  -- The streams as they were asked for, and as the source described them then.
  streams json not null,
  catalog json not null,
  namespace_definition text not null,
  namespace_format text,
  prefix text not null,
  non_breaking_schema_updates_behavior text not null,
  -- One more with every change: who changes it says what it saw.
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp()
);
create index connection_due on engine.connection (next_run_at) where status = 'active';

create table engine.job (
  id bigint generated always as identity primary key,
  connection_id uuid not null references engine.connection,
  type text not null check (type in ('sync', 'clear')),
  status text not null
    check (status in ('pending', 'running', 'incomplete', 'succeeded', 'failed', 'cancelled')),
  -- When the next attempt is due.
  run_at timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
-- At most one active job per connection (L6).
create unique index job_active on engine.job (connection_id)
  where status in ('pending', 'running', 'incomplete');
create index job_due on engine.job (run_at) where status in ('pending', 'incomplete');
create index job_of_connection on engine.job (connection_id, id);
create index job_updated on engine.job (updated_at, id);

-- One run of a job. Its id is the fencing token: ids only grow, and only a running attempt may
-- store anything (L6).
create table engine.attempt (
  id bigint generated always as identity primary key,
  job_id bigint not null references engine.job on delete cascade,
  number integer not null,
  status text not null check (status in ('running', 'succeeded', 'failed')),
  worker text not null,
  lease_until timestamptz not null,
  -- Its worker has not yet said that the connectors have ended.
  held boolean not null default true,
  -- Failed, but some of its records were committed.
  partial boolean not null default false,
  failures json,
  failure_kind text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  unique (job_id, number)
);
create index attempt_running on engine.attempt (lease_until) where status = 'running';
create index attempt_held on engine.attempt (job_id) where held;

create table engine.attempt_stream (
  attempt_id bigint not null references engine.attempt on delete cascade,
  name text not null,
  namespace text not null,
  records_emitted bigint not null,
  bytes_emitted bigint not null,
  records_committed bigint not null,
  bytes_committed bigint not null,
  -- Came, and could not be taken: in no table.
  records_rejected bigint not null default 0,
  states_emitted bigint not null,
  primary key (attempt_id, name, namespace)
);

create table engine.attempt_log (
  attempt_id bigint not null references engine.attempt on delete cascade,
  number integer not null,
  line text not null,
  primary key (attempt_id, number)
);

-- States as the destination returned them (L3); json keeps the connector's text as it is.
-- A connection has states of one kind: one per stream, or global ones, or one legacy one.
create table engine.stream_state (
  connection_id uuid not null references engine.connection,
  kind text not null check (kind in ('stream', 'shared', 'legacy')),
  name text not null,
  namespace text not null,
  state json not null,
  attempt_id bigint not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (connection_id, kind, name, namespace)
);

-- What is known of a stream's rows in the destination (L3). `refreshing`: the stream is read again
-- from nothing until an attempt that did so succeeds. `earned`: what the rows and the saved state
-- were earned with, null while there are none to trust. `destination_table`: the table's
-- incarnation, as the destination returned it with the last state.
create table engine.stream_generation (
  connection_id uuid not null references engine.connection,
  name text not null,
  namespace text not null,
  generation_id bigint not null default 0,
  refreshing boolean not null default false,
  earned json,
  destination_table json,
  primary key (connection_id, name, namespace)
);
