// The everyday journeys without a mouse: every step has a focus that is seen, none loses it, none
// is a trap.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import {
  type AppPage,
  describeInBrowser,
  expectAccessible,
  openApp,
  typeInFocus,
} from '../support/web-page.ts'

const startMsMax = 300_000
const stepsMax = 120

describeInBrowser('without a mouse', (browser) => {
  let system: System

  beforeAll(async () => {
    system = await startSystem()
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  /** Where a mouse does nothing. */
  const open = async (path: string, width?: number): Promise<AppPage> => {
    const app = await openApp(browser, system, width === undefined ? {} : { width })
    await app.page.addInitScript(refusal)
    await app.visit(path)
    return app
  }

  test('a bank is linked', async () => {
    await using app = await open('/banks')
    const { page } = app
    await page.keyboard.press('l')
    await page.getByRole('heading', { name: 'Link a bank' }).waitFor()
    await tabTo(page, 'Begin')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Open Plaid’s page' }).waitFor()
    await tabTo(page, 'Open Plaid’s page')
    const opened = page.context().waitForEvent('page')
    await page.keyboard.press('Enter')
    const bank = await opened
    await logIn(bank)
    await bank.close()
    await page.getByText('is linked; its first rows are on their way').waitFor()
    await tabTo(page, 'Look at it')
    await page.keyboard.press('Enter')
    await page.getByRole('table', { name: 'Accounts' }).waitFor()
    await expectFocus(page)
  })

  test('a connection is synced, and its job’s log is searched', async () => {
    await using app = await open('/')
    const { page } = app
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.getByRole('heading', { name: 'Syncs' }).waitFor()
    await page.keyboard.press('j')
    await expectFocus(page)
    await page.keyboard.press('.')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    await expectFocus(page)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Plaid to warehouse' }).waitFor()
    await expectFocus(page)
    await page.keyboard.press('s')
    await page.getByText(/Job \d+ has begun/).waitFor()
    await page.getByRole('link', { name: 'Sync 2' }).waitFor()
    await page.keyboard.press('j')
    await expectFocus(page)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Job \d+$/ }).waitFor()
    await page.getByRole('main').getByText('succeeded', { exact: true }).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('accounts')
    await expect.poll(() => page.url()).toContain('q=accounts')
    await expectFocus(page)
  })

  test('the warehouse is asked in SQL, and a table is sorted and read', async () => {
    await using app = await open('/data/sql?q=select+1+as+one')
    const { page } = app
    await page.getByRole('textbox', { name: 'SQL' }).waitFor()
    await tabTo(page, 'select 1 as one')
    await page.keyboard.press('Control+Enter')
    const result = page.getByRole('grid', { name: 'Result' })
    await result.getByRole('columnheader', { name: 'one' }).waitFor()
    await page.keyboard.press('Escape')
    await expectFocus(page)
    expect(await focused(page)).toContain('Run')
    await app.visit('/data/airbyte_plaid/accounts')
    const grid = page.getByRole('grid', { name: 'Rows of accounts' })
    await grid.getByRole('row').nth(2).waitFor()
    await tabTo(page, 'Rows of accounts')
    await page.keyboard.press('ArrowUp')
    await expectFocus(page)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('sort=account_id')
    await grid.getByRole('row').nth(2).waitFor()
    await tabTo(page, 'Rows of accounts')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await expectFocus(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expectFocus(page)
    expect(await focused(page)).toContain('Rows of accounts')
  })

  test('a connection is made', async () => {
    await using app = await open('/connections')
    const { page } = app
    await page.keyboard.press('n')
    await page.getByRole('table', { name: 'Streams' }).waitFor()
    await tabTo(page, 'Mode of accounts')
    await page.keyboard.type('not')
    await tabTo(page, 'Name of the connection')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('By hand')
    await tabTo(page, 'Prefix of tables')
    await page.keyboard.type('hand_')
    await tabTo(page, 'Make, and wait')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'By hand' }).waitFor()
    await expectFocus(page)
  })

  test('settings are changed, and a key is made and revoked', async () => {
    await using app = await open('/settings')
    const { page } = app
    await tabTo(page, 'Theme')
    await page.keyboard.type('dark')
    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    await tabTo(page, 'API keys')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Make the key' }).waitFor()
    await tabTo(page, 'Name')
    await page.keyboard.type('by hand')
    await page.keyboard.press('Enter')
    await page
      .getByRole('dialog')
      .getByText(/^tartan_/)
      .waitFor()
    await expectFocus(page)
    await tabTo(page, 'I have it')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expectFocus(page)
    const row = page.getByRole('row', { name: /by hand/ })
    await row.waitFor()
    await tabTo(page, 'Revoke', 'by hand')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await tabTo(page, 'Revoke by hand')
    await page.keyboard.press('Enter')
    await row.getByText('revoked').waitFor()
    await expectFocus(page)
  })

  test('Money goes by months, and Follow by stations and neighbours', async () => {
    await using app = await open('/money?month=2026-02')
    const { page } = app
    const month = page.getByRole('combobox', { name: 'Month' })
    await month.waitFor()
    for (const [key, then] of [
      ['ArrowLeft', '2026-01'],
      ['[', '2025-12'],
      ['ArrowRight', '2026-01'],
      [']', '2026-02'],
    ] as const) {
      await page.keyboard.press(key)
      await expect.poll(() => month.inputValue()).toBe(then)
    }
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('The month before', { exact: true }).waitFor()
    await page.getByRole('dialog').getByText('←', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    const { rows } = await system.warehouse.query<{ id: string }>(
      `select transaction_id as id from airbyte_plaid.transactions
       where account_id = (select min(account_id) from airbyte_plaid.transactions)
       order by date, transaction_id limit 2`,
    )
    const [first, second] = rows.map(({ id }) => id)
    await app.visit(`/follow/${first}`)
    const feed = page.getByRole('listitem').filter({ hasText: 'came after it' })
    await feed.waitFor()
    await page.getByText('0 rows behind the feed').waitFor()
    for (const name of ['bank', 'store', 'feed']) {
      await page.keyboard.press('ArrowRight')
      await expectFocus(page)
      expect(await focused(page)).toContain(name)
    }
    await page.keyboard.press(']')
    await page.waitForURL(`**/follow/${second}`)
    const earlier = page.getByRole('button', { name: 'Earlier' })
    await expect.poll(() => earlier.getAttribute('aria-disabled')).not.toBe('true')
    await page.keyboard.press('[')
    await page.waitForURL(`**/follow/${first}`)
  })

  test('on a phone the filters are in a sheet, whose button says how many are set', async () => {
    await using app = await open('/jobs', 360)
    const { page } = app
    await page.keyboard.press('/')
    expect(await focused(page)).toContain('Filters')
    await page.keyboard.press('Enter')
    const sheet = page.getByRole('dialog', { name: 'Filters' })
    await sheet.waitFor()
    await expectFocus(page)
    await expectAccessible(page)
    await tabTo(page, 'Kind')
    await page.keyboard.type('clears')
    await page.getByText('No job fits').waitFor()
    await tabTo(page, 'Connection')
    await page.keyboard.press('ArrowDown')
    const named = page.getByRole('option', { name: 'Plaid to warehouse' })
    await named.waitFor()
    await page.keyboard.press('Escape')
    await named.waitFor({ state: 'detached' })
    await sheet.waitFor()
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
    await expectFocus(page)
    expect(await focused(page)).toContain('Filters, 1 set')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Clear filters')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Done')
    await page.keyboard.press('Enter')
    await sheet.waitFor({ state: 'detached' })
    await expectFocus(page)
    expect(await focused(page)).not.toContain('set')
    await page.getByRole('link', { name: 'Sync 1' }).waitFor()
    await app.visit('/money?tab=holdings')
    const tab = page.getByRole('link', { name: 'Holdings' })
    await expect.poll(() => tab.evaluate(inWindow)).toBe(true)
  })

  test('the list of keys says what the keys do, and they can be switched off', async () => {
    await using app = await open('/banks')
    const { page } = app
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog')
    for (const said of ['Link a bank', 'menu of the row', 'privacy']) {
      await keys.getByText(said, { exact: true }).waitFor()
    }
    await tabTo(page, 'Single keys act')
    await page.keyboard.press('Space')
    await page.keyboard.press('Escape')
    await keys.waitFor({ state: 'detached' })
    await page.keyboard.press('l')
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Where to' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/banks')
  })

  test.each(['/', '/banks', '/connections', '/data/sql', '/world', '/settings', '/sources/new'])(
    'Tab goes all the way around %s, and everything that has the focus shows it',
    async (path) => {
      await using app = await open(path)
      const { page } = app
      const seen = new Set<string>()
      for (let presses = 0; presses < stepsMax; presses++) {
        await page.keyboard.press('Tab')
        const at: string = await page.evaluate(identity)
        if (at === 'body' || (seen.has(at) && presses > 5)) break
        seen.add(at)
        if (at === 'editor') await page.keyboard.press('Escape')
        await expectFocus(page)
      }
      expect(seen.size).toBeGreaterThan(10)
      expect(seen.size).toBeLessThan(stepsMax)
    },
  )
})

