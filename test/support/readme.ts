// The three questions that the README answers by SQL.

export function readmeQueries(): string[] {
  return [
    'select name, type, institution_name, mask from airbyte_plaid.accounts',
    `select t.date, t.name, t.amount, t.category, a.name as account_name
     from airbyte_plaid.transactions t join airbyte_plaid.accounts a on t.account_id = a.account_id
     order by t.date desc limit 20`,
    `select t.category, date_trunc('month', t.date) as month, sum(t.amount) as total_amount,
       count(*) as transaction_count
     from airbyte_plaid.transactions t where t.amount > 0
     group by t.category, date_trunc('month', t.date) order by month desc, total_amount desc`,
  ]
}
