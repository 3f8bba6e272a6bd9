-- Where money was spent: one row a merchant and currency, refunds taken off. Whom neither Plaid nor
-- the bank names has none.
select
  merchant_key,
  currency,
  (array_agg(coalesce(merchant_name, name) order by date desc, transaction_id))[1] as merchant,
  min(date) as first_on,
  max(date) as last_on,
  count(*) as transaction_count,
  sum(amount) as spent
from {{ ref('fct_transactions') }}
where flow = 'spending' and not is_pending and merchant_key is not null
group by merchant_key, currency
