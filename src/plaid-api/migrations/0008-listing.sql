-- Every filter of `GET /transactions` has an index, every count is kept or bounded: a page costs
-- the page (store/listing.ts). A page is by day, and within a day by `created_at`: a stamp, which no
-- two rows share, in eight bytes instead of an id's thirty-seven. Behind the keys stands all else
-- that a filter asks, so that rows which do not fit are passed over without being fetched; `date`
-- stands there because the planner takes an index for whole by its columns, not its expressions.
--
-- What a search looks through is kept in small letters, and what an index holds is cut to what one
-- takes; the row itself, in `body`, is whole.
alter table plaid.transaction add column searched text generated always as (
  left(lower(coalesce(name, '') || e'\n' || coalesce(merchant, '')), 300)) stored;
update plaid.transaction set category = left(category, 100) where length(category) > 100;

drop index plaid.transaction_date;
drop index plaid.transaction_item;
drop index plaid.transaction_account;
create index transaction_date on plaid.transaction (coalesce(date, 'infinity'), created_at)
  include (date, amount, pending, category, searched) where deleted_at is null;
create index transaction_item on plaid.transaction
  (item_id, coalesce(date, 'infinity'), created_at)
  include (date, amount, pending, category, searched) where deleted_at is null;
create index transaction_account on plaid.transaction
  (account_id, coalesce(date, 'infinity'), created_at)
  include (date, amount, pending, category, searched) where deleted_at is null;
create index transaction_category on plaid.transaction
  (category, coalesce(date, 'infinity'), created_at)
  include (date, amount, pending, searched) where deleted_at is null;
-- Who is not pending is found by the day: nearly everybody.
create index transaction_pending on plaid.transaction (coalesce(date, 'infinity'), created_at)
  include (date, amount, pending, category, searched) where deleted_at is null and pending;
create index transaction_amount on plaid.transaction (amount)
  include (date, created_at, pending, category) where deleted_at is null;
-- What is old enough to be pruned.
create index transaction_tombstone on plaid.transaction (updated_at) where deleted_at is not null;

-- Where this role may not have pg_trgm, or the server has none, a search that finds little reads
-- the days' index to its end.
do $$
declare
  place text;
begin
  begin
    create extension if not exists pg_trgm with schema plaid;
  exception when insufficient_privilege or feature_not_supported or undefined_file then
    null;
  end;
  select n.nspname into place
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if place is not null then
    execute format('create index transaction_search on plaid.transaction
      using gin (searched %I.gin_trgm_ops) where deleted_at is null', place);
  end if;
end $$;

-- How many there are: of all on the clock's row, which every change locks anyway; of each Item and
-- account beside it, by what publishes and removes.
alter table plaid.feed_clock
  add column living bigint not null default 0,
  add column tombstones bigint not null default 0;
update plaid.feed_clock set
  living = (select count(*) from plaid.transaction where deleted_at is null),
  tombstones = (select count(*) from plaid.transaction where deleted_at is not null);

create table plaid.tally (
  item_id text,
  account_id text,
  transactions bigint not null,
  primary key (item_id, account_id)
);
create index tally_account on plaid.tally (account_id);
insert into plaid.tally
select item_id, account_id, count(*) from plaid.transaction where deleted_at is null
group by item_id, account_id;

create or replace function plaid.item_counts(item text) returns jsonb
  language sql stable
begin atomic
  select jsonb_build_object(
    'accounts', (select count(*) from plaid.account where item_id = item),
    'transactions',
      coalesce((select sum(transactions) from plaid.tally where item_id = item), 0)::bigint);
end;
drop table plaid.item_tally;

-- The other lists, in the order that they have: of accounts, and of Items by status and owner both.
create index account_page on plaid.account (account_id collate "C");
create index account_page_of_item on plaid.account (item_id, account_id collate "C");
drop index plaid.account_item;
create index item_page_of_both on plaid.item (client_user_id, status, created_at, item_id);
-- When the newest pull was.
create index item_pulled on plaid.item (pulled_at);
-- A run's Items, failed ones first.
create index sync_run_item_page on plaid.sync_run_item (run_id, status, item_id);
-- What is old enough to be forgotten.
create index sync_run_age on plaid.sync_run (started_at);
