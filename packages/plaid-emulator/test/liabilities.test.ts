// Liabilities agree with the accounts that they are of, and with the rows on them.
import type { AccountBase, LiabilitiesObject, Transaction } from 'plaid'
import { describe, expect, test } from 'vitest'
import { contractOf } from '../src/products/contract.ts'
import { liabilitiesOf } from '../src/products/liabilities.ts'
import { statementAt } from '../src/products/statement.ts'
import type { WorldAccount } from '../src/world/account.ts'
import { DAY_MS, dayInMonth, dayOfDate } from '../src/world/calendar.ts'
import { HOUSEHOLD_ACCOUNTS, ACCOUNT } from '../src/world/household/accounts.ts'
import { HOUSEHOLD } from '../src/world/household/day.ts'
import { institutionById } from '../src/world/institutions.ts'
import { createLife } from '../src/world/life.ts'
import { GINGHAM, PLATYPUS, startEmulator } from './support/emulator.ts'

const cents = (value: number | null | undefined): number => Math.round((value ?? 0) * 100)
const sum = (rows: Transaction[]): number =>
  rows.reduce((total, row) => total + cents(row.amount), 0)

interface Liabilities {
  accounts: AccountBase[]
  liabilities: LiabilitiesObject
}

describe('/liabilities/get', () => {
  for (const [seed, startDate] of [
    ['a', '2026-03-15'],
    ['b', '2025-01-09'],
    ['c', '2023-08-27'],
  ] as const) {
    test(`agrees with accounts and rows (seed ${seed}, ${startDate})`, async () => {
      await using bench = await startEmulator({ seed, startDate })
      for (const bank of [PLATYPUS, GINGHAM]) {
        const item = await bench.link(bank, {}, ['transactions', 'liabilities'])
        const { body } = await bench.post<Liabilities>('/liabilities/get', {
          access_token: item.accessToken,
        })
        const { transactions } = bench.truth(item)
        const rowsOf = (id: string | null): Transaction[] =>
          transactions.filter((row) => row.account_id === id && !row.pending)
        const balanceOf = (id: string | null): number =>
          cents(body.accounts.find(({ account_id }) => account_id === id)?.balances.current)
        for (const card of body.liabilities.credit ?? []) {
          const rows = rowsOf(card.account_id)
          const closed = card.last_statement_issue_date ?? ''
          const later = rows.filter(({ date }) => date > closed)
          // the bank may have corrected rows since, by a few dollars each
          const statement = balanceOf(card.account_id) - sum(later)
          expect(Math.abs(statement - cents(card.last_statement_balance))).toBeLessThan(1_500)
          const paid = rows
            .filter(({ amount, name }) => amount < 0 && name.startsWith('PAYMENT RECEIVED'))
            .sort((a, b) => (a.date < b.date ? -1 : 1))
          expect(card.last_payment_date).toBe(paid.at(-1)?.date)
          expect(cents(card.last_payment_amount)).toBe(-cents(paid.at(-1)?.amount))
          expect(card.is_overdue).toBe(false)
          expect(card.minimum_payment_amount).toBeGreaterThan(0)
          expect(cents(card.minimum_payment_amount)).toBeLessThanOrEqual(
            cents(card.last_statement_balance),
          )
          expect((card.next_payment_due_date ?? '') >= startDate).toBe(true)
        }
        for (const loan of body.liabilities.student ?? []) {
          const rows = rowsOf(loan.account_id)
          const year = rows.filter(({ date }) => date >= `${startDate.slice(0, 4)}-01-01`)
          const interest = sum(year.filter(({ amount }) => amount > 0))
          const paid = 0 - sum(year.filter(({ amount }) => amount < 0))
          expect(cents(loan.ytd_interest_paid)).toBe(Math.min(interest, paid))
          expect(cents(loan.ytd_principal_paid)).toBe(Math.max(0, paid - interest))
          expect(cents(loan.last_payment_amount)).toBe(31_000)
          expect(loan.is_overdue).toBe(false)
        }
        for (const loan of body.liabilities.mortgage ?? []) {
          expect(cents(loan.origination_principal_amount)).toBeGreaterThan(
            balanceOf(loan.account_id),
          )
          expect(loan.past_due_amount).toBe(0)
          expect(loan.loan_term).toBe('30 year')
          expect((loan.origination_date ?? '') < '2020-01-01').toBe(true)
        }
        expect(body.liabilities.mortgage === null).toBe(bank === PLATYPUS)
      }
    })
  }

  test('the statement is what is paid', () => {
    for (const seed of ['x', 'y', 'z']) {
      const life = createLife(HOUSEHOLD, seed)
      for (const account of [ACCOUNT.rewardsCard, ACCOUNT.cashCard]) {
        const known = HOUSEHOLD_ACCOUNTS[account] as WorldAccount
        const terms = known.terms ?? { closes: 0, due: 0 }
        const { openingCents } = known
        const paidOn = account === ACCOUNT.rewardsCard ? 12 : 7
        for (let month = 0; month < 24; month++) {
          const day = dayInMonth(dayOfDate('2023-01-01'), month, paidOn)
          const drafts = life.drafts(new Set([account]), 0, day)
          const of = { drafts, openingCents, terms, paymentCents: null, isPaid: true }
          const before = statementAt(of, day * DAY_MS)
          const after = statementAt(of, (day + 1) * DAY_MS - 1)
          expect(after.payment).toMatchObject({ day, cents: -before.balanceCents })
          expect([after.carriedCents, after.pastDueCents]).toEqual([0, 0])
        }
      }
    }
  })

  test('who does not pay is overdue', () => {
    const known = HOUSEHOLD_ACCOUNTS[ACCOUNT.rewardsCard] as WorldAccount
    const of = {
      drafts: [],
      openingCents: known.openingCents,
      terms: { closes: 25, due: 20 },
      paymentCents: null,
      isPaid: true,
    }
    const due = dayOfDate('2026-03-20')
    expect(statementAt(of, due * DAY_MS)).toMatchObject({
      day: dayOfDate('2026-02-25'),
      balanceCents: 41_200,
      minimumCents: 3_500,
      nextDueDay: due,
      pastDueCents: 0,
    })
    expect(statementAt(of, (due + 1) * DAY_MS)).toMatchObject({
      nextDueDay: dayOfDate('2026-04-20'),
      pastDueCents: 3_500,
    })
  })

  test('a loan began with what its balance leads back to', () => {
    const mortgage = HOUSEHOLD_ACCOUNTS[ACCOUNT.mortgage] as WorldAccount
    const { loan, terms } = contractOf(mortgage, [])
    let [owed, months] = [loan.principalCents, 0]
    const before = dayOfDate('2020-01-01') - loan.originDay
    for (; owed > 0; months++) owed += Math.round((owed * terms.rate) / 120_000) - loan.paymentCents
    expect(Math.abs(months - 360)).toBeLessThanOrEqual(1)
    expect(before).toBeGreaterThan(5 * 365)
    expect(loan.principalCents).toBeGreaterThan(mortgage.openingCents)
  })

  test('tells lines of credit and other loans as the newer objects do', () => {
    const institution = institutionById(GINGHAM)
    if (institution === undefined) throw new Error('there is a bank')
    const customer = { seed: 's', username: 'u', institution }
    const base = HOUSEHOLD_ACCOUNTS[ACCOUNT.mortgage] as WorldAccount
    const { terms: _, ...plain } = base
    const debt = (place: number, subtype: string, limitCents: number | null) => ({
      accountId: subtype,
      place,
      known: { ...plain, subtype, limitCents },
      owedCents: 1_200_000,
      drafts: [],
    })
    const told = liabilitiesOf(
      customer,
      [debt(0, 'auto', null), debt(1, 'home equity', 5_000_000)],
      dayOfDate('2026-03-15') * DAY_MS,
    )
    expect(told).toMatchObject({ credit: null, mortgage: null, student: null })
    expect(told.loan).toMatchObject([
      { account_id: 'auto', principal_balance: 12_000, loan_term_months: 60 },
    ])
    expect(told.line_of_credit).toMatchObject([
      { account_id: 'home equity', available_credit: 38_000, credit_limit: 50_000 },
    ])
  })
})
