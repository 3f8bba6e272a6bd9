// The web app of a running system in a real browser. Whatever a page must not do fails the test
// that opened it: an error in the console, an uncaught one, a breach of the content security
// policy, a dialog, a request to anywhere else.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFailed } from 'vitest'
import { buildFolder } from '../../src/web-server/build.ts'
import type { System } from './system.ts'

export {
  describeInBrowser,
  expectAccessible,
  expectNoSideScroll,
  typeInFocus,
} from '../../packages/plaid-emulator/test/support/browser.ts'

export interface AppPage extends AsyncDisposable {
  page: Page
  /** Goes to a path and waits until its heading is there and nothing loads any more. */
  visit(path: string): Promise<void>
  /** Shows the page that is there on another screen, and waits for as much. */
  look(screen: Look): Promise<void>
}

interface Look {
  width: number
  dark?: boolean
}

interface Screen extends Partial<Look> {
  /** Where a proxy offers the app: without a slash at its end. */
  at?: string
  /** Services fall silent under the page: that what it asks of them fails is no fault of it. */
  silent?: boolean
}

const height = 860
const project = resolve(import.meta.dirname, '../..')

export async function openApp(
  browser: Browser,
  system: System,
  screen: Screen = {},
): Promise<AppPage> {
  const { width = 1_280, dark = false, silent = false } = screen
  const { at = `http://localhost:${system.settings.options.webPort}` } = screen
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() !== 'error' || (silent && text.startsWith('Failed to load'))) return
    faults.push(text)
  })
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${at}/`)) faults.push(`asked ${request.url()}`)
  })
  const settled = async () => {
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByRole('status', { name: 'loading' }).first().waitFor({ state: 'detached' })
  }
  return {
    page,
    look: async (other) => {
      await page.setViewportSize({ width: other.width, height })
      await page.emulateMedia({ colorScheme: other.dark ? 'dark' : 'light' })
      await settled()
    },
    visit: async (path) => {
      await page.goto(`${at}${path}`)
      await settled()
    },
    [Symbol.asyncDispose]: async () => {
      const text = await page.locator('body').innerText().catch(String) // or that it is closed
      onTestFailed(() => void process.stderr.write(`${page.url()} shows:\n${text}\n`))
      await context.close()
      expect(faults).toEqual([])
    },
  }
}

export interface BuiltFile {
  file: string
  css?: string[]
  assets?: string[]
  imports?: string[]
  isEntry?: boolean
}

/** What Vite says of the build, and a reader of its files. */
export async function builtFiles() {
  const folder = await buildFolder(project)
  const text = await readFile(join(folder, '.vite/manifest.json'), 'utf8')
  const manifest = JSON.parse(text) as Record<string, BuiltFile>
  return { manifest, read: (file: string) => readFile(join(folder, file)) }
}
