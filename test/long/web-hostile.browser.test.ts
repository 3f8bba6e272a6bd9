// Names that mean harm, on every page that shows one: nothing of them becomes an element, a script
// or an address, none steers the text around it, and none breaks the page's layout.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostileNames, nameWithHarm } from '../support/hostile-world.ts'
import { startSystem, type System } from '../support/system.ts'
import { describeInBrowser, expectNoSideScroll, openApp } from '../support/web-page.ts'

const startMsMax = 300_000
const pagesMsMax = 180_000
const elementsMax = 1_500

describeInBrowser('names that mean harm', (browser) => {
  let system: System
  let paths: string[]

  beforeAll(async () => {
    system = await startSystem()
    await nameWithHarm(system)
    paths = await pathsOf(system)
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test(
    'are text, and break no page, on a phone or wide',
    async () => {
      for (const path of paths) {
        await using app = await openApp(browser, system, { width: 360 })
        await app.visit(path)
        for (const width of [360, 1_280]) {
          await app.look({ width })
          await expectText(app.page)
          await expectNoSideScroll(app.page)
          const elements = await app.page.locator('*').count()
          expect([path, elements > elementsMax]).toEqual([path, false])
        }
      }
    },
    pagesMsMax,
  )

  test('are text in the palette, in menus, in what asks first, and in a row’s panel', async () => {
    await using app = await openApp(browser, system, { width: 360 })
    const { page } = app
    await app.visit('/actors')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /Where to/ }).fill('img')
    await page
      .getByRole('option', { name: /onerror/ })
      .first()
      .waitFor()
    await expectText(page)
    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /Actions for <img/ })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page
      .getByRole('dialog')
      .getByText(/onerror/)
      .first()
      .waitFor()
    await expectText(page)
    await expectNoSideScroll(page)
    await app.visit('/data/airbyte_plaid/transactions?column=name&op=contains&value=WWWW')
    const cards = page.getByRole('list', { name: 'Rows of transactions' })
    await cards.getByRole('button').first().click()
    const panel = page.getByRole('dialog')
    await panel.getByText('W'.repeat(300)).first().waitFor()
    await expectNoSideScroll(page)
  })
})

/** Every page that shows what somebody named. */
async function pathsOf({ store, warehouse, airbyte }: System): Promise<string[]> {
  const items = await store.query<{ item_id: string }>(
    'select item_id from plaid.item order by created_at desc',
  )
  const { rows } = await warehouse.query<{ transaction_id: string }>(
    'select transaction_id from airbyte_plaid.transactions where item_id = $1',
    [items.rows[0]?.item_id],
  )
  const connections = await airbyte.list<{ connectionId: string; name: string; sourceId: string }>(
    '/connections',
  )
  const hostile = connections.filter(({ name }) => hostileNames.includes(name))
  expect([items.rows.length, rows.length, hostile.length]).toEqual([4, 6, 6])
  const [first] = hostile
  const longest = hostile.toSorted((a, b) => b.name.length - a.name.length)[0]
  const table = hostileNames.map((name) => encodeURIComponent(name.slice(0, 60)))[0]
  return [
    ...everywhere,
    ...items.rows.map(({ item_id: id }) => `/banks/${id}`),
    ...rows.map(({ transaction_id: id }) => `/follow/${id}`),
    ...['', '?tab=streams', '?tab=settings'].map(
      (tab) => `/connections/${longest?.connectionId}${tab}`,
    ),
    `/sources/${first?.sourceId}`,
    `/data/${table}/${table}`,
    '/data/airbyte_plaid/accounts',
    '/data/airbyte_plaid/transactions?sort=-amount',
    '/data/airbyte_plaid/wide',
    '/data/airbyte_plaid/wide?tab=columns',
    `/data/sql?q=${encodeURIComponent(`select '<img src=x onerror=alert(4)>' as "<b>"`)}`,
    ...['users', 'invitations', 'keys', 'audit'].map((tab) => `/settings?tab=${tab}`),
  ]
}

const everywhere = [
  '/',
  '/welcome',
  '/banks',
  '/connections',
  '/connections/new',
  '/jobs',
  '/jobs/2',
  '/actors',
  '/data',
  '/money',
  '/verify',
  '/webhooks',
  '/world',
  '/settings',
]

const looking = String.raw`
  (() => {
    const all = [...document.querySelectorAll('*')]
    const labels = all.flatMap((one) =>
      ['title', 'aria-label', 'placeholder'].map((name) => one.getAttribute(name) ?? ''))
    const links = all.map((one) => one.getAttribute('href') ?? '')
    const said = [document.title, document.body.innerText, ...labels]
    return {
      made: document.querySelectorAll('img, iframe, object, embed, script:not([src])').length,
      addresses: links.filter((link) => /^\s*javascript:/i.test(link)).length,
      steering: said.filter((text) => /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/.test(text)),
    }
  })()
`

/** Nothing in the page was made of a name, and nothing that steers is left in what it says. */
async function expectText(page: Page): Promise<void> {
  const found = await page.evaluate(looking)
  expect(found, await page.title()).toEqual({ made: 0, addresses: 0, steering: [] })
}
