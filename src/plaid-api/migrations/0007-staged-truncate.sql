-- Takes all of the staging away at once, where it is large and nobody's loop is under way: deleting a
-- history row by row costs as much as writing it did. Whoever stages has a committed loop before, and
-- waits for the lock; where anybody reads or writes there now it is left to be deleted.
create function plaid.truncate_staged(bytes_min bigint) returns boolean
  language plpgsql as $$
begin
  if pg_table_size('plaid.staged') < bytes_min then
    return false;
  end if;
  lock table plaid.staged in access exclusive mode nowait;
  if exists (select from plaid.loop) then
    return false;
  end if;
  truncate plaid.staged;
  return true;
exception when lock_not_available then
  return false;
end $$;
