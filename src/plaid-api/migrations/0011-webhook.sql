-- What Plaid tells by webhook: kept as it came, without the tokens in it, before it is answered;
-- worked on afterwards, once, by whichever process. The same request again is the same row.
create table plaid.webhook_event (
  id bigint generated always as identity primary key,
  token_hash text not null unique, -- of what was signed
  body_hash text not null,
  webhook_type text not null,
  webhook_code text not null,
  item_id text,
  link_token_hash text,
  body text not null, -- JSON
  act text not null check (act in ('pull', 'item', 'link', 'none')),
  deliveries integer not null default 1,
  received_at timestamptz not null default clock_timestamp(),
  worked_at timestamptz,
  outcome text check (outcome in (
    'pull', 'item', 'link', 'nothing', 'repeated', 'unknown_code', 'unknown_item')),
  pull_id bigint -- the first pull after it
);
create index webhook_event_waiting on plaid.webhook_event (id) where worked_at is null;
create index webhook_event_unpulled on plaid.webhook_event (item_id)
  where outcome in ('pull', 'item') and pull_id is null;
create index webhook_event_of_item on plaid.webhook_event (item_id, id);
create index webhook_event_of_type on plaid.webhook_event (webhook_type, id);
create index webhook_event_of_code on plaid.webhook_event (webhook_code, id);
create index webhook_event_age on plaid.webhook_event (received_at);

-- Items of which Plaid has told news: pulled before all that are only asked. Not a column of the
-- Item, whose row a publishing holds, so that no Item's news waits for another's.
create table plaid.item_news (
  item_id text primary key,
  since timestamptz not null
);

alter table plaid.pull drop constraint pull_trigger_check;
alter table plaid.pull add constraint pull_trigger_check
  check (trigger in ('poll', 'request', 'verify', 'webhook'));

-- By which a webhook's session is found: the token itself is sealed.
alter table plaid.link_session add column link_token_hash text;
create index link_session_token on plaid.link_session (link_token_hash);

-- Where Plaid sends an Item's webhooks, as Plaid last said: null until it did, '' nowhere.
alter table plaid.item
  add column webhook text,
  add column webhook_error text, -- why Plaid could not be told the address of now
  add column webhook_tries integer not null default 0,
  add column webhook_try_at timestamptz not null default now();
alter table plaid.installation add column webhook text; -- the address that Items are told
create index item_webhook on plaid.item (webhook, webhook_try_at) where pulled;

create function plaid.tell_webhook() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('plaid_event', jsonb_build_object('type', 'webhook', 'id', new.id::text,
    'webhook_type', new.webhook_type, 'webhook_code', new.webhook_code, 'item_id', new.item_id,
    'outcome', new.outcome)::text);
  return null;
end $$;
create trigger tell_webhook after insert or update of worked_at, pull_id on plaid.webhook_event
  for each row execute function plaid.tell_webhook();

-- Whoever follows the feed need not ask for it all the time.
create function plaid.tell_feed() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('plaid_event',
    jsonb_build_object('type', 'feed', 'head', plaid.stamp(new.at))::text);
  return null;
end $$;
create trigger tell_feed after update on plaid.feed_clock
  for each row when (old.at is distinct from new.at) execute function plaid.tell_feed();
