// What Plaid told, on its page: the row comes by itself, says what it led to, and opens to what
// Plaid sent; and a connection is told to follow its source by a box beside its schedule.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import { describeInBrowser, expectAccessible, openApp } from '../support/web-page.ts'

describeInBrowser('webhooks in the web app', (browser) => {
  let system: System
  const startMsMax = 300_000

  beforeAll(async () => {
    system = await startSystem({ TARTAN_PUBLIC_URL: '' })
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test('one that comes is there within a second, with its pull’s rows, and opens', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/webhooks?type=TRANSACTIONS')
    const { page } = app
    await page.getByText('/webhooks/plaid').waitFor()
    await system.emulator({ add_transaction: { item_id: 'first', name: 'News', amount: 7 } })
    const row = page.getByRole('row', { name: 'SYNC_UPDATES_AVAILABLE' }).first()
    await row.getByText('pulled').waitFor()
    await row.getByRole('link', { name: 'SYNC_UPDATES_AVAILABLE' }).click()
    const body = page.getByRole('region', { name: 'Body' })
    await body.getByText('"environment": "sandbox"').waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Close' }).click()
    await body.waitFor({ state: 'detached' })
    expect(page.url()).toContain('type=TRANSACTIONS')
  })

  test('a connection follows its source when its box is checked', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/connections')
    const { page } = app
    await page.getByRole('link', { name: 'Plaid to warehouse' }).first().click()
    await page.getByRole('link', { name: 'schedule' }).or(page.getByRole('tab')).first().waitFor()
    const url = new URL(page.url())
    await app.visit(`${url.pathname}?tab=schedule`)
    await page.getByRole('checkbox', { name: /follows its source/ }).check()
    await page.getByRole('button', { name: 'Save the schedule' }).click()
    await page.getByText('The schedule is saved').waitFor()
    expect(await system.tartan('status')).toContain(', and when the store has news')
  })
})
