-- What changes is told on the channel `engine_event`, by whichever statement and process it is
-- changed: a JSON object with its type. A notice is a hint, not the truth: it names what to look at.

create function engine.tell(event jsonb) returns void
  language sql volatile
  return pg_notify('engine_event', event::text);

create function engine.tell_connection() returns trigger
  language plpgsql as $$
begin
  perform engine.tell(jsonb_build_object('type', 'connection', 'connectionId', new.id,
    'status', new.status, 'nextRunAt', floor(extract(epoch from new.next_run_at))));
  return null;
end $$;
create trigger tell_connection after insert or update on engine.connection
  for each row execute function engine.tell_connection();

create function engine.tell_job() returns trigger
  language plpgsql as $$
begin
  perform engine.tell(jsonb_build_object('type', 'job', 'jobId', new.id,
    'connectionId', new.connection_id, 'configType', new.type, 'status', new.status));
  return null;
end $$;
create trigger tell_job after insert or update of status on engine.job
  for each row execute function engine.tell_job();

-- An attempt, with its job and connection, as every event about it names it.
create function engine.attempt_event(type text, attempt bigint) returns jsonb
  language sql stable
begin atomic
  select jsonb_build_object('type', attempt_event.type, 'jobId', job.id,
                            'connectionId', job.connection_id,
                            'attemptNumber', attempt.number, 'status', attempt.status)
  from engine.attempt join engine.job on job.id = attempt.job_id
  where attempt.id = attempt_event.attempt;
end;

create function engine.tell_attempt() returns trigger
  language plpgsql as $$
begin
  perform engine.tell(engine.attempt_event('attempt', new.id));
  return null;
end $$;
create trigger tell_attempt after insert or update of status on engine.attempt
  for each row execute function engine.tell_attempt();

-- How far its streams have come; without `streams` where they are too many for a notice (8,000
-- bytes): connections/sync_progress has them.
create function engine.tell_progress() returns trigger
  language plpgsql as $$
declare
  event jsonb;
  streams jsonb;
begin
  for event, streams in
    select engine.attempt_event('progress', attempt_id),
           jsonb_build_object('streams', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'streamName', name, 'streamNamespace', nullif(namespace, ''),
             'recordsEmitted', records_emitted, 'recordsCommitted', records_committed,
             'bytesEmitted', bytes_emitted, 'bytesCommitted', bytes_committed,
             'recordsRejected', records_rejected)) order by name, namespace))
    from changed group by attempt_id
  loop
    if octet_length(streams::text) < 7000 then
      event := event || streams;
    end if;
    perform engine.tell(event);
  end loop;
  return null;
end $$;
create trigger tell_progress_made after insert on engine.attempt_stream
  referencing new table as changed for each statement execute function engine.tell_progress();
create trigger tell_progress_changed after update on engine.attempt_stream
  referencing new table as changed for each statement execute function engine.tell_progress();

-- Its log has grown: attempt/get_logs has the lines.
create function engine.tell_log() returns trigger
  language plpgsql as $$
begin
  perform engine.tell(engine.attempt_event('log', attempt_id) || jsonb_build_object('n', max(number)))
  from changed group by attempt_id;
  return null;
end $$;
create trigger tell_log after insert on engine.attempt_log
  referencing new table as changed for each statement execute function engine.tell_log();
