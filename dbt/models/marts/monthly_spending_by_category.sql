-- `spent_gross` is every positive amount, as a plain query over the table has it; `spent` is what
-- was spent: posted, without what went between own accounts, refunds taken off.
select
  month,
  coalesce(category, 'UNCATEGORIZED') as category,
  currency,
  coalesce(sum(amount) filter (where amount > 0), 0) as spent_gross,
  count(*) filter (where amount > 0) as gross_count,
  coalesce(sum(amount) filter (where flow = 'spending' and not is_pending), 0) as spent,
  count(*) filter (where flow = 'spending' and not is_pending) as spent_count
from {{ ref('fct_transactions') }}
where amount > 0 or flow = 'spending'
group by month, coalesce(category, 'UNCATEGORIZED'), currency
