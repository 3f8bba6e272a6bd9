-- How each Item was pulled, and by whom it was asked for: a bounded number of rows an Item, for a
-- bounded time.
create table plaid.pull (
  id bigint generated always as identity primary key,
  item_id text not null,
  trigger text not null check (trigger in ('poll', 'request', 'verify')),
  mode text not null check (mode in ('incremental', 'full')),
  status text not null default 'running' check (status in ('running', 'succeeded', 'failed')),
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  added bigint not null default 0,
  modified bigint not null default 0,
  removed bigint not null default 0,
  error_code text,
  error_message text
);
create index pull_of_item on plaid.pull (item_id, id);
create index pull_age on plaid.pull (started_at);

-- How many living transactions each Item has: kept by whatever changes them, so that a list of Items
-- costs the list.
create table plaid.item_tally (
  item_id text primary key,
  transactions bigint not null
);
insert into plaid.item_tally
select item_id, count(*) from plaid.transaction where deleted_at is null group by item_id;

create function plaid.item_counts(item text) returns jsonb
  language sql stable
begin atomic
  select jsonb_build_object(
    'accounts', (select count(*) from plaid.account where item_id = item),
    'transactions', coalesce((select transactions from plaid.item_tally where item_id = item), 0));
end;
