-- Who uses the web app, and what they did there. No secret stands here in clear (L5): of sessions,
-- codes and invitations only hashes, of passwords scrypt's.

create table web.person (
  id uuid primary key default gen_random_uuid(),
  -- owner: whoever holds the machine; member: came by an invitation; proxy: a proxy vouches for them
  kind text not null check (kind in ('owner', 'member', 'proxy')),
  name text not null,
  email text unique check (email = lower(email)),
  role text not null check (role in ('viewer', 'operator', 'admin')),
  password text,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create unique index person_owner on web.person (kind) where kind = 'owner';

create table web.session (
  id uuid primary key default gen_random_uuid(),
  hash text not null unique,
  person_id uuid not null references web.person on delete cascade,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  -- where it was opened from, for its owner to know it by
  address text not null,
  user_agent text not null
);

create index session_person on web.session (person_id);

create table web.login_code (
  hash text primary key,
  person_id uuid not null references web.person on delete cascade,
  expires_at timestamptz not null
);

create table web.invite (
  id uuid primary key default gen_random_uuid(),
  hash text not null unique,
  email text not null check (email = lower(email)),
  role text not null check (role in ('viewer', 'operator', 'admin')),
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create table web.setting (
  person_id uuid not null references web.person on delete cascade,
  name text not null,
  value jsonb not null,
  primary key (person_id, name)
);

create table web.verification (
  id uuid primary key default gen_random_uuid(),
  begun_by text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  status text not null check (status in ('running', 'equal', 'different', 'unreadable', 'failed')),
  result jsonb
);

create index verification_started on web.verification (started_at desc);

create table web.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  -- kept when the person is gone
  person text not null,
  action text not null,
  detail jsonb not null,
  status integer not null
);

create index audit_at on web.audit (at);
