// The pictures of docs/web.md, made of the emulated world. `TARTAN_PICTURES=docs/pictures` writes
// them where the page finds them; without it they are made and looked at all the same.
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSystem, type System } from '../support/system.ts'
import { describeInBrowser, openApp } from '../support/web-page.ts'

const bytesMax = 150_000
const startMsMax = 300_000

interface Picture {
  path: string
  width?: number
  dark?: boolean
  first?: (page: Page) => Promise<void>
}

const pictures: Record<string, Picture> = {
  overview: { path: '/' },
  'overview-dark': { path: '/', dark: true },
  'overview-phone': { path: '/', width: 360 },
  banks: { path: '/banks' },
  bank: {
    path: '/banks',
    first: async (page) => {
      await page.getByRole('link', { name: 'First Gingham Credit Union' }).click()
      await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    },
  },
  connection: {
    path: '/connections',
    first: async (page) => {
      await page.getByRole('link', { name: 'Plaid to warehouse' }).click()
      await page.getByRole('heading', { name: 'Plaid to warehouse' }).waitFor()
    },
  },
  job: { path: '/jobs/1' },
  table: { path: '/data/airbyte_plaid/accounts' },
  money: { path: '/money' },
  'money-flow': {
    path: '/money?tab=flow',
    first: async (page) => {
      await page.getByRole('list', { name: 'Went out' }).waitFor()
    },
  },
  sql: {
    path: '/data/sql',
    dark: true,
    first: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await page.getByRole('grid', { name: 'Result' }).waitFor()
    },
  },
  verify: {
    path: '/verify',
    first: async (page) => {
      await page.getByRole('button', { name: 'Verify now' }).first().click()
      await page.getByRole('main').getByText('equal').first().waitFor()
    },
  },
  settings: {
    path: '/settings',
    first: async (page) => {
      await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    },
  },
  world: {
    path: '/world',
    first: async (page) => {
      await page.getByRole('button', { name: 'Let a month pass' }).click()
      await page.getByText(/Job \d+ succeeded/).waitFor()
    },
  },
}

describeInBrowser('the pictures of the page', (browser) => {
  let system: System
  let folder: string

  beforeAll(async () => {
    const wanted = process.env['TARTAN_PICTURES']
    folder =
      wanted === undefined ? await mkdtemp(join(tmpdir(), 'tartan pictures ')) : resolve(wanted)
    await mkdir(folder, { recursive: true })
    system = await startSystem()
  }, startMsMax)
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]()
    if (process.env['TARTAN_PICTURES'] === undefined) await rm(folder, { recursive: true })
  })

  test.each(Object.entries(pictures))('%s is small, and named there', async (name, picture) => {
    await using app = await openApp(browser, system, picture)
    await app.visit(picture.path)
    await picture.first?.(app.page)
    const loading = app.page.getByRole('status', { name: 'loading' })
    await expect.poll(() => loading.count()).toBe(0)
    const path = join(folder, `${name}.png`)
    await app.page.screenshot({ path, animations: 'disabled' })
    expect((await stat(path)).size).toBeLessThan(bytesMax)
    const page = await readFile(resolve(import.meta.dirname, '../../docs/web.md'), 'utf8')
    expect(page).toContain(`(pictures/${name}.png)`)
  })
})
