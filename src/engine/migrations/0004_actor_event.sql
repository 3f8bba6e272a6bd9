-- Sources and destinations are told of like the rest, by their ids alone.
create function engine.tell_actor() returns trigger
  language plpgsql as $$
begin
  perform engine.tell(jsonb_build_object('type', 'actor', 'actorId', new.id,
    'actorType', new.kind, 'deleted', new.deleted));
  return null;
end $$;
create trigger tell_actor after insert or update of name, configuration, deleted on engine.actor
  for each row execute function engine.tell_actor();
