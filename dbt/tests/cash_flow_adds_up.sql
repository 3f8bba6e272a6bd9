-- What came in less what went out is the sum of all that is posted: a transfer's two sides are
-- nothing together, unless one of them is pending still.
with posted as (
  select currency, sum(signed_amount) as net
  from {{ ref('fct_transactions') }}
  where not is_pending and flow <> 'own_transfer'
  group by currency
),

told as (select currency, sum(net) as net from {{ ref('cash_flow_monthly') }} group by currency)

select told.currency, told.net, posted.net as posted_net
from told left join posted on posted.currency = told.currency
where told.net is distinct from coalesce(posted.net, 0)
