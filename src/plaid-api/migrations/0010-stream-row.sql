-- The rows of every stream but transactions, which are many and have a table of their own (0001). All
-- are in one order, the clock's (L2), and a row that did not change keeps its place. `body` as there.
create table plaid.stream_row (
  stream text not null,
  key text collate "C" not null, -- of its primary key, one value behind the other
  item_id text, -- null: of no Item, and no Item's end takes it away
  account_id text,
  day date, -- what a list is bounded by, where the stream has a day
  updated_at timestamptz not null,
  created_at timestamptz not null,
  deleted_at timestamptz,
  ids text not null, -- what a tombstone keeps, as a body
  body text not null,
  primary key (stream, key)
);
create unique index stream_row_feed on plaid.stream_row (stream, updated_at);
create index stream_row_item on plaid.stream_row (item_id, stream, key) where deleted_at is null;
create index stream_row_account on plaid.stream_row (account_id, stream) where deleted_at is null;

-- A row as it is given to be published; without a body it is gone.
create type plaid.given_row as (
  key text, item_id text, account_id text, day date, ids text, body text
);

-- Stamps what really changed of the rows that are given, and puts it (L1, L2). The clock's row is
-- locked from here to the commit. Each key is looked up by itself: of a table that just grew the
-- planner knows nothing.
create function plaid.publish_rows(
  into_stream text, given plaid.given_row[],
  out added integer, out modified integer, out removed integer
)
  language plpgsql as $$
begin
  perform plaid.feed_opened();
  with compared as materialized (
    select g.key, g.item_id, g.account_id, g.day, g.ids, g.body,
           r.key is null or r.deleted_at is not null as is_new
    from unnest(given) g left join lateral (
      select key, item_id, deleted_at, body from plaid.stream_row
      where stream = into_stream and key = g.key offset 0
    ) r on true
    where case when g.body is null then r.key is not null and r.deleted_at is null
               else r.key is null or r.deleted_at is not null or r.body <> g.body
                    or r.item_id is distinct from g.item_id end
  ), total as materialized (
    select count(*) as changed,
           count(*) filter (where body is not null and is_new) as added,
           count(*) filter (where body is not null and not is_new) as modified,
           count(*) filter (where body is null) as removed
    from compared
  ), tick as materialized (
    update plaid.feed_clock
    set at = greatest(at, clock_timestamp()) + total.changed * interval '1 microsecond'
    from total where total.changed > 0
    returning at - total.changed * interval '1 microsecond' as start
  ), stamped as (
    select compared.*, tick.start + row_number() over () * interval '1 microsecond' as at
    from compared, tick
  ), put as (
    insert into plaid.stream_row
      (stream, key, item_id, account_id, day, updated_at, created_at, ids, body)
    select into_stream, key, item_id, account_id, day, at, at, ids, body
    from stamped where body is not null
    on conflict (stream, key) do update set
      item_id = excluded.item_id, account_id = excluded.account_id, day = excluded.day,
      updated_at = excluded.updated_at, deleted_at = null, ids = excluded.ids,
      body = excluded.body
  ), gone as (
    update plaid.stream_row r
    set updated_at = s.at, deleted_at = s.at, day = null, body = r.ids
    from stamped s where s.body is null and r.stream = into_stream and r.key = s.key
  )
  select t.added, t.modified, t.removed into added, modified, removed from total t;
end $$;

-- A JSON object as a body: without its opening brace.
create function plaid.body_of(object json) returns text
  language sql immutable parallel safe
  return substr(object::text, 2);

-- Which of an account's values are its balance.
create function plaid.balance_of(body text) returns json
  language sql immutable parallel safe
begin atomic
  select json_build_object(
    'current_balance', a -> 'current_balance', 'available_balance', a -> 'available_balance',
    'credit_limit', a -> 'credit_limit', 'iso_currency_code', a -> 'iso_currency_code',
    'unofficial_currency_code', a -> 'unofficial_currency_code')
  from (select ('{' || body)::json as a) account;
end;

-- An account's row, and its balances as they are observed now.
create function plaid.account_row(of plaid.account) returns plaid.given_row
  language sql stable
  return row(
    of.account_id, of.item_id, of.account_id, null,
    plaid.body_of(json_build_object('account_id', of.account_id, 'item_id', of.item_id)),
    '"closed_at":' || coalesce('"' || plaid.stamp(of.closed_at) || '"', 'null') || ',' || of.body
  )::plaid.given_row;

create function plaid.balance_row(of plaid.account, at text) returns plaid.given_row
  language sql stable
begin atomic
  select row(of.account_id || '/' || at, of.item_id, of.account_id, at::timestamptz::date, ids,
             left(ids, -1) || ',' || plaid.body_of(plaid.balance_of(of.body)))::plaid.given_row
  from plaid.body_of(json_build_object(
    'account_id', of.account_id, 'observed_at', at, 'item_id', of.item_id)) ids;
end;

-- Accounts are in the feed by whatever changes them, and their balances with them: an observation is
-- kept whenever one is another than before. An account that goes takes its history along.
create function plaid.publish_account() returns trigger
  language plpgsql as $$
declare
  seen json;
