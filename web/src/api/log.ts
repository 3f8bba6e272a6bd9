// The log of an attempt: a page of its lines, the next that has a text, and all of it as a file.
import { logText } from '../words/hostile.ts'
import type { LogLine, LogPlace } from '../words/log-window.ts'
import { call } from './call.ts'

export interface LogOf {
  jobId: number
  attemptNumber: number
  /** The least that counts. */
  level?: string | undefined
  origin?: string | undefined
}

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const fileLines = 1_000

type Line = Omit<LogLine, 'text'> & { message: string }

async function page(of: LogOf, place: LogPlace): Promise<Line[]> {
  const { jobId, attemptNumber, level, origin } = of
  const { lines } = await call<{ lines: Line[] }>('web/engine/api/v1/attempt/get_logs', {
    method: 'POST',
    body: {
      jobId,
      attemptNumber,
      ...(level === undefined ? {} : { levels: levels.slice(levels.indexOf(level)) }),
      ...(origin === undefined ? {} : { sources: [origin] }),
      ...place,
    },
  })
  return lines
}

/** In their order. */
export async function logPage(of: LogOf, place: LogPlace): Promise<LogLine[]> {
  const lines = await page(of, place)
  return lines.map(({ message, ...line }) => ({ ...line, text: logText(message) }))
}

/** The whole of it, as it was written. */
export async function logFile({ jobId, attemptNumber }: LogOf): Promise<string[]> {
  const texts: string[] = []
  for (let after = -1; ;) {
    const lines = await page({ jobId, attemptNumber }, { after, limit: fileLines })
    for (const { at, source, level, message } of lines) {
      texts.push(`${at} ${source} ${level} ${message}\n`)
    }
    const last = lines.at(-1)
    if (last === undefined || lines.length < fileLines) return texts
    after = last.n
  }
}
