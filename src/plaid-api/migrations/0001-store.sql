-- The store: what the banks have, exactly once (L1), in the order in which it was committed (L2).

-- One owner for all that is linked without naming one: Plaid's client_user_id, kept for good, since
-- Items are compared within an owner.
create table plaid.installation (
  singleton boolean primary key default true check (singleton),
  client_user_id text not null
);
insert into plaid.installation (client_user_id)
values (replace(gen_random_uuid()::text, '-', ''));

create table plaid.item (
  item_id text primary key,
  client_user_id text not null, -- its owner
  institution_id text,
  institution_name text,
  access_token text not null, -- sealed, with the Item's id as associated data (L5); '' when ended
  status text not null default 'linked' check (status in (
    'linked', 'healthy', 'consent_ends', 'disconnect_announced', 'error', 'needs_user', 'revoked',
    'gone', 'held', 'replaced', 'disconnecting', 'removed', 'erasing', 'erased')),
  pulled boolean not null generated always as (status not in (
    'held', 'replaced', 'disconnecting', 'removed', 'erasing', 'erased')) stored,
  error_code text,
  error_message text,
  consent_expires_at timestamptz,
  disconnect_at timestamptz,
  new_accounts boolean not null default false,
  compared boolean not null default false, -- with its owner's other Items: before the first pull
  churned boolean not null default false, -- accounts came under other ids, or may have: not settled
  duplicate_of text, -- held, since it is a second link of this one
  replaced_by text, -- its rows go when this one is read
  cursor text not null default '',
  history_complete boolean not null default false,
  lease bigint not null default 0, -- grows with every taker: the fence (L6)
  lease_until timestamptz not null default '-infinity',
  next_pull_at timestamptz not null default now(),
  failures integer not null default 0,
  pulled_at timestamptz,
  created_at timestamptz not null default now()
);
create index item_due on plaid.item (next_pull_at) where pulled;
create index item_ending on plaid.item (next_pull_at) where status in ('disconnecting', 'erasing');
create index item_page on plaid.item (created_at, item_id);
create index item_page_of_status on plaid.item (status, created_at, item_id);
create index item_page_of_owner on plaid.item (client_user_id, created_at, item_id);
create index item_duplicate on plaid.item (duplicate_of) where duplicate_of is not null;
create index item_replaced on plaid.item (replaced_by) where replaced_by is not null;

