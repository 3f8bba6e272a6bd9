-- On the last day it is what the accounts say now, of those that are open and whose balance is known.
with last_day as (select max(day) as day from {{ ref('net_worth_daily') }}),

told as (
  select currency, net_worth from {{ ref('net_worth_daily') }} join last_day using (day)
),

accounts as (
  select
    currency,
    coalesce(sum(case when is_liability then -current_balance else current_balance end), 0) as net
  from {{ ref('dim_accounts') }}
  where not is_closed
  group by currency
)

select told.currency, told.net_worth, accounts.net
from told join accounts on accounts.currency = told.currency
where told.net_worth <> accounts.net
