-- The balance of each account at the end of each day. From the first run on it is what was seen;
-- before that it is reckoned back from it, by what posted since, and marked. That is right for
-- deposits and cards only: a loan's or an investment's earlier balance is not known, and null.
with versions as (
  select distinct on (account_id, seen_on)
    account_id, currency, type, is_liability, current_balance, closed_on, seen_on,
    dbt_is_deleted::text = 'True' as is_gone
  from {{ ref('account_balances_history') }}
  order by account_id, seen_on, dbt_valid_from desc
),

seen as (
  select
    account_id, currency, type, is_liability, current_balance, closed_on, seen_on, is_gone,
    lead(seen_on) over (partition by account_id order by seen_on) as seen_until,
    row_number() over (partition by account_id order by seen_on) = 1 as is_first
  from versions
),

first_seen as (
  select account_id, currency, type, is_liability, current_balance, seen_on
  from seen where is_first
),

moved as (
  select account_id, date, sum(amount) as amount
  from {{ ref('fct_transactions') }}
  where not is_pending and date is not null
  group by account_id, date
),

last_day as (
  select greatest(current_date, (select max(date) from moved)) as last_on
),

seen_days as (
  select
    seen.account_id, days.day::date as day, seen.currency, seen.is_liability,
    seen.current_balance as balance, false as is_derived
  from seen
  cross join last_day
  cross join lateral generate_series(
    seen.seen_on::timestamp,
    least(coalesce(seen.seen_until - 1, last_day.last_on), seen.closed_on)::timestamp,
    interval '1 day'
  ) as days (day)
  where not seen.is_gone
),

earlier_days as (
  select first_seen.account_id, days.day::date as day
  from first_seen
  join (select account_id, min(date) as first_on from moved group by account_id) as begun
    using (account_id)
  cross join lateral generate_series(
    begun.first_on::timestamp, (first_seen.seen_on - 1)::timestamp, interval '1 day'
  ) as days (day)
),

derived_days as (
  select
    earlier_days.account_id, earlier_days.day, first_seen.currency, first_seen.is_liability,
    first_seen.current_balance
      + case first_seen.type when 'depository' then 1 when 'credit' then -1 end
      * (
        -- what posted from the day after this one to the day of the balance
        coalesce(sum(next_day.amount) over later, 0)
      ) as balance,
    true as is_derived
  from earlier_days
  join first_seen using (account_id)
  left join moved as next_day
    on next_day.account_id = earlier_days.account_id and next_day.date = earlier_days.day + 1
  window later as (
    partition by earlier_days.account_id order by earlier_days.day desc
    rows between unbounded preceding and current row
  )
)

select account_id, day, currency, is_liability, balance, is_derived
from (
  select account_id, day, currency, is_liability, balance, is_derived from seen_days
  union all
  select account_id, day, currency, is_liability, balance, is_derived from derived_days
) as days
where day > (select last_on from last_day) - {{ var('balance_days') }}