/** On Plaid's page, which the emulator shows; it returns to ours. */
async function logIn(page: Page): Promise<void> {
  await tabTo(page, 'Continue')
  await page.keyboard.press('Enter')
  await typeInFocus(page, 'Search for your bank', 'houndstooth')
  await page.keyboard.press('Enter')
  await page.getByText('1 bank found').waitFor()
  await tabTo(page, 'Houndstooth')
  await page.keyboard.press('Enter')
  await typeInFocus(page, 'User name', 'user_good')
  await page.keyboard.press('Tab')
  await typeInFocus(page, 'Password', 'pass_good')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Choose accounts' }).waitFor()
  await tabTo(page, 'Continue')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Success' }).waitFor()
  await tabTo(page, 'Back to')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Back from Plaid' }).waitFor()
}

const refusal = `
  for (const kind of ['mousedown', 'pointerdown', 'mouseup', 'pointerup']) {
    addEventListener(kind, (event) => { event.preventDefault(); event.stopImmediatePropagation() },
      { capture: true })
  }
`

/** Of an element: all that names it. */
const naming = `
  (() => {
    let one = document.activeElement
    if (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
    if (!one || one === document.body) return ''
    const label = one.labels?.[0]?.textContent ?? ''
    const around = one.closest('tr')?.textContent ?? ''
    const own = (one.getAttribute('aria-label') ?? '') + ' ' + label
    const text = one.matches('select, [role=grid]') ? '' : one.textContent
    return [own + ' ' + text, around].join('|')
  })()
`

