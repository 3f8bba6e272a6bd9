// What a person finds out in the web app about what is there: the first minute, an account, money,
// questions in SQL; and what is done to many rows at once.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import {
  describeInBrowser,
  expectAccessible,
  expectNoSideScroll,
  openApp,
} from '../support/web-page.ts'

describeInBrowser('the screens', (browser) => {
  let system: System
  const startMsMax = 300_000

  beforeAll(async () => {
    system = await startSystem({ TARTAN_ALERT_SECONDS: '1' })
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  const one = async (query: string) =>
    (await system.warehouse.query<Record<string, string>>(query)).rows[0] ?? {}
  const dollars = (amount: string | undefined) =>
    new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'USD' })
      .format(Number(amount))
      .replace('-', '−')

  test('the first minute says what is here, asks its first question, and is put away for all', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/')
    const { page } = app
    await page.getByRole('link', { name: 'The first minute' }).click()
    await page.getByRole('heading', { name: 'Welcome' }).waitFor()
    const steps = page.getByRole('list', { name: 'Steps' })
    await steps.getByText('3 banks linked').waitFor()
    await steps.getByText(/wrote [\d,]+ rows/).waitFor()
    await page.getByRole('button', { name: 'Run: Account summary' }).click()
    const answer = page.getByRole('table', { name: 'Account summary' })
    await answer.getByRole('row').nth(5).waitFor()
    expect(await answer.getByRole('row').count()).toBe(1 + 5)
    await page.getByRole('button', { name: 'Put it away' }).click()
    await page.getByRole('heading', { name: /banks are fresh/ }).waitFor()
    await using elsewhere = await openApp(browser, system)
    await elsewhere.visit('/')
    await elsewhere.page.getByRole('table', { name: 'Jobs' }).waitFor()
    expect(await elsewhere.page.getByRole('link', { name: 'The first minute' }).count()).toBe(0)
  })

  test('an account shows its balance, what it was, and its transactions, which can be searched', async () => {
    await using app = await openApp(browser, system)
    const account = await one(
      `select account_id, name, current_balance::text as balance from airbyte_plaid.accounts
       where type = 'depository' order by account_id limit 1`,
    )
    await app.visit('/banks')
    const { page } = app
    await app.visit(`/accounts/${account['account_id']}`)
    await page.getByRole('heading', { name: account['name']! }).waitFor()
    const now = dollars(account['balance'])
    await page.getByRole('definition').getByText(now).first().waitFor()
    await page.getByRole('figure', { name: `to ${now} on` }).waitFor()
    const table = page.getByRole('table', { name: 'Transactions' })
    await table.getByRole('row').nth(1).waitFor()
    await page.getByRole('searchbox', { name: 'Find transactions' }).fill('no such payee')
    await page.getByText('No transaction fits').waitFor()
    expect(page.url()).toContain('q=no+such+payee')
    await page.getByRole('link', { name: 'Clear filters' }).click()
    await table.getByRole('row').nth(1).waitFor()
  })

  test('money that came in and went out is what the rows say, and leads to them', async () => {
    await using app = await openApp(browser, system)
    const sums = await one(
      `select (-sum(amount) filter (where amount < 0))::text as came,
              (sum(amount) filter (where amount > 0))::text as went,
              (count(*) filter (where amount > 0))::text as rows
       from airbyte_plaid.transactions where to_char(date, 'YYYY-MM') = '2026-02'
         and category not in ('TRANSFER_IN', 'TRANSFER_OUT', 'LOAN_PAYMENTS')`,
    )
    await app.visit('/money?tab=flow&month=2026-02')
    const { page } = app
    const row = page.getByRole('table', { name: 'Months' }).getByRole('row', { name: 'February' })
    await row.getByRole('link', { name: dollars(sums['came']) }).waitFor()
    await page.getByRole('list', { name: 'Came in' }).getByText('Income').waitFor()
    await page.getByRole('list', { name: 'Went out' }).getByText('left over').waitFor()
    await row.getByRole('link', { name: dollars(sums['went']) }).click()
    await page.getByRole('heading', { name: 'SQL' }).waitFor()
    await page.getByRole('combobox', { name: 'Rows' }).selectOption('1000')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('status').getByText(`${sums['rows']} rows in`).waitFor()
    const together = await one(
      `select sum(case when type in ('credit', 'loan') then -1 else 1 end
                  * current_balance)::text as worth from airbyte_plaid.accounts`,
    )
    await app.visit('/money?tab=balances')
    await page.getByText(dollars(together['worth']), { exact: true }).waitFor()
    await app.visit('/money?tab=recurring')
    await page.getByRole('table', { name: 'Recurring' }).getByText('Meridian Software').waitFor()
  })

  test('Enter takes no choice that was found for other words', async () => {
    await using app = await openApp(browser, system)
    const { id } = await one(
      `select account_id as id from airbyte_plaid.accounts order by name limit 1`,
    )
    await app.visit('/money')
    const { page } = app
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    await page.route(/search=/, async (route) => {
      await held
      await route.continue()
    })
    await page.getByRole('combobox', { name: 'Account' }).fill(id!)
    await page.getByText('Looking …').waitFor()
    await page.keyboard.press('Enter')
    expect(page.url()).not.toContain('account=')
    release()
    await expect.poll(() => page.getByRole('option').count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.searchParams.get('account') === id)
  })

  test('an alert is counted in the rail as it fires, says what to do, and can be silenced', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/alerts')
    const { page } = app
    await page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor()
    await page.getByText('Nothing is wrong').waitFor()
    await page.getByText('Nobody is told').waitFor()
    try {
      await system.store.query(`
        insert into engine.job (connection_id, type, status)
        select id, 'sync', 'failed' from engine.connection, generate_series(1, 3)`)
      const alert = page
        .getByRole('table', { name: 'Firing' })
        .getByRole('row', { name: '3 times' })
      await alert.getByText('warning').waitFor({ timeout: startMsMax })
      await alert.getByText('mend it, and sync again').waitFor()
      const rail = page.getByRole('navigation', { name: 'main' }).first()
      await rail.getByTitle('1 alert firing').waitFor()
      await alert.getByRole('button', { name: 'Silence' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox', { name: 'Why' }).fill('we know')
      await dialog.getByRole('button', { name: 'Silence it' }).click()
      await page.getByRole('table', { name: 'Silences' }).getByText('we know').waitFor()
      await rail.getByTitle('1 alert firing').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: /^End the silence/ }).click()
      await rail.getByTitle('1 alert firing').waitFor()
    } finally {
      await system.store.query(`delete from engine.job where status = 'failed'`)
    }
  })

  test('a query that is wrong is marked where, is remembered, and can be saved', async () => {
    await using app = await openApp(browser, system, { silent: true })
    await app.visit('/data/sql?q=select+nme+from+airbyte_plaid.accounts')
    const { page } = app
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('alert').getByText('column "nme" does not exist').waitFor()
    expect(await page.locator('.cm-wrong').innerText()).toBe('nme')
    const query = 'select category, count(*) from airbyte_plaid.transactions group by 1'
    await app.visit(`/data/sql?view=chart&q=${encodeURIComponent(query)}`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('list', { name: 'Bars' }).getByText('FOOD_AND_DRINK').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ])
    expect(await readFile(await download.path(), 'utf8')).toMatch(/^category,count\r\n/)
    const [json] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'JSON', exact: true }).click(),
    ])
    const rows = JSON.parse(await readFile(await json.path(), 'utf8')) as object[]
    expect(rows).toContainEqual({ category: 'FOOD_AND_DRINK', count: expect.any(String) })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('by category')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/saved=by\+category/)
    await using later = await openApp(browser, system)
    await later.visit('/data/sql?saved=by+category')
    await later.page.getByRole('textbox', { name: 'SQL' }).getByText('count').waitFor()
    const asked = later.page.getByRole('list', { name: 'Asked before' })
    await asked.getByText('select nme from').waitFor()
    await later.page.getByRole('button', { name: 'Forget by category' }).click()
    await later.page.getByText('It is not saved any more').waitFor()
  })

  test('the banks’ clock stops and runs, and a bank that is down is said to be', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/world')
    const { page } = app
    const clock = page.getByRole('group', { name: 'Clock' })
    await page.getByText('bank clock 15 Mar 2026, stands').waitFor()
    await clock.getByRole('button', { name: 'Let it run' }).click()
    await page.getByText('bank clock 15 Mar 2026, runs').waitFor()
    await clock.getByRole('button', { name: 'Stop it' }).click()
    await page.getByText('bank clock 15 Mar 2026, stands').waitFor()
    const bank = page.getByRole('group', { name: 'Break Tattersall Federal Credit Union' })
    await bank.getByRole('button', { name: 'Take it down' }).click()
    await bank.getByRole('button', { name: 'Bring it up again' }).waitFor()
    await page.getByRole('link', { name: 'Tattersall Federal Credit Union' }).click()
    await page.getByText('The bank’s logins are down for everybody').waitFor()
    await page.getByRole('button', { name: 'Repair' }).click()
    await page.getByText('The bank’s logins are down for everybody').waitFor()
    await system.emulator({ institution: { institution_id: 'ins_109510', health: 'healthy' } })
  })

  test('on a phone a row is a card, and a tap opens all of it', async () => {
    await using app = await openApp(browser, system, { width: 360 })
    const { page } = app
    await app.visit('/data/sql?q=select+*+from+airbyte_plaid.accounts+order+by+name')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const cards = page.getByRole('list', { name: 'Result' }).getByRole('listitem')
    await cards.first().waitFor()
    expect(await cards.first().locator('span > span').count()).toBe(3)
    await expectNoSideScroll(page)
    await expectAccessible(page)
    await cards.first().getByRole('button').click()
    await page.getByRole('dialog').getByText('account_id', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await app.visit('/data/airbyte_plaid/transactions')
    const rows = page.getByRole('list', { name: 'Rows of transactions' }).getByRole('listitem')
    await rows.first().getByRole('button').click()
    await page.getByRole('dialog').getByRole('link', { name: 'Follow' }).waitFor()
    expect(page.url()).toContain('row=1')
    await page.keyboard.press('Escape')
    await page
      .getByRole('navigation', { name: 'main' })
      .getByRole('link', { name: 'Money' })
      .click()
    await page.getByRole('heading', { name: 'Money' }).waitFor()
    await expectNoSideScroll(page)
  })

  test('what is asked of many is told of each', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/banks')
    const { page } = app
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
    const chosen = page.getByRole('group', { name: 'With those that are chosen' })
    await chosen.getByText('2 banks chosen').waitFor()
    await chosen.getByRole('button', { name: 'Pull now' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Pull now · 2 banks' }).click()
    await dialog.getByRole('button', { name: 'Close', exact: true }).waitFor()
    expect(await dialog.getByText('the pull has begun').count()).toBe(2)
    await app.visit('/jobs?status=succeeded')
    await page.getByRole('checkbox', { name: 'Choose Job 1' }).check()
    await chosen.getByRole('button', { name: 'Cancel' }).click()
    await dialog.getByText('It is over.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel · 0 jobs' }).waitFor()
  })
})
