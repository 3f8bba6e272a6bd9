-- A connection may follow its source: whoever knows that the source has news says so, and the
-- connection is synced, beside its schedule.
alter table engine.connection add column follows_source boolean not null default false;
create index connection_following on engine.connection (source_id) where follows_source;

-- Connections whose source has news that no sync has read yet, and when it was last said.
create table engine.connection_news (
  connection_id uuid primary key references engine.connection,
  since timestamptz not null
);
