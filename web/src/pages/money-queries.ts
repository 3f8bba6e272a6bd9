// What Money asks of the warehouse. Sums are made there and come as decimal text; currencies are
// never added together. What only moves between accounts, transfers and the payment of loans, is
// neither income nor spending.
import { literal } from '../words/sql.ts'

const currency = `coalesce(t.iso_currency_code, t.unofficial_currency_code, '')`
const ofHolding = `coalesce(h.iso_currency_code, h.unofficial_currency_code, '')`
const payee = `coalesce(t.merchant_name, t.name)`
const moves = `coalesce(t.category, '') in ('TRANSFER_IN', 'TRANSFER_OUT', 'LOAN_PAYMENTS')`

export interface Asked {
  currency: string
  account: string | undefined
  /** The newest that is looked at, `2026-03`. */
  last: string
  /** How many, with that one. */
  months: number
}

/** Days that are this near may be the two sides of one transfer. */
const transferDaysMax = 3
const listMax = 500

/** What there is to ask for: the currencies, the most used first, the newest month of each, and how
 * many there are with it. */
export const currencies = `
select ${currency} as currency, to_char(max(t.date), 'YYYY-MM') as last,
       (12 * (extract(year from max(t.date)) - extract(year from min(t.date)))
        + extract(month from max(t.date)) - extract(month from min(t.date)) + 1)::text as months
from airbyte_plaid.transactions t where t.date is not null
group by 1 order by count(*) desc`

export const spending = (asked: Asked) => `
select to_char(date_trunc('month', t.date), 'YYYY-MM') as month,
       coalesce(t.category, 'OTHER') as category, sum(t.amount)::text as spent,
       count(*)::text as transactions
from airbyte_plaid.transactions t
where ${of(asked)} and ${lately(asked)} and t.amount > 0 and not ${moves}
group by 1, 2 order by 1, sum(t.amount) desc`

/** What came in, what went out, and what is left of it, by month. */
export const inAndOut = (asked: Asked) => `
select to_char(date_trunc('month', t.date), 'YYYY-MM') as month,
       coalesce(-sum(t.amount) filter (where t.amount < 0), 0)::text as came_in,
       coalesce(sum(t.amount) filter (where t.amount > 0), 0)::text as went_out,
       (-sum(t.amount))::text as left_over
from airbyte_plaid.transactions t
where ${of(asked)} and ${lately(asked)} and not ${moves}
group by 1 order by 1 desc`

/** One month's, by category and way. */
export const flow = (asked: Asked, month: string) => `
select case when t.amount < 0 then 'in' else 'out' end as way,
       coalesce(t.category, 'OTHER') as category, abs(sum(t.amount))::text as amount
from airbyte_plaid.transactions t
where ${of(asked)} and ${within(month)} and t.amount <> 0 and not ${moves}
group by 1, 2 order by 1, abs(sum(t.amount)) desc`

export interface Part {
  way?: 'in' | 'out'
  category?: string
}

/** The rows behind a figure: these and no others make its sum. */
export const rowsBehind = (asked: Asked, month: string, { way, category }: Part) => `
select t.date, ${payee} as name, t.amount, t.category, a.name as account, t.transaction_id
from airbyte_plaid.transactions t left join airbyte_plaid.accounts a using (account_id)
where ${of(asked)} and ${within(month)} and not ${moves}${
  way === undefined ? '' : ` and t.amount ${way === 'in' ? '<' : '>'} 0`
}${category === undefined ? '' : ` and coalesce(t.category, 'OTHER') = ${literal(category)}`}
order by abs(t.amount) desc`

export const largest = (asked: Asked, month: string) => `
select t.transaction_id, t.date::text as date, ${payee} as name, t.amount::text as amount,
       a.account_id, a.name as account
from airbyte_plaid.transactions t join airbyte_plaid.accounts a using (account_id)
where ${of(asked)} and ${within(month)} and t.amount > 0 and not ${moves}
order by t.amount desc limit 10`

/** As the banks said at the last pull before the last sync; of closed accounts nothing is left. */
export const balances = `
select a.account_id, a.name, a.institution_name, a.type, a.current_balance::text as balance,
       coalesce(a.iso_currency_code, a.unofficial_currency_code, '') as currency
from airbyte_plaid.accounts a where a.closed_at is null
order by 6, a.type, a.current_balance desc nulls last limit ${listMax}`

export const worth = `
select coalesce(a.iso_currency_code, a.unofficial_currency_code, '') as currency,
       coalesce(sum(a.current_balance) filter (where not ${owed()}), 0)::text as there,
       coalesce(sum(a.current_balance) filter (where ${owed()}), 0)::text as owed,
       coalesce(sum(a.current_balance * case when ${owed()} then -1 else 1 end), 0)::text
         as together
from airbyte_plaid.accounts a where a.closed_at is null
group by 1 order by 1`

/** What each account holds, as its institution tells it. */
export const holdings = `
select h.account_id, a.name as account, coalesce(s.name, s.ticker_symbol, h.security_id) as name,
       s.ticker_symbol as symbol, h.quantity::text as quantity,
       h.institution_value::text as value, h.cost_basis::text as paid,
       ${ofHolding} as currency, h.security_id, h.part
from airbyte_plaid.investment_holdings h
left join airbyte_plaid.securities s using (security_id)
left join airbyte_plaid.accounts a on a.account_id = h.account_id
order by currency, h.institution_value desc nulls last, name limit ${listMax}`

