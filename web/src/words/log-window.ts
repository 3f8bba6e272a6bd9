// A part of a log that is read: of what comes before and after it, it is known whether it is there.
// It moves over the log, and never holds more than so many lines.

export interface LogLine {
  /** From nought. */
  n: number
  at: string
  source: string
  level: string
  text: string
}

export interface LogPlace {
  after?: number
  before?: number
  /** The last of them, not the first. */
  tail?: boolean
  search?: string
  limit: number
}

export interface LogWindow {
  lines: readonly LogLine[]
  hasOlder: boolean
  hasNewer: boolean
}

export type LogPage = (place: LogPlace) => Promise<LogLine[]>

export interface LogReader {
  window(): LogWindow | undefined
  /** Of the last reading. */
  failure(): unknown
  subscribe(listener: () => void): () => void
  /** Reads around a line; without one the end. */
  go(line?: number): Promise<void>
  older(): Promise<void>
  /** Also what has been written since. */
  newer(): Promise<void>
}

type Reading = (now: LogWindow) => Promise<LogWindow>

const pageLines = 500
export const windowLinesMax = 5_000

export function createLogReader(page: LogPage): LogReader {
  let window: LogWindow | undefined
  let failure: unknown
  let turn = Promise.resolve()
  const waiting = new Set<string>()
  const listeners = new Set<() => void>()
  const tell = () => listeners.forEach((listener) => listener())
  const take = async (before: Promise<void>, name: string, read: Reading) => {
    await before
    waiting.delete(name)
    try {
      window = await read(window ?? nothing)
      failure = undefined
    } catch (error) {
      failure = error
    }
    tell()
  }
  /** One after the other; what waits for its turn already is not asked twice. */
  const inTurn = (name: string, read: Reading) => {
    if (waiting.has(name)) return turn
    waiting.add(name)
    turn = take(turn, name, read)
    return turn
  }
  return {
    window: () => window,
    failure: () => failure,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    go: (line) => inTurn(`go ${line}`, () => around(page, line)),
    older: () =>
      inTurn('older', async (now) => {
        const [first] = now.lines
        if (!first || !now.hasOlder) return now
        const older = await page({ before: first.n, tail: true, limit: pageLines })
        const lines = [...older, ...now.lines]
        return {
          lines: lines.slice(0, windowLinesMax),
          hasOlder: older.length === pageLines,
          hasNewer: now.hasNewer || lines.length > windowLinesMax,
        }
      }),
    newer: () =>
      inTurn('newer', async (now) => {
        const newer = await page({ after: now.lines.at(-1)?.n ?? -1, limit: pageLines })
        if (newer.length === 0) return { ...now, hasNewer: false }
        const lines = [...now.lines, ...newer]
        return {
          lines: lines.slice(-windowLinesMax),
          hasOlder: now.hasOlder || lines.length > windowLinesMax,
          hasNewer: newer.length === pageLines,
        }
      }),
  }
}

const nothing: LogWindow = { lines: [], hasOlder: false, hasNewer: false }

async function around(page: LogPage, line: number | undefined): Promise<LogWindow> {
  if (line === undefined) {
    const lines = await page({ tail: true, limit: pageLines })
    return { lines, hasOlder: lines.length === pageLines, hasNewer: false }
  }
  const limit = pageLines / 2
  const [older, newer] = await Promise.all([
    page({ before: line, tail: true, limit }),
    page({ after: line - 1, limit }),
  ])
  return {
    lines: [...older, ...newer],
    hasOlder: older.length === limit,
    hasNewer: newer.length === limit,
  }
}
