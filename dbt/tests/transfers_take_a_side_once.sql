-- No transaction is a side of two transfers, and both sides of each are marked as such.
select sides.transaction_id, count(*) as sides
from (
  select out_transaction_id as transaction_id from {{ ref('int_transfers_matched') }}
  union all
  select in_transaction_id from {{ ref('int_transfers_matched') }}
) as sides
left join {{ ref('fct_transactions') }} as facts
  on facts.transaction_id = sides.transaction_id and facts.flow = 'own_transfer'
group by sides.transaction_id
having count(*) > 1 or count(facts.transaction_id) <> 1
