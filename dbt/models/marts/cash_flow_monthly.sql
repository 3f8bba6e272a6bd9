-- What came in and went out in each month, over all accounts of a currency: posted, and without
-- what only changed accounts. A month in which nothing moved has its row.
with moved as (
  select
    month,
    currency,
    sum(-amount) filter (where amount < 0) as money_in,
    sum(amount) filter (where amount > 0) as money_out
  from {{ ref('fct_transactions') }}
  where not is_pending and flow <> 'own_transfer'
  group by month, currency
),

currencies as (select distinct currency from {{ ref('fct_transactions') }})

select
  months.month,
  currencies.currency,
  coalesce(moved.money_in, 0) as money_in,
  coalesce(moved.money_out, 0) as money_out,
  coalesce(moved.money_in, 0) - coalesce(moved.money_out, 0) as net
from {{ ref('dim_months') }} as months
cross join currencies
left join moved on moved.month = months.month and moved.currency = currencies.currency
