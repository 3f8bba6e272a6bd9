-- What somebody is told of, what they are told, and by which way. No secret stands here (L5).

create table alert.incident (
  id uuid primary key,
  rule text not null,
  -- What of: the labels of the metric.
  labels jsonb not null,
  severity text not null check (severity in ('critical', 'warning', 'info')),
  title text not null,
  detail text,
  connection_id uuid,
  value double precision not null,
  since timestamptz not null,
  -- Null until it has held for as long as its rule says.
  fired_at timestamptz,
  well_since timestamptz,
  told_at timestamptz,
  told_value double precision,
  ended_at timestamptz
);
create unique index incident_open on alert.incident (rule, labels) where ended_at is null;
create index incident_ended on alert.incident (ended_at) where ended_at is not null;

-- For one way out each, written together with what it tells: what a crash finds here is sent by
-- whoever comes after, under the same id.
create table alert.message (
  id uuid primary key,
  way text not null,
  -- {notices: [{told, incident}]}; of a test, none.
  body jsonb not null,
  created_at timestamptz not null,
  tries integer not null default 0,
  next_try_at timestamptz not null,
  sent_at timestamptz,
  -- It was tried for days, or its way is there no more.
  given_up_at timestamptz,
  error text
);
create index message_due on alert.message (way, next_try_at)
  where sent_at is null and given_up_at is null;
create index message_age on alert.message (created_at);

create table alert.silence (
  id uuid primary key default gen_random_uuid(),
  rule text not null,
  -- Null: whatever it is about.
  labels jsonb,
  reason text not null,
  made_by text not null,
  made_at timestamptz not null default now(),
  ends_at timestamptz not null
);
create index silence_end on alert.silence (ends_at);

-- A notice is a hint, not the truth: it says to look.
create function alert.tell() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('alert_event', tg_table_name);
  return null;
end $$;
create trigger tell_silence after insert or update or delete on alert.silence
  for each statement execute function alert.tell();
create trigger tell_message after insert or update on alert.message
  for each statement execute function alert.tell();
-- Not with every look at one that goes on.
create trigger tell_begun after insert on alert.incident
  for each statement execute function alert.tell();
create trigger tell_changed after update on alert.incident
  for each row
  when (old.fired_at is distinct from new.fired_at
        or old.well_since is distinct from new.well_since
        or old.ended_at is distinct from new.ended_at
        or old.title is distinct from new.title)
  execute function alert.tell();
