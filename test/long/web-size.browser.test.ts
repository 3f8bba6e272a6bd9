// A thousand banks, three hundred thousand jobs, a hundred thousand rows: what a page asks for and
// what it puts into the document stays the same. Counted here; times are told, not judged.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStatus } from '../../src/server/supervisor/status.ts'
import { large, makeLarge } from '../support/large-world.ts'
import { startSystem, type System } from '../support/system.ts'
import { describeInBrowser, openApp } from '../support/web-page.ts'

const startMsMax = 300_000
const kB = 1_000
const elementsMax = 1_500
const requestsMax = 30
const answerBytesMax = 100 * kB

describeInBrowser('after years', (browser) => {
  let system: System

  beforeAll(async () => {
    system = await startSystem()
    await makeLarge(system)
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test.each([
    '/',
    '/banks',
    '/banks/bank7',
    '/connections',
    '/jobs',
    '/jobs?page=9000',
    '/jobs?status=failed',
    '/jobs/150000',
    '/data',
    '/data/airbyte_plaid/transactions?sort=-name',
    '/money',
    '/verify',
    '/webhooks',
    '/world',
    '/system',
  ])('%s opens with few requests and few elements', async (path) => {
    await using app = await openApp(browser, system)
    const { page } = app
    await page.addInitScript(longTasks)
    const answers: Promise<number>[] = []
    page.on('response', (answer) => {
      if (!answer.url().includes('/web/') || answer.url().endsWith('/web/events')) return
      answers.push(
        answer.body().then(
          (body) => body.length,
          () => 0,
        ),
      )
    })
    await app.visit(path)
    const sizes = await Promise.all(answers)
    const elements = await page.locator('*').count()
    tell(path, {
      elements,
      requests: sizes.length,
      'largest answer, kB': Math.round(Math.max(...sizes) / kB),
      'long tasks, ms': await page.evaluate('longTasks'),
    })
    expect(elements).toBeLessThan(elementsMax)
    expect(sizes.length).toBeGreaterThan(2)
    expect(sizes.length).toBeLessThan(requestsMax)
    expect(Math.max(...sizes)).toBeLessThan(answerBytesMax)
  })

  test('a table of a hundred thousand rows is scrolled on and on', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    await page.addInitScript(longTasks)
    await app.visit('/data/airbyte_plaid/transactions?column=name&op=contains&value=Number')
    const grid = page.getByRole('grid', { name: 'Rows of transactions' })
    await grid.getByRole('row').nth(5).waitFor()
    const shown = page.getByRole('status').filter({ hasText: 'rows here' })
    for (const rows of ['260', '460', '660', '860', '1,060']) {
      await grid.evaluate((one) => one.scrollTo({ top: 1e9 }))
      await shown.getByText(new RegExp(`^${rows} rows here`)).waitFor()
    }
    expect(await grid.getByRole('row').count()).toBeLessThan(60)
    expect(await page.locator('*').count()).toBeLessThan(elementsMax)
    tell('scrolling', { 'long tasks, ms': await page.evaluate('longTasks') })
  })

  test('banks are found, shown in parts, and counted with their accounts', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    await app.visit('/banks')
    const table = page.getByRole('table', { name: 'Banks' })
    const rows = table.getByRole('row')
    const before = await rows.count()
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => rows.count()).toBeGreaterThan(before)
    await page.getByRole('combobox', { name: 'Status' }).selectOption('wants')
    await rows.nth(1).getByText('log in').waitFor()
    await page.getByRole('combobox', { name: 'Status' }).selectOption('')
    await page.getByRole('searchbox', { name: 'Filter banks' }).fill('number 777')
    await expect.poll(() => rows.count()).toBe(2)
    await rows.nth(1).getByText(String(large.accountsOfBank), { exact: true }).waitFor()
  })

  test('one of a thousand banks, one of three thousand accounts is found by typing', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    await app.visit('/world')
    await page.getByRole('combobox', { name: 'Bank' }).fill('number 77')
    await page.getByRole('option', { name: 'Bank number 770' }).waitFor()
    await page.keyboard.type('7')
    await page.getByRole('option', { name: 'Bank number 770' }).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    const chosen = page.getByRole('combobox', { name: 'Bank' })
    await expect.poll(() => chosen.inputValue()).toBe('Bank number 777')
    await app.visit('/money')
    await page.getByRole('combobox', { name: 'Account' }).fill('account777-2')
    await expect.poll(() => page.getByRole('option').count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.waitForURL(/account=account777-2/)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Where to' }).fill('number 999')
    await page.getByRole('option', { name: 'Bank number 999' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Bank number 999' }).waitFor()
  })

  test('the first visit asks for little, and the web process stays small', async () => {
    await using app = await openApp(browser, system)
    const { page } = app
    await page.addInitScript(paints)
    await app.visit('/')
    const files = await page.evaluate<{ name: string; bytes: number }[]>(
      `performance.getEntriesByType('resource')
         .filter(({ name }) => !name.includes('/web/'))
         .map(({ name, encodedBodySize }) => ({ name, bytes: encodedBodySize }))`,
    )
    const bytesOf = (ending: string) =>
      files.filter(({ name }) => name.endsWith(ending)).reduce((sum, { bytes }) => sum + bytes, 0)
    const rss = await rssOf(system, 'web')
    tell('the first visit', {
      files: files.length,
      'scripts, kB': Math.round(bytesOf('.js') / kB),
      'styles, kB': Math.round(bytesOf('.css') / kB),
      'fonts, kB': Math.round(bytesOf('.woff2') / kB),
      'largest contentful paint, ms': await page.evaluate('largestPaint'),
      'memory of the web process, MB': Math.round(rss / kB / kB),
    })
    expect(bytesOf('.js')).toBeGreaterThan(100 * kB)
    expect(bytesOf('.js')).toBeLessThan(220 * kB)
    expect(bytesOf('.css')).toBeLessThan(20 * kB)
    expect(bytesOf('.woff2')).toBeLessThan(55 * kB)
    expect(rss).toBeLessThan(300 * kB * kB)
  })
})

const longTasks = `
  globalThis.longTasks = []
  new PerformanceObserver((list) => {
    longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))
  }).observe({ type: 'longtask', buffered: true })
`

const paints = `
  globalThis.largestPaint = 0
  new PerformanceObserver((list) => {
    largestPaint = Math.round(list.getEntries().at(-1).startTime)
  }).observe({ type: 'largest-contentful-paint', buffered: true })
`

/** Resident, in bytes. */
async function rssOf({ settings }: System, name: string): Promise<number> {
  const process = readStatus(settings.dataFolder)?.processes.find((one) => one.name === name)
  const text = await readFile(`/proc/${process?.identity?.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1]) * 1_024
}

/** For whoever reads the run. */
function tell(what: string, figures: Record<string, unknown>): void {
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`)
}
