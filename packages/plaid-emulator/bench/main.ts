// `./tartan bench emulator`: what the emulated Plaid costs, as a process of its own that is asked
// over HTTP: how soon each world answers and how much memory it takes, and what a page of
// /transactions/sync costs at the beginning, in the middle and at the end of a very large Item.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { emulatorTable } from '../src/options.ts'
import { monotonicMs } from '../../../src/std/clock.ts'
import { freePort } from '../../../test/support/postgres.ts'
import { table } from '../../../bench/report.ts'

const PAGE_ROWS = 500
/** Pages of one window; the figures are of a window, not of one page. */
const WINDOW_PAGES = 400
const rows = Number(process.argv[2] ?? 10_000_000)
/** Linux counts a process's time in these. */
const TICK_MS = 10
const startMsMax = 20_000
const lookMs = 5

const main = resolve(import.meta.dirname, '../src/main.ts')
const say = (text: string) => process.stdout.write(`${text}\n`)

interface WorldFigures {
  world: string
  startMs: number
  idleMb: number
  itemMb: number
}

interface WindowFigures {
  where: string
  pagesPerSecond: number
  cpuMsPerPage: number
}

class Emulator {
  readonly startMs: number
  readonly #child: ChildProcess
  readonly #url: string

  private constructor(child: ChildProcess, url: string, startMs: number) {
    this.#child = child
    this.#url = url
    this.startMs = startMs
  }

  /** Resolves when it has answered its first request. */
  static async start(...flags: string[]): Promise<Emulator> {
    const port = String(await freePort())
    const from = monotonicMs()
    const node = ['--disable-warning=ExperimentalWarning', main]
    const child = spawn(process.execPath, [...node, '--port', port, ...flags], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, TARTAN_LOG_LEVEL: 'error' },
    })
    const url = `http://127.0.0.1:${port}`
    for (;;) {
      try {
        await fetch(url)
        return new Emulator(child, url, monotonicMs() - from)
      } catch (error) {
        if (child.exitCode !== null || monotonicMs() - from > startMsMax) throw error
        await setTimeout(lookMs)
      }
    }
  }

  async text(path: string, body: object): Promise<string> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'plaid-client-id': 'bench',
        'plaid-secret': 'bench',
      },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${text}`)
    return text
  }

  async link(username: string): Promise<string> {
    const created = await this.text('/sandbox/public_token/create', {
      institution_id: 'ins_109508',
      initial_products: ['transactions'],
      options: { override_username: username, transactions: { days_requested: 730 } },
    })
    const { public_token } = JSON.parse(created) as { public_token: string }
    const exchanged = await this.text('/item/public_token/exchange', { public_token })
    return (JSON.parse(exchanged) as { access_token: string }).access_token
  }

  /** The kernel's own high-water mark. */
  peakMb(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024)
  }

  /** Its time on a processor so far, its threads' too. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }
}

/** One page; what is read of it is how it goes on, as the text may be large. */
async function page(emulator: Emulator, access_token: string, cursor: string) {
  const text = await emulator.text('/transactions/sync', { access_token, cursor, count: PAGE_ROWS })
  return {
    cursor: /"next_cursor":"([^"]*)"/.exec(text)?.[1] ?? '',
    more: /"has_more":true/.test(text),
  }
}

/** Each world, and the large one at both of its ends. */
const WORLDS: Readonly<Record<string, string[]>> = {
  ...Object.fromEntries(emulatorTable.world.choices.map((world) => [world, ['--world', world]])),
  'scale: 100,000 Items': ['--world', 'scale', '--scale-items', '100000'],
  'scale: an Item of 50 M rows': ['--world', 'scale', '--scale-transactions', '50000000'],
}

async function measureWorld(world: string, flags: string[]): Promise<WorldFigures> {
  await using emulator = await Emulator.start(...flags)
  const { startMs } = emulator
  const idleMb = emulator.peakMb()
  const token = await emulator.link('user_good')
  for (let at = { cursor: '', more: true }; at.more;) at = await page(emulator, token, at.cursor)
  return { world, startMs: Math.round(startMs), idleMb, itemMb: emulator.peakMb() }
}

async function measureLargeItem(): Promise<{ windows: WindowFigures[]; peakMb: number }> {
  await using emulator = await Emulator.start()
  const token = await emulator.link(`user_scale_${rows}`)
  const pages = Math.ceil(rows / PAGE_ROWS)
  const starts: Record<number, string> = {
    0: 'the beginning',
    [Math.floor((pages - WINDOW_PAGES) / 2)]: 'the middle',
    [pages - WINDOW_PAGES]: 'the end',
  }
  const windows: WindowFigures[] = []
  let [window, fromMs, fromCpu, read] = ['', 0, 0, 0]
  for (let at = { cursor: '', more: true }; at.more; read++) {
    const name = starts[read]
    if (name !== undefined) [window, fromMs, fromCpu] = [name, monotonicMs(), emulator.cpuMs()]
    at = await page(emulator, token, at.cursor)
    if (starts[read + 1 - WINDOW_PAGES] !== window || window === '') continue
    const seconds = (monotonicMs() - fromMs) / 1000
    const cpuMs = emulator.cpuMs() - fromCpu
    const figures = {
      where: window,
      pagesPerSecond: WINDOW_PAGES / seconds,
      cpuMsPerPage: cpuMs / WINDOW_PAGES,
    }
    say(`${window}: ${JSON.stringify(figures)}`)
    windows.push(figures)
  }
  if (read !== pages) throw new Error(`${read} pages came instead of ${pages}`)
  return { windows, peakMb: emulator.peakMb() }
}

const worlds: WorldFigures[] = []
for (const [world, flags] of Object.entries(WORLDS)) worlds.push(await measureWorld(world, flags))
const large = await measureLargeItem()
say(
  table([
    ['world', 'answers after', 'peak memory', 'with an Item read'],
    ...worlds.map((one) => [
      one.world,
      `${one.startMs} ms`,
      `${one.idleMb} MB`,
      `${one.itemMb} MB`,
    ]),
  ]),
)
say('')
say(
  table([
    [`pages of ${PAGE_ROWS} at … of ${rows} rows`, 'pages/s', 'CPU a page', ''],
    ...large.windows.map(({ where, pagesPerSecond, cpuMsPerPage }) => [
      where,
      pagesPerSecond.toFixed(0),
      `${cpuMsPerPage.toFixed(2)} ms`,
      '',
    ]),
    ['peak memory', `${large.peakMb} MB`, '', ''],
  ]),
)
const target = resolve(import.meta.dirname, '../../../.tartan')
await mkdir(target, { recursive: true })
const figures = { rows, worlds, large }
await writeFile(join(target, 'bench-emulator.json'), `${JSON.stringify(figures, null, 2)}\n`)