create table plaid.account (
  account_id text primary key,
  item_id text not null,
  body text not null,
  likeness text not null default '', -- a hash of mask, name, type and subtype; of none: not listed
  persistent_account_id text,
  closed_at timestamptz,
  replaced_by text, -- the id under which its Item shows it now
  listed boolean not null default false, -- in a whole list of its bank, not only beside rows
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index account_item on plaid.account (item_id);
create index account_likeness on plaid.account (likeness);
create index account_persistent on plaid.account (persistent_account_id)
  where persistent_account_id is not null;

-- A `body` is a row's JSON object without its opening brace, so that the feed puts its own fields in
-- front by joining texts: cutting the brace off there counted the characters of every row.
-- A tombstone keeps its ids and its place in the feed, nothing else.
create table plaid.transaction (
  transaction_id text primary key,
  item_id text not null,
  account_id text not null,
  updated_at timestamptz not null,
  created_at timestamptz not null,
  deleted_at timestamptz,
  date date,
  amount numeric,
  pending boolean,
  category text,
  name text,
  merchant text,
  body text not null
);
create unique index transaction_feed on plaid.transaction (updated_at);
create index transaction_item on plaid.transaction (item_id);
create index transaction_date on plaid.transaction
  (coalesce(date, 'infinity'), transaction_id collate "C") where deleted_at is null;
create index transaction_account on plaid.transaction (account_id, date) where deleted_at is null;

-- One row hands out the stamps; its lock, held until commit, makes commit order and stamp order the
-- same. `at` never moves back. Another epoch is another store: what it was earned with is kept beside
-- it (plaid.feed_opened looks).
create table plaid.feed_clock (
  singleton boolean primary key default true check (singleton),
  at timestamptz not null,
  epoch uuid not null,
  pruned_before timestamptz not null default '-infinity',
  store text not null default '', -- which store this is, as PostgreSQL tells it
  opened text not null default '' -- by which run of which server it was opened last
);
insert into plaid.feed_clock (at, epoch) values (clock_timestamp(), gen_random_uuid());

-- Between these two no stamp was ever given, so whoever holds one is of a store that lost commits: a
-- copy of its files that was taken back, a failover. One row an opening.
create table plaid.feed_gap (
  after timestamptz primary key,
  before timestamptz not null
);

-- A paging loop in progress, or a whole reading to verify by, which nobody publishes. `base_cursor`
-- is the Item's cursor when it began: it moves by compare-and-set on it when the loop's last rows are
-- published. It must outlive any crash (L1): of what was published and is taken back by the bank
-- before the cursor moves, nobody else knows.
create table plaid.loop (
  item_id text,
  purpose text check (purpose in ('pull', 'verify')),
  mode text not null check (mode in ('incremental', 'full')),
  base_cursor text not null,
  next_cursor text not null,
  pages integer not null default 0,
  restarts integer not null default 0,
  history_complete boolean not null default false,
  complete boolean not null default false,
  published_to text not null default '', -- the last id of those that are published
  touched_at timestamptz not null default now(),
  primary key (item_id, purpose)
);

-- What the loop has read, page after page; the last word on an id counts.
create table plaid.staged (
  item_id text not null,
  purpose text not null,
  transaction_id text not null,
  account_id text not null,
  removed boolean not null,
  date date,
  amount numeric,
  pending boolean,
  category text,
  name text,
  merchant text,
  body text not null,
  arrival bigint generated always as identity
);
create index staged_last_word on plaid.staged (item_id, purpose, transaction_id, arrival desc);

create view plaid.last_word as
  select distinct on (item_id, purpose, transaction_id) *, ctid as place
  from plaid.staged order by item_id, purpose, transaction_id, arrival desc;

-- How each product of an Item is: one that fails holds no other back (L7).
create table plaid.item_product (
  item_id text,
  product text check (product in ('accounts', 'transactions')),
  error_code text, -- null while it is well
  error_message text,
  failed_at timestamptz,
  succeeded_at timestamptz,
  primary key (item_id, product)
);

-- What a bank sent and the store could not take as it came: how often, by field and reason, never the
-- value itself.
create table plaid.item_misfit (
  item_id text,
  stream text,
  field text,
  reason text,
  records bigint not null,
  seen_at timestamptz not null default now(),
  primary key (item_id, stream, field, reason)
);

create table plaid.api_key (
  id uuid primary key default gen_random_uuid(),
  key_hash text not null unique,
  name text not null,
  own boolean not null default false, -- of this installation: its command line and its source
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create table plaid.sync_run (
  id uuid primary key,
  mode text not null check (mode in ('incremental', 'full')),
  item_id text, -- null: every Item
  status text not null default 'running' check (status in ('running', 'succeeded', 'failed')),
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index sync_run_running on plaid.sync_run (mode, coalesce(item_id, ''))
  where status = 'running';

create table plaid.sync_run_item (
  run_id uuid not null references plaid.sync_run on delete cascade,
  item_id text not null,
  status text not null check (status in ('succeeded', 'failed')),
  added bigint not null default 0,
  modified bigint not null default 0,
  removed bigint not null default 0,
  error_code text,
  error_message text,
  primary key (run_id, item_id)
);

create table plaid.link_session (
  session_id uuid primary key,
  client_user_id text not null,
  item_id text, -- update mode: the Item that is repaired
  link_token text not null, -- sealed: whoever has it can finish the session
  hosted_link_url text not null,
  expires_at timestamptz not null,
  status text not null default 'open' check (status in ('open', 'finished', 'exited', 'expired')),
  look_at timestamptz not null default now(), -- when the service itself asks what became of it
  created_at timestamptz not null default now()
);
create index link_session_due on plaid.link_session (look_at) where look_at < 'infinity';

-- A public token is exchanged once, however often its result is read. Without an Item: it was spent,
-- or too old, before its access token could be kept.
create table plaid.link_result (
  public_token_hash text primary key,
  session_id uuid not null references plaid.link_session on delete cascade,
  item_id text
);

-- Six digits of a second, always: the text that readers compare and store.
create function plaid.stamp(at timestamptz) returns text
  language sql stable parallel safe
  return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- A row as the JSON object that readers get: its body behind what the store itself adds. `end_field`
-- names when it ended, which is null while it lives.
create function plaid.row_text(
  created_at timestamptz, updated_at timestamptz, end_field text, ended_at timestamptz, body text
) returns text
  language sql stable parallel safe
  return '{"created_at":"' || plaid.stamp(created_at) || '","updated_at":"'
         || plaid.stamp(updated_at) || '","' || end_field || '":'
         || coalesce('"' || plaid.stamp(ended_at) || '"', 'null') || ',' || body;

-- What is left of a transaction that the bank took back, as a body.
create function plaid.tombstone(transaction_id text, account_id text, item_id text) returns text
  language sql stable parallel safe
  return substr(json_build_object('transaction_id', transaction_id, 'account_id', account_id,
                                  'item_id', item_id)::text, 2);

-- What the service tells of an Item beside its row: how its products are, and what did not fit.
create function plaid.item_products(item text) returns jsonb
  language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object(
    'product', product, 'error_code', error_code, 'error_message', error_message,
    'failed_at', plaid.stamp(failed_at), 'succeeded_at', plaid.stamp(succeeded_at))
    order by product), '[]')
  from plaid.item_product where item_id = item;
end;

create function plaid.item_misfits(item text) returns jsonb
  language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object(
    'stream', stream, 'field', field, 'reason', reason, 'records', records,
    'seen_at', plaid.stamp(seen_at)) order by stream, field, reason), '[]')
  from plaid.item_misfit where item_id = item;
