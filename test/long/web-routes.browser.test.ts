// Every route of the web app, light and dark, wide and on a phone: no serious finding of axe, no
// side scroll, nothing in the console, nothing asked of anywhere else.
import { afterAll, beforeAll, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import {
  describeInBrowser,
  expectAccessible,
  expectNoSideScroll,
  openApp,
} from '../support/web-page.ts'
import { idsOf, placed, routes } from '../support/web-routes.ts'

const screens = [
  { width: 1_280, dark: false },
  { width: 1_280, dark: true },
  { width: 360, dark: true },
  { width: 360, dark: false },
]
const startMsMax = 300_000

describeInBrowser('every page', (browser) => {
  let system: System
  let ids: Record<string, string>

  beforeAll(async () => {
    system = await startSystem()
    ids = await idsOf(system)
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test.each(routes)('%s is legible to everybody', async (path) => {
    await using app = await openApp(browser, system)
    await app.visit(placed(path, ids))
    for (const screen of screens) {
      await app.look(screen)
      // Of the dark, the colours alone are other ones.
      await expectAccessible(app.page, screen.dark ? ['color-contrast'] : undefined)
      await expectNoSideScroll(app.page)
    }
  })

  test('so are the palette, the keys and a row’s panel', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/banks')
    const { page } = app
    for (const keys of ['Control+k', '?']) {
      await page.keyboard.press(keys)
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await app.visit('/data/airbyte_plaid/accounts')
    await page.getByRole('grid').getByRole('row').nth(1).click()
    await page.getByRole('dialog').waitFor()
    await expectAccessible(page)
  })
})
