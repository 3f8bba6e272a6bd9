-- Webhooks are rows of the feed. Not as they come: a webhook is answered in milliseconds, and the
-- feed's clock is held by whoever publishes. Those of an Item go with the end of its pull, so that
-- who follows the feed is told of both at once; the others a few seconds later.
alter table plaid.webhook_event
  -- What Plaid told beside type, code and Item, as the part of a body that stands behind our own
  -- columns.
  add column bank text not null default '"error":null,"extra":null}',
  -- As it is now. What came before there was a stream is not told any more.
  add column published boolean not null default true;
alter table plaid.webhook_event alter column published set default false;
create index webhook_event_unpublished on plaid.webhook_event (received_at) where not published;
create index webhook_event_unpublished_of_item on plaid.webhook_event (item_id, id)
  where not published;

create function plaid.unpublish_webhook() returns trigger
  language plpgsql as $$
begin
  new.published := false;
  return new;
end $$;
create trigger unpublish_webhook before update of worked_at, deliveries, pull_id
  on plaid.webhook_event for each row when (old.published)
  execute function plaid.unpublish_webhook();

-- Of webhooks that the caller has locked. What is told of an erased Item leaves nothing.
create function plaid.publish_webhooks(ids bigint[]) returns integer
  language plpgsql as $$
begin
  perform plaid.publish_rows('webhook_events', array(
    select (
      w.id::text, w.item_id, null, w.received_at::date,
      plaid.body_of(json_build_object('webhook_event_id', w.id::text, 'item_id', w.item_id)),
      left(plaid.body_of(json_build_object(
        'webhook_event_id', w.id::text, 'item_id', w.item_id, 'webhook_type', w.webhook_type,
        'webhook_code', w.webhook_code, 'received_at', plaid.stamp(w.received_at),
        'deliveries', w.deliveries, 'outcome', w.outcome, 'worked_at', plaid.stamp(w.worked_at),
        'sync_run_id', w.pull_id::text)), -1) || ',' || w.bank
    )::plaid.given_row
    from plaid.webhook_event w
    where id = any (ids) and not exists (
      select from plaid.item i where i.item_id = w.item_id and i.status = 'erased')
    order by id));
  update plaid.webhook_event set published = true where id = any (ids);
  return cardinality(ids);
end $$;

-- As in 0010, and with it what was told of the Item until the pull began: at most 1,000, the others
-- as those of no pull.
create or replace function plaid.publish_pull() returns trigger
  language plpgsql as $$
begin
  perform plaid.publish_webhooks(array(
    select id from plaid.webhook_event
    where item_id = new.item_id and not published and worked_at is not null
      and (pull_id is not null or outcome not in ('pull', 'item'))
    order by id limit 1000 for update skip locked));
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

-- By which a list of a stream is bounded that has a day.
create index stream_row_day on plaid.stream_row (stream, day, key)
  where deleted_at is null and day is not null;
