// `./tartan bench readers`: what twenty-five hostile readers cost those who do the work. While a
// large bank is pulled and somebody follows the feed, the others come and go by turns of some
// seconds; each turn is held against the one before, so that what else the machine does counts
// little. Both keep their pace within a factor of two (L9).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pageRows } from '../src/plaid-api/ingest/page.ts'
import { findLoop } from '../src/plaid-api/store/loop.ts'
import { plaidApiUrl } from '../src/server/addresses.ts'
import { readKey } from '../src/server/keys.ts'
import { monotonicMs } from '../src/std/clock.ts'
import { startSystem, type System } from '../test/support/system.ts'
import { watchProcesses } from './processes.ts'
import { median, table } from './report.ts'
import { linkScale, pullScale } from './scale.ts'

const storedRows = 200_000
/** More than is read in the time. */
const pulledRows = 4_000_000
const rounds = 8
const turnMs = 5_000
const settleMs = 1_000
const slower = 2
const NEWLINE = 0x0a

interface Pace {
  /** Rows a second. */
  pull: number
  feed: number
}

const say = (text: string) => process.stdout.write(`${text}\n`)
const memory = watchProcesses()
const alone: Pace[] = []
const beside: Pace[] = []
let rowsOfFeed = 0
{
  await using system = await startSystem({ TARTAN_EMULATOR_RATE_LIMITS: 'off' })
  await pullScale(system, await linkScale(system, storedRows, 'reader bench, stored'))
  const large = await linkScale(system, pulledRows, 'reader bench, pulled')
  await system.post('/sync', { item_id: large })
  const done = new AbortController()
  const feed = follow(system, done.signal)
  await setTimeout(turnMs)
  for (let round = 1; round <= rounds; round++) {
    alone.push(await turn(system, large))
    {
      await using _ = await hostileReaders(system)
      await setTimeout(settleMs)
      beside.push(await turn(system, large))
    }
    await setTimeout(settleMs)
    say(`round ${round}: ${JSON.stringify({ alone: alone.at(-1), beside: beside.at(-1) })}`)
  }
  done.abort()
  await feed
}
const ratios = { pull: ratio('pull'), feed: ratio('feed') }
say(
  table([
    ['pace, rows/s', 'alone', 'beside 25 hostile readers', '× slower'],
    ['pull, Plaid to store', ...row('pull')],
    ['reader of the feed', ...row('feed')],
    ...Object.entries(memory.stop()).map(([name, mb]) => [`peak MB: ${name}`, String(mb), '', '']),
  ]),
)
if (Math.max(ratios.pull, ratios.feed) > slower) {
  say(`✗ more than ${slower} times slower`)
  process.exitCode = 1
}

/** Of each turn beside them to the one before. */
function ratio(who: keyof Pace): number {
  return median(alone.map((pace, i) => pace[who] / (beside[i]?.[who] ?? Number.NaN)))
}

function row(who: keyof Pace): string[] {
  const cells = [alone, beside].map((paces) =>
    String(Math.round(median(paces.map((pace) => pace[who])))),
  )
  return [...cells, ratios[who].toFixed(2)]
}

async function turn(system: System, itemId: string): Promise<Pace> {
  const [from, pages, rows] = [monotonicMs(), await pagesOf(system, itemId), rowsOfFeed]
  await setTimeout(turnMs)
  const pulled = ((await pagesOf(system, itemId)) - pages) * pageRows
  const seconds = (monotonicMs() - from) / 1000
  return { pull: pulled / seconds, feed: (rowsOfFeed - rows) / seconds }
}

async function pagesOf(system: System, itemId: string): Promise<number> {
  const loop = await findLoop(system.store, itemId, 'pull')
  if (!loop) throw new Error('the pull is over')
  return loop.pages
}

/** Reads the feed from its beginning, again and again. */
async function follow(system: System, signal: AbortSignal): Promise<void> {
  const key = await readKey(system.settings.dataFolder, 'plaid-api.key')
  const headers = { accept: 'application/x-ndjson', authorization: `Bearer ${key.reveal()}` }
  for (let cursor = ''; !signal.aborted;) {
    const url = `${plaidApiUrl(system.settings)}/transactions/incremental?limit=5000${cursor}`
    const response = await fetch(url, { headers })
    if (!response.ok) throw new Error(await response.text())
    for await (const piece of response.body ?? []) {
      for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) {
        rowsOfFeed++
      }
    }
    const more = response.headers.get('x-has-more') === 'true'
    cursor = more ? `&cursor=${response.headers.get('x-next-cursor')}` : ''
  }
}

async function hostileReaders(system: System): Promise<AsyncDisposable> {
  const key = await readKey(system.settings.dataFolder, 'plaid-api.key')
  const program = join(import.meta.dirname, 'hostile-readers.ts')
  const port = new URL(plaidApiUrl(system.settings)).port
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, port, key.reveal()],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  if (child.stdout) await once(child.stdout, 'data')
  return {
    [Symbol.asyncDispose]: async () => {
      child.stdin?.end()
      await once(child, 'exit')
    },
  }
}
