-- The facts are the living transactions, to the cent, after however many runs that took only what
-- changed.
with living as (
  select currency, count(*) as n, sum(amount) as total, max(updated_at) as newest
  from {{ ref('stg_plaid__transactions') }} group by currency
),

facts as (
  select currency, count(*) as n, sum(amount) as total, max(updated_at) as newest
  from {{ ref('fct_transactions') }} group by currency
)

select living.currency as living_currency, facts.currency as fact_currency
from living full join facts
  on facts.currency = living.currency and facts.n = living.n
  and facts.total is not distinct from living.total and facts.newest = living.newest
where facts.currency is null or living.currency is null