const identity = `
  (() => {
    const one = document.activeElement
    if (!one || one === document.body) return 'body'
    if (one.matches('[data-sql-editor]')) return 'editor'
    return String([...document.querySelectorAll('*')].indexOf(one))
  })()
`

function focused(page: Page): Promise<string> {
  return page.evaluate(naming)
}

/** Presses Tab until the focus is on what is called so, in a row of that name. */
async function tabTo(page: Page, name: string, row = ''): Promise<void> {
  const passed: string[] = []
  for (let presses = 0; presses < stepsMax; presses++) {
    await page.keyboard.press('Tab')
    const [own = '', around = ''] = (await focused(page)).split('|')
    passed.push(own)
    if (!own.includes(name) || !around.includes(row)) continue
    return
  }
  throw new Error(`${name} cannot be reached with Tab, which came by: ${passed.join(', ')}`)
}

function inWindow(element: { getBoundingClientRect(): { left: number; right: number } }): boolean {
  const { left, right } = element.getBoundingClientRect()
  return left >= 0 && right <= 360
}

/** Something has the focus, is in the window, and shows it by its outline. */
const showing = `
  (() => {
    let one = document.activeElement
    if (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement.closest('.cm-editor')
    if (!one || one === document.body) return 'nothing has the focus'
    const cell = one.querySelector(':scope [data-at]')
    const told = one.id === 'main' ? one.querySelector('h1') : (cell ?? one)
    const box = told.getBoundingClientRect()
    const { outlineStyle, outlineWidth } = getComputedStyle(told)
    const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
    const isIn = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
    if (isSeen && isIn) return 'seen'
    const what = told.outerHTML.slice(0, 120)
    return (isSeen ? 'out of the window: ' : 'without an outline: ') + what
  })()
`

async function expectFocus(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(showing)).toBe('seen')
}
