-- The README's third query, over the table as it was synced, and the model: the same rows, and the
-- same sums once they are added across currencies, as that query adds them.
with third_query as (
  select
    coalesce(t.category, 'UNCATEGORIZED') as category,
    date_trunc('month', t.date)::date as month,
    sum(t.amount) as total_amount,
    count(*) as transaction_count
  from {{ source('plaid', 'transactions') }} as t
  where t.amount > 0
  group by coalesce(t.category, 'UNCATEGORIZED'), date_trunc('month', t.date)
),

model as (
  select category, month, sum(spent_gross) as total_amount, sum(gross_count) as transaction_count
  from {{ ref('monthly_spending_by_category') }}
  where gross_count > 0
  group by category, month
)

(select category, month, total_amount, transaction_count from third_query
  except select category, month, total_amount, transaction_count from model)
union all
(select category, month, total_amount, transaction_count from model
  except select category, month, total_amount, transaction_count from third_query)
