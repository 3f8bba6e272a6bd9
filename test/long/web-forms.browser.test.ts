// From a connector's specification to rows: a destination made by its form, a connection to it, a
// sync, against the whole system in a real browser.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressOf } from '../../src/postgres/address.ts'
import { warehouseUrl } from '../../src/server/keys.ts'
import { startSystem, type System } from '../support/system.ts'
import { describeInBrowser, expectAccessible, openApp } from '../support/web-page.ts'

describeInBrowser('what is synced, and to where', (browser) => {
  let system: System
  const startMsMax = 300_000
  const syncMsMax = 120_000

  const folder = mkdtempSync(join(tmpdir(), 'tartan commands '))
  const commands = join(folder, 'commands.json')
  const failing = [process.execPath, '-e', 'console.log("I see"); process.exit(3)']
  writeFileSync(commands, JSON.stringify({ tell: failing }), { mode: 0o600 })

  beforeAll(async () => {
    system = await startSystem({ TARTAN_COMMANDS_FILE: commands })
  }, startMsMax)
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  test('a destination is tested as it is written, made, and connected', async () => {
    const { host, port, database, user, password } = addressOf(await warehouseUrl(system.settings))
    await using app = await openApp(browser, system)
    await app.visit('/actors')
    const { page } = app
    await page.keyboard.press('N')
    await page.getByRole('heading', { name: 'New destination' }).waitFor()
    const result = page.getByRole('status', { name: 'Result of the test' })
    const check = page.getByRole('button', { name: 'Test', exact: true })
    const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text)

    await fill('Name', 'Second schema')
    await check.click()
    await result.getByText('failed', { exact: true }).waitFor()
    await page.getByText('is required').first().waitFor()
    expect(await page.getByLabel('Host', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    await expectAccessible(page)

    await fill('Host', host)
    await fill('Port', String(port))
    await fill('Database', database)
    await fill('Default schema', 'second')
    await fill('User', user)
    await fill('Password (optional)', 'wrong')
    await check.click()
    await result.getByText(/password/).waitFor()
    await result.getByText('failed', { exact: true }).waitFor()

    await fill('Password (optional)', password?.reveal() ?? '')
    await check.click()
    await result.getByText('succeeded', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Overview', exact: true }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Second schema' }).waitFor()
    await page.waitForURL(/\/destinations\/[0-9a-f-]{36}$/)

    // the secret is kept where it is not replaced
    await page.getByRole('button', { name: 'Replace: Password' }).waitFor()
    await fill('Name', 'Second')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Second', exact: true }).waitFor()
    await check.click()
    await result.getByText('succeeded', { exact: true }).waitFor()

    await page.getByRole('link', { name: 'Connect it' }).click()
    await page.getByRole('heading', { name: 'New connection' }).waitFor()
    const modes = page.getByRole('table', { name: 'Streams' })
    const mode = (stream: string) => modes.getByLabel(`Mode of ${stream}`, { exact: true })
    await mode('accounts').waitFor()
    expect(await mode('accounts').inputValue()).toBe('incremental_deduped_history')
    expect(await mode('transactions').inputValue()).toBe('incremental_deduped_history')
    await page.getByRole('heading', { name: 'The next runs' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Make and sync' }).click()
    await page.waitForURL(/\/jobs\/\d+$/)
    await page
      .getByRole('main')
      .getByText('succeeded', { exact: true })
      .first()
      .waitFor({ timeout: syncMsMax })

    const count = async (schema: string) => {
      const { rows } = await system.warehouse.query<{ n: number }>(
        `select count(*)::int as n from ${schema}.transactions`,
      )
      return rows[0]?.n ?? 0
    }
    expect(await count('second')).toBeGreaterThan(0)
    expect(await count('second')).toBe(await count('airbyte_plaid'))
  }, 240_000)

  test('a connection is made like another, which says whose tables it would write', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/connections')
    const { page } = app
    const modelOf = async (name: string) => {
      const all = await system.airbyte.list<Record<string, unknown>>('/connections')
      const { schedule, configurations, namespaceDefinition, prefix } =
        all.find((one) => one['name'] === name) ?? {}
      return { schedule, configurations, namespaceDefinition, prefix }
    }
    await page.getByRole('button', { name: 'Actions for Plaid to warehouse' }).click()
    await page.getByRole('menuitem', { name: 'Duplicate' }).click()
    await page.getByRole('heading', { name: 'Duplicate a connection' }).waitFor()
    const name = page.getByLabel('Name of the connection', { exact: true })
    await name.waitFor()
    expect(await name.inputValue()).toBe('Plaid to warehouse, copy')
    const shared = page.getByRole('status').filter({ hasText: 'Plaid to warehouse writes' })
    await shared.getByText(/writes .*transactions.* too:/).waitFor()
    await expectAccessible(page)
    await page.getByLabel('Prefix of tables', { exact: true }).fill('copy_')
    await shared.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Make, and wait for its schedule' }).click()
    await page.getByRole('heading', { name: 'Plaid to warehouse, copy' }).waitFor()
    const model = await modelOf('Plaid to warehouse')
    expect(await modelOf('Plaid to warehouse, copy')).toEqual({ ...model, prefix: 'copy_' })
    await page.getByText('never run').first().waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1)
    await system.airbyte.publicApi('DELETE', `/connections/${id}`)
  })

  test('a copy asks for its secret again; deleting says which connections go', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/workspaces/any/destination') // as an Airbyte's own pages are linked to
    const { page } = app
    await page.getByRole('link', { name: 'Warehouse' }).click()
    await page.getByRole('button', { name: 'Duplicate' }).click()
    await page.getByRole('heading', { name: 'New destination' }).waitFor()
    await page.getByLabel('Name', { exact: true }).waitFor()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Warehouse, copy')
    expect(await page.getByLabel('Password (optional)').inputValue()).toBe('')

    await app.visit('/actors')
    await page.getByRole('button', { name: 'Actions for Second' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Plaid to Second').waitFor()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Delete the destination' }).click()
    const names = async () =>
      (await system.airbyte.list<{ name: string }>('/connections')).map(({ name }) => name)
    await expect.poll(names).toEqual(['Plaid to warehouse'])
    await page.getByRole('link', { name: 'Second', exact: true }).waitFor({ state: 'detached' })
  })

  test(
    'what runs after each sync is chosen by its name, and its failure is shown with the job',
    async () => {
      await using app = await openApp(browser, system)
      await app.visit('/connections')
      const { page } = app
      await page.getByRole('link', { name: 'Plaid to warehouse' }).click()
      const parts = page.getByRole('navigation', { name: 'Parts of the connection' })
      await parts.getByRole('link', { name: 'Settings' }).click()
      const step = page.getByLabel('After each sync', { exact: true })
      const save = page.getByRole('button', { name: 'Save the settings' })
      await step.fill('tell')
      await save.click()
      await page.getByText('The settings are saved').first().waitFor()
      await expectAccessible(page)
      await system.tartan('sync')
      const [last] = (
        await system.airbyte.publicApi<{ data: { jobId: number }[] }>(
          'GET',
          `/jobs?limit=1&orderBy=${encodeURIComponent('createdAt|DESC')}`,
        )
      ).data
      await app.visit(`/jobs/${last?.jobId}`)
      const main = page.getByRole('main')
      await main.getByText('succeeded', { exact: true }).first().waitFor()
      await main.getByText('it ended with exit code 3', { exact: true }).waitFor()
      await page.getByRole('log', { name: 'Log' }).getByText('tell: I see').waitFor()
      await expectAccessible(page)
    },
    syncMsMax,
  )

  test('a form sends what was changed in it; the rest is as somebody else made it meanwhile', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    const [connection] = await system.airbyte.list<{ connectionId: string; destinationId: string }>(
      '/connections',
    )
    const { connectionId, destinationId } = connection ?? {}
    const path = `/connections/${connectionId}`
    const now = (of: string) => system.airbyte.publicApi<object>('GET', of)
    const elsewhere = (of: string, body: object) => system.airbyte.publicApi('PATCH', of, body)

    await app.visit(`${path}?tab=settings`)
    const name = page.getByLabel('Name', { exact: true })
    await name.fill('Renamed')
    const rest = { status: 'inactive', nonBreakingSchemaUpdatesBehavior: 'ignore' }
    await elsewhere(path, rest)
    await expect.poll(() => page.getByLabel('It runs by its schedule').isChecked()).toBe(false)
    const sent: unknown[] = []
    page.on('request', (asked) => {
      if (asked.method() === 'PATCH') sent.push(asked.postDataJSON())
    })
    const save = page.getByRole('button', { name: 'Save the settings' })
    await save.dblclick()
    await page.getByText('The settings are saved').first().waitFor()
    expect(await now(path)).toMatchObject({ name: 'Renamed', ...rest })

    await app.visit(`${path}?tab=schedule`)
    await page.getByLabel('It follows its source').check()
    const schedule = { scheduleType: 'cron', cronExpression: '0 0 3 * * ?' }
    await elsewhere(path, { schedule })
    await page.getByLabel('Cron expression', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Save the schedule' }).click()
    await page.getByText('The schedule is saved').first().waitFor()
    expect(await now(path)).toMatchObject({ followsSource: true, schedule })

    const at = `/destinations/${destinationId}`
    await app.visit(at)
    // what is not given is shown as what it is to the connector
    await page.getByText('Optional', { exact: true }).click()
    const deletions = page.getByLabel('Deletions (optional)')
    await deletions.getByText('not set: Hard delete').waitFor({ state: 'attached' })
    const schema = page.getByLabel('Internal schema (optional)')
    expect(await schema.getAttribute('placeholder')).toBe('airbyte_internal')
    await name.fill('Warehouse, renamed')
    const configuration = { cdc_deletion_mode: 'Soft delete' }
    await elsewhere(at, { configuration })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Warehouse, renamed' }).waitFor()
    expect(await now(at)).toMatchObject({ name: 'Warehouse, renamed', configuration })
    await app.visit('/jobs/abc')
    await page.getByRole('heading', { name: 'No such page' }).waitFor()
    expect(sent).toEqual([
      { name: 'Renamed' },
      { followsSource: true },
      { name: 'Warehouse, renamed' },
    ])
  })
})
