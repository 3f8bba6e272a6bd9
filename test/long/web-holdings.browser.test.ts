// Money, where Plaid is asked for investments and liabilities, too: each figure is the one that the
// warehouse has.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import {
  describeInBrowser,
  expectAccessible,
  expectNoSideScroll,
  openApp,
} from '../support/web-page.ts'

const startMsMax = 300_000
const dollars = (amount: string | undefined) =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'USD' }).format(Number(amount))

describeInBrowser('Money with investments and liabilities', (browser) => {
  let system: System

  beforeAll(async () => {
    system = await startSystem({ PLAID_PRODUCTS: 'transactions,investments,liabilities' })
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  const one = async (query: string) =>
    (await system.warehouse.query<Record<string, string>>(query)).rows[0] ?? {}

  test('holdings are worth what the warehouse says, each in its row', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    const { value, count } = await one(
      `select sum(institution_value)::text as value, count(*)::text as count
       from airbyte_plaid.investment_holdings where iso_currency_code = 'USD'`,
    )
    expect(Number(count)).toBeGreaterThan(0)
    await app.visit('/money?tab=holdings')
    await page.getByText(dollars(value), { exact: true }).first().waitFor()
    const rows = page.getByRole('table', { name: 'Holdings' }).getByRole('row')
    await rows.nth(1).waitFor()
    expect(await rows.count()).toBe(1 + Number(count))
    await expectAccessible(page)
    await using phone = await openApp(browser, system, { width: 360 })
    await phone.visit('/money?tab=holdings')
    await phone.page.getByRole('table', { name: 'Holdings' }).waitFor()
    await expectNoSideScroll(phone.page)
  })

  test('balances say what has to be paid until when', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    const { count, amount } = await one(
      `select count(*)::text as count, max(amount)::text as amount from (
         select minimum_payment_amount as amount, next_payment_due_date as day
         from airbyte_plaid.liabilities_credit
         union all select next_monthly_payment, next_payment_due_date
         from airbyte_plaid.liabilities_mortgage
         union all select minimum_payment_amount, next_payment_due_date
         from airbyte_plaid.liabilities_student) due where day is not null`,
    )
    expect(Number(count)).toBeGreaterThan(0)
    await app.visit('/money?tab=balances')
    const table = page.getByRole('table', { name: 'To be paid' })
    await table.getByText(dollars(amount)).first().waitFor()
    expect(await table.getByRole('row').count()).toBe(1 + Number(count))
    await expectAccessible(page)
  })
})
