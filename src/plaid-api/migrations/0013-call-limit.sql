-- When the next call of an endpoint would be due if they came evenly: Plaid limits a client, however
-- many processes it has. Lost with a crash, it is a burst of calls at most.
create unlogged table plaid.call_limit (
  path text primary key,
  at timestamptz not null
);

-- How many milliseconds to wait for one more call, which counts from now on: `burst` of them come at
-- once, the others `step` apart.
create function plaid.take_call(path text, step interval, burst integer) returns double precision
  language sql
begin atomic
  insert into plaid.call_limit as c (path, at) values ($1, clock_timestamp() + $2)
  on conflict (path) do update set at = greatest(c.at, clock_timestamp()) + $2
  returning greatest(extract(epoch from c.at - $3 * $2 - clock_timestamp()), 0) * 1000;
end;
