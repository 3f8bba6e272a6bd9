-- Whoever asks while a run is on wants what the banks have now, which that run may have passed: one
-- more waits for its end.
alter table plaid.sync_run drop constraint sync_run_status_check;
alter table plaid.sync_run add constraint sync_run_status_check
  check (status in ('waiting', 'running', 'succeeded', 'failed'));
create unique index sync_run_waiting on plaid.sync_run (mode, coalesce(item_id, ''))
  where status = 'waiting';
