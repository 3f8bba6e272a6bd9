// What changes is on the screen within a second, and asked for only where it changes; what stands
// there while a service is silent says how old it is, and is true again by itself.
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { readStatus } from '../../src/server/supervisor/status.ts'
import { monotonicMs, systemClock } from '../../src/std/clock.ts'
import { startSystem, type System } from '../support/system.ts'
import { type AppPage, describeInBrowser, openApp } from '../support/web-page.ts'

const idleMs = 6_000
const secondMs = 1_000
const linesMany = 100_000

describeInBrowser('the web app, live', (browser) => {
  let system: System
  const startMsMax = 300_000

  beforeAll(async () => {
    system = await startSystem()
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  function pidOf(name: string): number {
    const { processes } = readStatus(system.settings.dataFolder)!
    return processes.find((one) => one.name === name)!.identity!.pid
  }

  /** Frozen until it is disposed of. */
  function freeze(name: string) {
    const pid = pidOf(name)
    process.kill(pid, 'SIGSTOP')
    return { [Symbol.dispose]: () => process.kill(pid, 'SIGCONT') }
  }

  test('nothing is asked for as long as nothing happens, and what happens is shown within a second', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/')
    const asked = await whenQuiet(app)
    await systemClock.sleep(idleMs)
    expect(asked()).toEqual([])
    const { rows } = await system.store.query<{ item_id: string }>(
      `update plaid.item set status = 'needs_user', error_code = 'ITEM_LOGIN_REQUIRED'
       where item_id = (select min(item_id) from plaid.item) returning item_id`,
    )
    const began = monotonicMs()
    await app.page.getByRole('heading', { name: /Two of three banks are fresh/ }).waitFor()
    expect(monotonicMs() - began).toBeLessThan(secondMs)
    await system.store.query(
      `update plaid.item set status = 'healthy', error_code = null where item_id = $1`,
      [rows[0]?.item_id],
    )
    await app.page.getByRole('heading', { name: 'All three banks are fresh.' }).waitFor()
  })

  test('a job that runs is watched without being asked for, and its log is followed', async () => {
    await using app = await openApp(browser, system)
    const { connectionId } = (
      await system.airbyte.list<{ connectionId: string }>('/connections')
    )[0]!
    const { jobId } = await system.airbyte.publicApi<{ jobId: number }>('POST', '/jobs', {
      connectionId,
      jobType: 'sync',
    })
    await app.visit(`/jobs/${jobId}`)
    const asked = requestsOf(app.page)
    await log(app).getByText('the sync is done').waitFor()
    await app.page.getByRole('main').getByText('succeeded', { exact: true }).first().waitFor()
    const whole = asked().filter((path) => path.endsWith('/jobs/get'))
    expect(whole).toEqual([])
    expect(asked().filter((path) => path.endsWith('get_without_logs')).length).toBeLessThan(8)
  })

  test.each(['server', 'plaid-api', 'web'])(
    'while %s is frozen the page says since when, and comes back by itself',
    async (name) => {
      await using app = await openApp(browser, system, { silent: true })
      await app.visit('/banks')
      const { page } = app
      const silences = page.getByRole('status', { name: 'what is not heard' })
      {
        using _ = freeze(name)
        await silences.getByText(/What it told is from/).waitFor()
        await page.getByRole('table', { name: 'Banks' }).getByText('First Platypus Bank').waitFor()
      }
      await silences.getByText(/What it told is from/).waitFor({ state: 'detached' })
      await page.getByRole('table', { name: 'Banks' }).getByText('First Platypus Bank').waitFor()
    },
  )

  test('what changed while nobody could tell it is there when it can be told again', async () => {
    await using app = await openApp(browser, system, { silent: true })
    await app.visit('/connections')
    const { page } = app
    const silences = page.getByRole('status', { name: 'what is not heard' })
    const rename = (from: string, to: string) =>
      system.store.query('update engine.connection set name = $2 where name = $1', [from, to])
    {
      using _ = freeze('web')
      await silences.getByText(/Tartan does not answer/).waitFor()
      await rename('Plaid to warehouse', 'Another name')
    }
    await page.getByRole('link', { name: 'Another name' }).waitFor()
    process.kill(pidOf('server'), 'SIGKILL')
    await rename('Another name', 'Plaid to warehouse')
    await page.getByRole('link', { name: 'Plaid to warehouse' }).waitFor()
    await silences.getByText(/engine/).waitFor({ state: 'detached' })
  })

  test('what a service writes is shown as it writes it', async () => {
    await using app = await openApp(browser, system)
    const file = join(system.settings.dataFolder, 'logs', 'server.log')
    await appendFile(file, 'a line of before\n')
    await app.visit('/system?service=server')
    const lines = app.page.getByRole('log', { name: 'Log of server' })
    await lines.getByText('a line of before').waitFor()
    await appendFile(file, 'a line \u001b[31mof now\u001b[0m\n')
    await lines.getByText('a line of now').waitFor()
  })

  test(
    'rows that a sync brings are told while their table is looked at, and shown on a press',
    async () => {
      await using app = await openApp(browser, system)
      const { page } = app
      await app.visit('/data/airbyte_plaid/transactions')
      const rows = page.getByRole('grid', { name: 'Rows of transactions' })
      await rows.getByRole('row').nth(2).waitFor()
      const { rows: items } = await system.store.query<{ id: string }>(
        'select item_id as id from plaid.item order by item_id limit 1',
      )
      for (const name of ['Told One', 'Told Two']) {
        await system.emulator({ add_transaction: { item_id: items[0]?.id, name, amount: 5 } })
      }
      await system.tartan('plaid-sync')
      await system.tartan('sync')
      const chip = page.getByRole('button', { name: /^\d+ new rows?/ })
      await chip.waitFor()
      const { rows: told } = await system.warehouse.query<{ id: string }>(
        `select transaction_id as id from airbyte_plaid.transactions where name like 'Told%'`,
      )
      expect(told.length).toBeGreaterThanOrEqual(2)
      await chip.click()
      for (const { id } of told) await rows.getByText(id).waitFor()
      await chip.waitFor({ state: 'detached' })
      await page.goBack()
      await rows.getByRole('row').nth(2).waitFor()
      expect(page.url()).not.toContain('sort=')
    },
    startMsMax,
  )

  test('the banks’ clock is shown as it is moved elsewhere', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/jobs')
    await app.page.getByText('bank clock 15 Mar 2026').waitFor()
    await system.emulator({ advance: '1d' })
    await app.page.getByText('bank clock 16 Mar 2026').waitFor()
  })

  test('the emulator’s own page is opened without its token', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/world')
    const opened = app.page.context().waitForEvent('page')
    await app.page.getByRole('button', { name: 'The emulator’s own page' }).click()
    const page = await opened
    await page.getByRole('heading', { name: 'Emulated Plaid' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    expect(new URL(page.url()).hash).toBe('')
  })

  test('two tabs share one stream', async () => {
    await using app = await openApp(browser, system)
    await app.visit('/banks')
    const other = await app.page.context().newPage()
    const streams: string[] = []
    other.on('request', (request) => streams.push(new URL(request.url()).pathname))
    await other.goto(app.page.url())
    await other.getByRole('table', { name: 'Banks' }).getByText('First Platypus Bank').waitFor()
    await system.store.query(`update plaid.item set status = 'error' where item_id =
      (select item_id from plaid.item where institution_name = 'First Platypus Bank')`)
    await other.getByRole('table', { name: 'Banks' }).getByText('retrying').waitFor()
    await system.store.query(`update plaid.item set status = 'healthy' where status = 'error'`)
    await other
      .getByRole('table', { name: 'Banks' })
      .getByText('retrying')
      .waitFor({ state: 'detached' })
    expect(streams.filter((path) => path === '/web/events')).toEqual([])
    await app.page.close()
    await expect.poll(() => streams).toContain('/web/events')
    await other.close()
  })

  test('a log of a hundred thousand lines is read, scrolled and searched, and the tab never stands', async () => {
    await system.store.query(
      `insert into engine.attempt_log (attempt_id, number, line)
       select attempt.id, n, case when n % 1000 = 0
         then '2026-03-15 12:00:00 destination WARN landmark ' || n
         else '2026-03-15 12:00:00 source INFO page ' || n || repeat(' of the log', 20) end
       from (select min(id) as id from engine.attempt) attempt,
            generate_series(200, $1::int - 1) n`,
      [linesMany],
    )
    await using app = await openApp(browser, system)
    const { page } = app
    await page.addInitScript(() => {
      const longest = { ms: 0 }
      Object.assign(globalThis, { longest })
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest.ms = Math.max(longest.ms, duration)
      }).observe({ entryTypes: ['longtask' as never] })
    })
    await app.visit('/jobs/1')
    const lines = log(app)
    await lines.getByText(/^page 99999 /).waitFor()
    for (let i = 0; i < 12; i++) {
      const first = await topLine(app)
      const up = async () => {
        await lines.evaluate((element) => element.scrollTo({ top: 0 }))
        return topLine(app)
      }
      await expect.poll(up).toBeLessThan(first - 300)
    }
    expect(await lines.getByRole('button').count()).toBeLessThan(200)
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('landmark 5')
    await page.keyboard.press('Enter')
    await lines.getByText('landmark 5000', { exact: true }).waitFor()
    expect(page.url()).toContain('line=5001')
    await page.getByRole('button', { name: 'Next' }).click()
    await lines.getByText('landmark 50000', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Previous' }).click()
    await lines.getByText('landmark 5000', { exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'Level' }).selectOption('WARN')
    await lines.getByText('landmark 4000', { exact: true }).waitFor()
    await app.visit('/jobs/1?line=70001')
    await lines.getByText('landmark 70000', { exact: true }).waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    expect((await download).suggestedFilename()).toBe('job-1-attempt-1.log')
    const longest = await page.evaluate(() => (globalThis as never as Longest).longest.ms)
    expect(longest).toBeLessThan(secondMs)
  })
})

interface Longest {
  longest: { ms: number }
}

function log({ page }: AppPage) {
  return page.getByRole('log', { name: 'Log' })
}

/** The number of the first line that is in the document. */
async function topLine(app: AppPage): Promise<number> {
  return Number(await log(app).getByRole('button').first().innerText())
}

/** What is asked of the server from now on. */
function requestsOf(page: Page): () => string[] {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  return () => asked
}

/** From when everything has been answered. */
async function whenQuiet({ page }: AppPage): Promise<() => string[]> {
  await page.waitForLoadState('load')
  const open = new Set<unknown>()
  page.on('request', (request) => {
    if (!request.url().endsWith('/web/events')) open.add(request)
  })
  page.on('requestfinished', (request) => open.delete(request))
  await systemClock.sleep(secondMs)
  await expect.poll(() => open.size).toBe(0)
  return requestsOf(page)
}
