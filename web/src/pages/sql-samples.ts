// The three queries of the first minute, and a few of their kin.
export interface Sample {
  name: string
  query: string
}

export const samples: Sample[] = [
  {
    name: 'Account summary',
    query: 'SELECT name, type, institution_name, mask FROM airbyte_plaid.accounts;',
  },
  {
    name: 'Recent transactions',
    query: `SELECT t.date, t.name, t.amount, t.category, a.name as account_name
FROM airbyte_plaid.transactions t
JOIN airbyte_plaid.accounts a ON t.account_id = a.account_id
ORDER BY t.date DESC
LIMIT 20;`,
  },
  {
    name: 'Spending by category',
    query: `SELECT t.category, DATE_TRUNC('month', t.date) as month,
       SUM(t.amount) as total_amount, COUNT(*) as transaction_count
FROM airbyte_plaid.transactions t
WHERE t.amount > 0
GROUP BY t.category, DATE_TRUNC('month', t.date)
ORDER BY month DESC, total_amount DESC;`,
  },
]