/** What was gained is told of those alone whose price of purchase is known. */
export const invested = `
select ${ofHolding} as currency, coalesce(sum(h.institution_value), 0)::text as value,
       sum(h.cost_basis)::text as paid,
       sum(h.institution_value - h.cost_basis)::text as gained
from airbyte_plaid.investment_holdings h group by 1 order by 1`

/** The streams of what is owed, each with what has to be paid next. */
const dueStreams = {
  liabilities_credit: 'minimum_payment_amount',
  liabilities_mortgage: 'next_monthly_payment',
  liabilities_student: 'minimum_payment_amount',
} as const
export type DueStream = keyof typeof dueStreams

export const due = (streams: readonly DueStream[]) => `
select l.account_id, a.name, a.institution_name, l.amount::text as amount, l.day::text as day,
       coalesce(a.iso_currency_code, a.unofficial_currency_code, '') as currency
from (${streams
  .map(
    (stream) => `
  select account_id, ${dueStreams[stream]} as amount, next_payment_due_date as day
  from airbyte_plaid.${stream}`,
  )
  .join('\n  union all')}
) l left join airbyte_plaid.accounts a using (account_id)
where l.day is not null order by l.day, l.amount desc limit ${listMax}`

/** What came three times or more, as far apart as the middle one to half of it, and still does. */
export const recurring = (asked: Asked) => `
with paid as (
  select ${payee} as payee, t.amount > 0 as is_out, t.amount, t.date,
         t.date - lag(t.date) over (partition by ${payee}, t.amount > 0 order by t.date) as gap
  from airbyte_plaid.transactions t
  where ${of(asked)} and ${lately(asked)} and not coalesce(t.pending, false) and t.amount <> 0),
rhythm as (
  select payee, is_out, count(*) as times, max(date) as last,
         percentile_disc(0.5) within group (order by gap) as days,
         min(gap) as nearest, max(gap) as farthest,
         percentile_disc(0.5) within group (order by amount) as amount
  from paid group by 1, 2)
select payee, amount::text as amount, days::text as days, times::text as times, last::text as last
from rhythm
where times >= 3 and days >= 6 and nearest * 2 >= days and farthest * 2 <= days * 3
  and last + days * 2 > (select max(date) from paid)
order by abs(amount) desc, payee limit ${listMax}`

export const paidTo = (asked: Asked, name: string, isOut: boolean) => `
select t.date, ${payee} as name, t.amount, t.category, t.transaction_id
from airbyte_plaid.transactions t
where ${of(asked)} and ${lately(asked)} and ${payee} = ${literal(name)}
  and t.amount ${isOut ? '>' : '<'} 0 and not coalesce(t.pending, false)
order by t.date desc`

/** Each with the row of another account that may be its other side: the same amount, nearby. */
export const transfers = (asked: Asked, month: string) => `
select t.transaction_id, t.date::text as date, ${payee} as name, t.amount::text as amount,
       t.category, a.name as account, o.transaction_id as other_id, o.account as other_account
from airbyte_plaid.transactions t left join airbyte_plaid.accounts a using (account_id)
left join lateral (
  select p.transaction_id, b.name as account
  from airbyte_plaid.transactions p join airbyte_plaid.accounts b using (account_id)
  where p.amount = -t.amount and p.account_id <> t.account_id
    and p.date between t.date - ${transferDaysMax} and t.date + ${transferDaysMax}
    and p.iso_currency_code is not distinct from t.iso_currency_code
    and p.unofficial_currency_code is not distinct from t.unofficial_currency_code
  order by abs(p.date - t.date), p.transaction_id limit 1) o on true
where ${of(asked)} and ${within(month)} and ${moves}
order by t.date desc, t.transaction_id limit ${listMax}`

/** What was in an account at the end of each day on which something moved. What is owed grows by
 * what is spent, what is there shrinks. */
export const balanceByDay = (account: string, days: number | undefined) => `
with moved as (
  select date, sum(amount) as amount from airbyte_plaid.transactions
  where account_id = ${literal(account)} and not coalesce(pending, false) group by date)
select date::text as date, balance::text as balance from (
  select m.date, a.current_balance + case when a.type = 'credit' then -1 else 1 end
         * coalesce(sum(m.amount) over (order by m.date desc
             rows between unbounded preceding and 1 preceding), 0) as balance
  from moved m join airbyte_plaid.accounts a on a.account_id = ${literal(account)}
) by_day${
  days === undefined
    ? ''
    : `
where date > (select max(date) from moved) - ${days}`
}
order by date`

function of({ currency: code, account }: Asked): string {
  const mine = account === undefined ? '' : ` and t.account_id = ${literal(account)}`
  return `${currency} = ${literal(code)}${mine}`
}

function lately({ last, months }: Asked): string {
  const first = `date ${literal(`${last}-01`)}`
  const from = `${first} - interval '${months - 1} months'`
  return `t.date >= ${from} and t.date < ${first} + interval '1 month'`
}

function within(month: string): string {
  return lately({ currency: '', account: undefined, last: month, months: 1 })
}

function owed(): string {
  return `coalesce(a.type in ('credit', 'loan'), false)`
}