begin
  if tg_op = 'DELETE' then
    perform plaid.publish_rows('balances', array(
      select (key, item_id, account_id, null, ids, null)::plaid.given_row from plaid.stream_row
      where account_id = old.account_id and stream = 'balances' and deleted_at is null));
    perform plaid.publish_rows('accounts', array[
      (old.account_id, old.item_id, old.account_id, null, null, null)::plaid.given_row]);
    return null;
  end if;
  perform plaid.publish_rows('accounts', array[plaid.account_row(new)]);
  seen := plaid.balance_of(new.body);
  if (tg_op = 'INSERT' or seen::text <> plaid.balance_of(old.body)::text)
     and coalesce(seen ->> 'current_balance', seen ->> 'available_balance') is not null then
    perform plaid.publish_rows('balances',
      array[plaid.balance_row(new, plaid.stamp(clock_timestamp()))]);
  end if;
  return null;
end $$;
create trigger publish_account after insert or update or delete on plaid.account
  for each row execute function plaid.publish_account();

-- What Plaid says of the Item itself, as the part of a body that stands behind our own columns.
alter table plaid.item add column bank text not null default
  '"webhook":null,"auth_method":null,"update_type":null,"available_products":null,'
  '"billed_products":null,"products":null,"consented_products":null,"extra":null}';

create function plaid.item_row(of plaid.item) returns plaid.given_row
  language sql stable
  return row(
    of.item_id, of.item_id, null, null,
    plaid.body_of(json_build_object('item_id', of.item_id)),
    case when of.status <> 'erased' then
      left(plaid.body_of(json_build_object(
        'item_id', of.item_id, 'client_user_id', of.client_user_id,
        'institution_id', of.institution_id, 'institution_name', of.institution_name,
        'status', of.status, 'error_code', of.error_code,
        'consent_expires_at', plaid.stamp(of.consent_expires_at),
        'disconnect_at', plaid.stamp(of.disconnect_at), 'new_accounts', of.new_accounts,
        'duplicate_of', of.duplicate_of, 'replaced_by', of.replaced_by,
        'linked_at', plaid.stamp(of.created_at))), -1) || ',' || of.bank
    end)::plaid.given_row;

create function plaid.publish_item() returns trigger
  language plpgsql as $$
begin
  perform plaid.publish_rows('items', array[plaid.item_row(new)]);
  return null;
end $$;
create trigger publish_item_made after insert on plaid.item
  for each row execute function plaid.publish_item();
-- Not with its lease or its cursor, which change all the time.
create trigger publish_item_changed after update on plaid.item
  for each row when (
    (old.client_user_id, old.institution_id, old.institution_name, old.status, old.error_code,
     old.consent_expires_at, old.disconnect_at, old.new_accounts, old.duplicate_of,
     old.replaced_by, old.bank)
    is distinct from
    (new.client_user_id, new.institution_id, new.institution_name, new.status, new.error_code,
     new.consent_expires_at, new.disconnect_at, new.new_accounts, new.duplicate_of,
     new.replaced_by, new.bank))
  execute function plaid.publish_item();

-- A pull is a row of the feed when it has ended.
create function plaid.publish_pull() returns trigger
  language plpgsql as $$
begin
  perform plaid.publish_rows('sync_runs', array[(
    new.id::text, new.item_id, null, new.started_at::date,
    plaid.body_of(json_build_object('sync_run_id', new.id::text, 'item_id', new.item_id)),
    plaid.body_of(json_build_object(
      'sync_run_id', new.id::text, 'item_id', new.item_id, 'trigger', new.trigger,
      'mode', new.mode, 'status', new.status, 'started_at', plaid.stamp(new.started_at),
      'finished_at', plaid.stamp(new.finished_at), 'added', new.added, 'modified', new.modified,
      'removed', new.removed, 'error_code', new.error_code, 'error_message', new.error_message))
  )::plaid.given_row]);
  return null;
end $$;
create trigger publish_pull after update of status on plaid.pull
  for each row when (old.status = 'running' and new.status <> 'running')
  execute function plaid.publish_pull();

-- What is there already, a bounded number of rows at a time. Pulls of before are not told any more.
do $$
declare
  after text := '';
  last text;
begin
  loop
    select max(account_id collate "C") into last from (
      select account_id from plaid.account where account_id collate "C" > after
      order by account_id collate "C" limit 5000) part;
    exit when last is null;
    perform plaid.publish_rows('accounts', array(
      select plaid.account_row(a) from plaid.account a
      where account_id collate "C" > after and account_id collate "C" <= last));
    perform plaid.publish_rows('balances', array(
      select plaid.balance_row(a, plaid.stamp(clock_timestamp())) from plaid.account a
      where account_id collate "C" > after and account_id collate "C" <= last
        and coalesce(plaid.balance_of(body) ->> 'current_balance',
                     plaid.balance_of(body) ->> 'available_balance') is not null));
    after := last;
  end loop;
  update plaid.stream_row r set created_at = a.created_at
  from plaid.account a where r.stream = 'accounts' and r.key = a.account_id;
  after := '';
  loop
    select max(item_id collate "C") into last from (
      select item_id from plaid.item where item_id collate "C" > after
      order by item_id collate "C" limit 5000) part;
    exit when last is null;
    perform plaid.publish_rows('items', array(
      select plaid.item_row(i) from plaid.item i
      where item_id collate "C" > after and item_id collate "C" <= last));
    after := last;
  end loop;
end $$;
alter table plaid.account drop column created_at, drop column updated_at;

-- A product that the Item or its bank has not is no failure, and says why.
alter table plaid.item_product
  drop constraint item_product_product_check,
  add column unavailable text;
create or replace function plaid.item_products(item text) returns jsonb
  language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object(
    'product', product, 'unavailable', unavailable,
    'error_code', error_code, 'error_message', error_message,
    'failed_at', plaid.stamp(failed_at), 'succeeded_at', plaid.stamp(succeeded_at))
    order by product), '[]')
  from plaid.item_product where item_id = item;
end;
