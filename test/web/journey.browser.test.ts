// A person's first minutes in the web app, against the whole system in a real browser.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import { type AppPage, builtFiles, describeInBrowser, openApp } from '../support/web-page.ts'
import { pages } from '../../web/src/words/may.ts'

describeInBrowser('the web app', (browser) => {
  let system: System
  const startMsMax = 300_000

  beforeAll(async () => {
    system = await startSystem()
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test('opens by itself in the emulated world and says whether everything is fresh', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/')
    const { page } = app
    await page.getByRole('heading', { name: 'All three banks are fresh.' }).waitFor()
    await page.getByText(/transactions in 10 accounts/).waitFor()
    const cloth = page.getByRole('group', { name: /The cloth/ })
    for (const row of ['First Platypus Bank', 'First Gingham Credit Union', 'transactions']) {
      await cloth.getByRole('slider', { name: row }).waitFor()
    }
    await page.getByText('6 processes').waitFor()
  })

  test('leads from the banks to one, its accounts and what it brought', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/banks')
    const { page } = app
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/banks\/.+/)
    await page.getByRole('table', { name: 'Accounts' }).getByText('Everyday Checking').waitFor()
    await page.getByRole('table', { name: 'Transactions' }).getByRole('row').nth(1).waitFor()
    await page.getByRole('button', { name: 'Privacy: hide amounts' }).click()
    await page.getByText('•••••').first().waitFor()
    expect(await page.getByRole('table', { name: 'Accounts' }).innerText()).not.toMatch(/\$\d/)
  })

  test('syncs by a key, shows the job while it runs and its log when it is done', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/connections')
    const { page } = app
    await page.getByRole('link', { name: 'Plaid to warehouse' }).click()
    await page.getByRole('heading', { name: 'Plaid to warehouse' }).waitFor()
    await page.keyboard.press('s')
    await page.getByText('Job 2 has begun').waitFor()
    await page.getByRole('link', { name: 'Sync 2' }).click()
    await page.getByRole('heading', { name: 'Job 2' }).waitFor()
    await page.getByRole('definition').getByText('Owner', { exact: true }).waitFor()
    await page.getByRole('main').getByText('succeeded', { exact: true }).first().waitFor()
    await page.getByRole('log', { name: 'Log' }).getByText('the sync is done').waitFor()
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('accounts')
    await page.keyboard.press('Enter')
    const marks = page.getByRole('log', { name: 'Log' }).locator('mark', { hasText: 'accounts' })
    await marks.first().waitFor()
    await page.waitForURL(/line=/)
    expect(page.url()).toContain('q=accounts')
  })

  test('browses a table to its end, filters it, and shows a row whole', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/data')
    const { page } = app
    await page.getByRole('link', { name: 'transactions' }).click()
    const grid = page.getByRole('grid', { name: 'Rows of transactions' })
    await grid.getByRole('row').nth(5).waitFor()
    expect(await grid.getByRole('row').count()).toBeLessThan(200)
    await page.getByRole('combobox', { name: 'Condition' }).selectOption('contains')
    await page.getByRole('textbox', { name: 'Value' }).fill('Blue Door')
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await page.waitForURL(/Blue(\+|%20)Door/)
    // Columns beside the window are not drawn: the whole row is in what a click opens.
    await grid.getByRole('gridcell').first().click()
    const row = page.getByRole('dialog')
    await row.getByText('merchant_name').waitFor()
    await row
      .getByText(/Blue Door Coffee/)
      .first()
      .waitFor()
    expect(page.url()).toContain('row=')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const curl = page.getByRole('button', { name: 'curl', exact: true })
    await expect.poll(() => curl.getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('link', { name: 'Ask in SQL' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const same = page.getByRole('grid', { name: 'Result' })
    await same.getByRole('row').nth(1).waitFor()
    await app.visit('/data/airbyte_plaid/accounts')
    await page.context().grantPermissions(['clipboard-write'])
    await curl.click()
    await page.getByText('Copied').waitFor()
  })

  test('asks the warehouse in SQL, and is told where a question is wrong', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/data/sql?q=select+count(*)+from+airbyte_plaid.accounts')
    const { page } = app
    await page.getByRole('textbox', { name: 'SQL' }).click()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('grid', { name: 'Result' }).getByText('10', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Spending by category' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('grid', { name: 'Result' }).getByText('FOOD_AND_DRINK').first().waitFor()
  })

  test('the palette finds a bank', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/jobs')
    const { page } = app
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /Where to/ }).fill('gingham')
    await page.getByRole('option', { name: /First Gingham/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'First Gingham Credit Union' }).waitFor()
  })

  test('what changes in the system is on the screen without a reload', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/banks')
    const { page } = app
    const { rows } = await system.store.query<{ item_id: string }>(
      'select item_id from plaid.item order by created_at limit 1',
    )
    const itemId = rows[0]?.item_id
    await system.emulator({ reset_login: { item_id: itemId } })
    await system.post('/sync', { item_id: itemId })
    await page.getByRole('table', { name: 'Banks' }).getByText('log in').waitFor()
  })

  test('a key is shown once, and opens until it is revoked', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/settings?tab=keys')
    const { page } = app
    await page.getByRole('textbox', { name: 'Name' }).fill('a dashboard')
    await page.getByRole('combobox', { name: 'Scope' }).selectOption('sync')
    await page.getByRole('combobox', { name: 'Opens' }).selectOption('30 days')
    await page.getByRole('button', { name: 'Make the key' }).click()
    const key = await page
      .getByRole('dialog')
      .getByText(/^tartan_/)
      .innerText()
    const asked = () =>
      fetch(`http://localhost:${system.settings.options.plaidApiPort}/stats`, {
        headers: { authorization: `Bearer ${key}` },
      })
    expect((await asked()).status).toBe(200)
    await page.getByRole('button', { name: 'I have it' }).click()
    await app.visit('/settings?tab=keys')
    const row = page
      .getByRole('table', { name: 'API keys' })
      .getByRole('row', { name: 'dashboard' })
    await row
      .getByText(/just now|ago/)
      .nth(1)
      .waitFor()
    expect(await page.content()).not.toContain(key)
    expect(await row.innerText()).toMatch(/sync.*opens, ends/s)
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke a dashboard' }).click()
    await row.getByText('revoked').waitFor()
    expect((await asked()).status).toBe(401)
  })

  test('who is invited enters by the link with a password, as what the admin said', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/settings?tab=invitations')
    const { page } = app
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ann@example.com')
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    const { pathname, hash } = new URL(
      await page.getByRole('dialog').getByText('/login#').innerText(),
    )
    await using hers = await openApp(browser, system)
    await hers.visit(pathname + hash)
    expect(hers.page.url()).not.toContain(hash)
    await hers.page.getByRole('textbox', { name: 'Your name' }).fill('Ann')
    await hers.page.getByLabel('A password').fill('twelve characters')
    await hers.page.getByRole('button', { name: 'Enter' }).click()
    await hers.page.getByRole('heading', { name: /banks/ }).first().waitFor()
    await expectNoRefusingLink(hers)
    await hers.visit('/settings?tab=users')
    await hers.page.getByText('This takes the role admin; yours is viewer.').waitFor()
    await app.visit('/settings?tab=users')
    const role = page.getByRole('combobox', { name: 'Role of Ann' })
    expect(await role.inputValue()).toBe('viewer')
    await role.selectOption('operator')
    await page.getByText('It counts from the next request on').waitFor()
    await hers.visit('/settings?tab=users')
    await hers.page.getByText('yours is operator').waitFor()
    await app.visit('/settings?tab=audit')
    await page.getByText('joined by an invitation').waitFor()
  })

  test('what a first visit loads is within its budget', async () => {
    const kB = 1_000
    const { manifest, read } = await builtFiles()
    const seen = new Set<string>()
    const first = (key: string) => {
      const chunk = manifest[key]
      if (chunk === undefined || seen.has(key)) return
      seen.add(key)
      for (const name of chunk.imports ?? []) first(name)
    }
    for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) first(key)
    const chunks = [...seen].flatMap((key) => manifest[key] ?? [])
    const zipped = async (files: string[]) =>
      (await Promise.all(files.map(async (file) => gzipSync(await read(file)).length))).reduce(
        (sum, size) => sum + size,
        0,
      )
    const js = await zipped(chunks.map(({ file }) => file).filter((file) => file.endsWith('.js')))
    const css = await zipped([...new Set(chunks.flatMap((chunk) => chunk.css ?? []))])
    const editor = Object.entries(manifest).find(([key]) => key.endsWith('pages/sql-editor.tsx'))
    expect(js).toBeLessThan(190 * kB)
    expect(css).toBeLessThan(20 * kB)
    expect(await zipped([editor?.[1].file ?? ''])).toBeLessThan(125 * kB)
  })
})

/** A viewer is led nowhere that refuses them: by no link, by no key and not from the palette. */
async function expectNoRefusingLink({ page, visit }: AppPage): Promise<void> {
  for (const path of ['/', '/banks', '/connections', '/actors', '/data', '/settings']) {
    await visit(path)
    const links = await page.getByRole('link').all()
    const led = await Promise.all(links.map((link) => link.getAttribute('href')))
    expect(led).toContain('/verify')
    expect(led.filter((to) => to !== null && to in pages)).toEqual([])
  }
  await page.getByRole('heading', { name: 'Settings' }).click()
  await page.keyboard.press('g')
  await page.keyboard.press('q')
  expect(new URL(page.url()).pathname).toBe('/settings')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Where to, or what to do' }).fill('sql')
  expect(await page.getByRole('option').count()).toBe(0)
  await page.keyboard.press('Escape')
}
