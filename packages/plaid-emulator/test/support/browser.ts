// A real headless Chromium for tests of pages: CHROMIUM_PATH, else Debian's, else the one that the
// package @sparticuz/chromium carries, unpacked once beside node_modules with the libraries and the
// font that a bare Debian lacks. Where none can run the tests say that they were skipped; under CI
// that is a failure.
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, describe, expect } from 'vitest'

const run = promisify(execFile)
/** A page that does not answer by then never will. */
const answerMsMax = 20_000

/**
 * A describe block whose tests get a browser. A machine that is busy may stall it for longer than
 * anybody waits: what fails twice is ours, and what failed once is told.
 */
export function describeInBrowser(title: string, tests: (browser: Browser) => void): void {
  describe.runIf(launched !== undefined)(title, { retry: 1 }, () => {
    if (launched !== undefined) tests(launched)
  })
}

afterAll(() => launched?.close())

const launched = await launch()

async function launch(): Promise<Browser | undefined> {
  try {
    return await chromium.launch({ args: ['--disable-gpu'], ...(await findChromium()) })
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    process.stderr.write(`The tests in a browser are skipped: ${String(error).split('\n')[0]}\n`)
    return undefined
  }
}

interface Found {
  executablePath: string
  env?: Record<string, string>
}

async function findChromium(): Promise<Found> {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined) return { executablePath: named }
  for (const executablePath of ['/usr/bin/chromium', '/usr/bin/chromium-browser']) {
    if (await isThere(executablePath)) return { executablePath }
  }
  return packagedChromium()
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function packagedChromium(): Promise<Found> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('set CHROMIUM_PATH: the packaged Chromium is for Linux on x64')
  }
  const cache = resolve(import.meta.dirname, '../../../../node_modules/.cache')
  const folder = join(cache, 'chromium-153.0.0')
  if (!(await isThere(folder))) await unpack(cache, folder)
  const env = {
    ...(process.env as Record<string, string>),
    LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  }
  return { executablePath: join(folder, 'chromium'), env }
}

/** Into a folder of its own, which then takes its name: two workers may do this at once. */
async function unpack(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const partial = await mkdtemp(join(cache, 'chromium-partial-'))
  const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../bin')
  const archives = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br'].map((name) => join(bin, name))
  const script =
    `import { inflate } from '@sparticuz/chromium'\n` +
    `await Promise.all(${JSON.stringify(archives)}.map((file) => inflate(file)))`
  const options = { cwd: import.meta.dirname, env: { ...process.env, TMPDIR: partial } }
  await run(process.execPath, ['--input-type=module', '--eval', script], options)
  await writeFile(
    join(partial, 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir>
<cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`,
  )
  try {
    await rename(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true })
    if (!(await isThere(folder))) throw error
  }
}

export interface Screen {
  width?: number
  height?: number
  dark?: boolean
}

/** A page with cookies and storage of its own; a fault in a script of its fails the test. */
export async function openPage(
  browser: Browser,
  { width = 1_000, height = 800, dark = false }: Screen = {},
): Promise<Page & AsyncDisposable> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  })
  context.setDefaultTimeout(answerMsMax)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    // a page that refuses something says so with its status, which is no fault of the page
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) {
      faults.push(message.text())
    }
  })
  return Object.assign(page, {
    [Symbol.asyncDispose]: async () => {
      await context.close()
      expect(faults).toEqual([])
    },
  })
}

/**
 * What appears is looked at when it is there: a text that fades in has no contrast yet. An element
 * that has just come begins to fade a frame later, and one animation may start another: so a frame
 * first, and again until none runs.
 */
const appeared = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const running = () => document.getAnimations()
    .filter(({ effect, playState }) =>
      playState === 'running' && effect?.getComputedTiming().endTime !== Infinity)
  for (let quiet = 0; quiet < 2; ) {
    await frame()
    const animations = running()
    quiet = animations.length === 0 ? quiet + 1 : 0
    await Promise.allSettled(animations.map(({ finished }) => finished))
  }
})()`

/** No serious or critical fault that axe can find, in the page or its frames; `rules`: by these. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  for (const frame of page.frames()) {
    await frame.evaluate(appeared)
    if (!(await frame.evaluate('"axe" in globalThis'))) await frame.evaluate(axe.source)
    const found = await frame.evaluate(async (runOnly) => {
      const { run } = (globalThis as unknown as { axe: typeof axe }).axe
      const { violations } = await run(runOnly === undefined ? {} : { runOnly })
      return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html }))
    }, rules)
    const grave = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(grave, await page.title()).toEqual([])
  }
}

/** The page fits the width of the screen. */
export async function expectNoSideScroll(page: Page): Promise<void> {
  const over = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(over, await page.title()).toBe(0)
}

/** Types where the page itself has put the focus, which comes some time after what it shows. */
export async function typeInFocus(page: Page, label: string, text: string): Promise<void> {
  await page.getByLabel(label).and(page.locator(':focus')).waitFor()
  await page.keyboard.type(text)
}

/** Presses Tab until the focus is on what has this name, as somebody does who has no mouse. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const target = page.getByRole('main').or(page.getByRole('banner'))
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const focused = target.locator(':focus')
    if ((await focused.count()) === 0) continue
    const label = await focused.evaluate(
      (
        element: { labels?: { textContent: string }[] | null } & {
          getAttribute(name: string): string | null
          textContent: string | null
        },
      ) =>
        [
          element.getAttribute('aria-label'),
          element.labels?.[0]?.textContent,
          element.textContent,
        ].join(' '),
    )
    if (typeof name === 'string' ? label.includes(name) : name.test(label)) return
  }
  throw new Error(`nothing called ${String(name)} can be reached with Tab`)
}
