-- What is owned, what is owed and what is left of it, each day and in each currency. A day whose
-- balance of an account is not known says of how many.
select
  day,
  currency,
  coalesce(sum(balance) filter (where not is_liability), 0) as assets,
  coalesce(sum(balance) filter (where is_liability), 0) as liabilities,
  coalesce(sum(balance) filter (where not is_liability), 0)
    - coalesce(sum(balance) filter (where is_liability), 0) as net_worth,
  count(*) filter (where balance is null) as accounts_unknown,
  bool_or(is_derived) as is_derived
from {{ ref('balances_daily') }}
group by day, currency