end;

-- Which store this is: the cluster and its history of failovers, where this role may ask for them,
-- the database, and the table itself, which a restored dump makes anew.
create function plaid.store_identity() returns text
  language plpgsql stable as $$
declare
  place text := (select oid::text from pg_database where datname = current_database())
                || '/' || 'plaid.feed_clock'::regclass::oid;
begin
  return place || '/' || (select system_identifier from pg_control_system())
         || '/' || (select timeline_id from pg_control_checkpoint());
exception when insufficient_privilege or undefined_function then
  return place;
end $$;

-- Which run of a server answers, and which file the clock is in: what was put back from a copy has
-- another. Cheap: it is asked with every page and every publishing.
create function plaid.server_run() returns text
  language sql stable
  return extract(epoch from pg_postmaster_start_time())::text || '/' || pg_relation_filenode('plaid.feed_clock')
         || '/' || 'plaid.feed_clock'::regclass::oid
         || '/' || (select oid from pg_database where datname = current_database());

-- True when the clock is open for this run of the server; opens it first where it is not. Another
-- store gets another epoch. Else what follows the opening is stamped later than now, and what lies
-- between the head and now was never given.
create function plaid.feed_opened() returns boolean
  language plpgsql as $$
declare
  run text := plaid.server_run();
  identity text;
begin
  if exists (select from plaid.feed_clock where opened = run) then
    return true;
  end if;
  perform from plaid.feed_clock for update;
  if exists (select from plaid.feed_clock where opened = run) then
    return true; -- another was first
  end if;
  identity := plaid.store_identity();
  insert into plaid.feed_gap (after, before)
    select at, clock_timestamp() from plaid.feed_clock
    where opened <> '' and at < clock_timestamp()
    on conflict (after) do update set before = greatest(feed_gap.before, excluded.before);
  update plaid.feed_clock
  set opened = run, store = identity,
      epoch = case when store in ('', identity) then epoch else gen_random_uuid() end,
      at = case when opened = '' then at else greatest(at, clock_timestamp()) end;
  return true;
end $$;

-- A body of two thousand characters is cheaper to keep than to compress: written twice, read often.
alter table plaid.transaction set (toast_tuple_target = 8160);
alter table plaid.staged set (toast_tuple_target = 8160);

-- A page of the feed: where it ends, and its rows as one text. Both always walk the feed's index:
-- without statistics of a table that just grew, the planner sorted all that was left for every page
-- (measured: 0.7 s instead of 0.02 for 5,000 rows of 200,000).
create function plaid.feed_edge(
  after timestamptz, head timestamptz, include_deleted boolean, rows_max integer
) returns table (rows integer, last text)
  language sql stable
  set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off
begin atomic
  select count(*)::integer, plaid.stamp(max(updated_at))
  from (
    select updated_at from plaid.transaction
    where updated_at > after and updated_at <= head and (include_deleted or deleted_at is null)
    order by updated_at limit rows_max
  ) page;
end;

-- A page of the feed as texts of `rows_per_text` rows each. The function's own settings keep it from
-- being planned once for all, so a call carries several texts (measured: 50 rows a call 15 µs a row,
-- 200 rows a call 10).
create function plaid.feed_page(
  after timestamptz, head timestamptz, include_deleted boolean, rows_max integer,
  rows_per_text integer, delimiter text
) returns table (rows integer, last text, lines text)
  language sql stable
  set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off
begin atomic
  select count(*)::integer, plaid.stamp(max(updated_at)),
         string_agg(line, delimiter order by updated_at)
  from (
    select updated_at, (row_number() over (order by updated_at) - 1) / rows_per_text as part,
           plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body) as line
    from (
      select updated_at, created_at, deleted_at, body
      from plaid.transaction
      where updated_at > after and updated_at <= head and (include_deleted or deleted_at is null)
      order by updated_at limit rows_max
    ) page
  ) numbered
  group by part order by part;
end;
