// The admin page in a real browser: signing in, moving time, ordering a fault, seeing what came in.
import { expect, test } from 'vitest'
import {
  describeInBrowser,
  expectAccessible,
  expectNoSideScroll,
  openPage,
  tabTo,
  typeInFocus,
} from './support/browser.ts'
import { startEmulator } from './support/emulator.ts'

const TOKEN = 'admin-token-of-the-test'

describeInBrowser('the admin page', (browser) => {
  test('is used by keyboard alone: time moves, a fault is ordered and taken back', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    await using page = await openPage(browser)
    await page.goto(`${bench.url()}/emulator`)
    await expectAccessible(page)
    await typeInFocus(page, 'Admin token', 'wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'not the token' }).waitFor()
    await typeInFocus(page, 'Admin token', TOKEN)
    await page.keyboard.press('Enter')
    await page.getByText('2026-03-15 12:00:00 UTC, stands').waitFor()
    await tabTo(page, 'Advance 1d')
    await page.keyboard.press('Enter')
    await page.getByText('2026-03-16 12:00:00 UTC, stands').waitFor()
    await tabTo(page, /^\s*fault\s*$/)
    await page.keyboard.press('Enter')
    await page.locator('#fault-times').focus()
    await page.keyboard.type('2')
    await page.locator('#fault-error_code').focus()
    await page.keyboard.type('ITEM_LOCKED')
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'fault: done' }).waitFor()
    await expectAccessible(page)
    expect((await bench.sync(item)).body.error_code).toBe('ITEM_LOCKED')
    await page.getByRole('cell', { name: 'ITEM_LOCKED' }).first().waitFor()
    await tabTo(page, /^\s*Clear #1\s*$/)
    await page.keyboard.press('Enter')
    await page.getByText('clear_faults: done').waitFor()
    expect((await bench.sync(item)).status).toBe(200)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
  })

  test('is opened by an address with a code, which is not in the address afterwards', async () => {
    await using bench = await startEmulator()
    await using page = await openPage(browser)
    const made = await fetch(`${bench.url()}/emulator/codes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    const { code } = (await made.json()) as { code: string }
    await page.goto(`${bench.url()}/emulator#code=${code}`)
    await page.getByText('No Item yet.').waitFor()
    expect(page.url()).toBe(`${bench.url()}/emulator`)
  })

  test('stays fresh by itself', async () => {
    await using bench = await startEmulator()
    await using page = await openPage(browser)
    await page.goto(`${bench.url()}/emulator`)
    await page.getByLabel('Admin token').fill(TOKEN)
    await page.keyboard.press('Enter')
    await page.getByText('No Item yet.').waitFor()
    const item = await bench.link()
    await page.getByText(item.itemId).waitFor()
    await page.getByRole('cell', { name: '/item/public_token/exchange' }).waitFor()
  })

  test('stays where it was scrolled to', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    await using page = await openPage(browser, { width: 360, height: 740, dark: false })
    await page.goto(`${bench.url()}/emulator`)
    await page.getByLabel('Admin token').fill(TOKEN)
    await page.keyboard.press('Enter')
    const table = page.getByRole('group', { name: 'Last requests' })
    await table.evaluate((element) => element.scrollTo({ left: 60 }))
    await bench.sync(item)
    await page.getByRole('cell', { name: '/transactions/sync' }).waitFor()
    expect(await table.evaluate((element) => element.scrollLeft)).toBe(60)
  })

  test.each([false, true])('fits a phone, dark: %s', async (dark) => {
    await using bench = await startEmulator()
    await bench.link()
    await bench.command({ fault: { endpoint: '/transactions/*', error_code: 'RATE_LIMIT' } })
    await using page = await openPage(browser, { width: 360, height: 740, dark })
    await page.goto(`${bench.url()}/emulator`)
    await expectNoSideScroll(page)
    await page.getByLabel('Admin token').fill(TOKEN)
    await page.keyboard.press('Enter')
    await page.getByText('World’s clock').waitFor()
    for (const summary of await page.locator('summary').all()) await summary.click()
    await expectNoSideScroll(page)
    await expectAccessible(page)
  })
})
