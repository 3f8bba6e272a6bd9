-- What changes is told on the channel `plaid_event`, by whichever process it is changed: a JSON
-- object with its type. A notice is a hint, not the truth: it names what to look at.

create function plaid.tell_item() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('plaid_event', jsonb_build_object('type', 'item', 'item_id', new.item_id,
    'status', new.status, 'error_code', new.error_code)::text);
  return null;
end $$;
create trigger tell_item_made after insert on plaid.item
  for each row execute function plaid.tell_item();
-- Not with its lease or its cursor, which change all the time.
create trigger tell_item_changed after update on plaid.item
  for each row when (
    (old.status, old.error_code, old.pulled_at, old.new_accounts, old.duplicate_of, old.replaced_by)
    is distinct from
    (new.status, new.error_code, new.pulled_at, new.new_accounts, new.duplicate_of, new.replaced_by))
  execute function plaid.tell_item();

create function plaid.tell_pull() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('plaid_event', jsonb_build_object('type', 'pull', 'id', new.id::text,
    'item_id', new.item_id, 'trigger', new.trigger, 'mode', new.mode, 'status', new.status,
    'added', new.added, 'modified', new.modified, 'removed', new.removed,
    'error_code', new.error_code)::text);
  return null;
end $$;
create trigger tell_pull after insert or update on plaid.pull
  for each row execute function plaid.tell_pull();

create function plaid.tell_link_session() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('plaid_event', jsonb_build_object('type', 'link_session',
    'session_id', new.session_id, 'item_id', new.item_id, 'status', new.status)::text);
  return null;
end $$;
create trigger tell_link_session after insert or update of status on plaid.link_session
  for each row execute function plaid.tell_link_session();
