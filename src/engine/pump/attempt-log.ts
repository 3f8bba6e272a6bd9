// What an attempt leaves to read: lines as Airbyte writes them, without secrets (L5), bounded in
// number and length (L9). When the room runs out, only warnings and errors still come in.
import type { LogLevel } from '../../protocol/message.ts'
import { type Clock, systemClock } from '../../std/clock.ts'
import type { LogEntry, LogSource } from '../store/shapes.ts'

export interface AttemptLog {
  write(source: LogSource, level: LogLevel, message: string): void
  /** The lines since the last call, and the number of the first of them. */
  take(): { first: number; lines: string[] }
}

export const logLinesMax = 5_000
const quietLinesMax = 4_000
const lineCharactersMax = 4_000
/** One message may have many lines, a stack trace for example. */
const messageLinesMax = 100

export function createAttemptLog(
  scrub: (text: string) => string,
  clock: Clock = systemClock,
): AttemptLog {
  let lines: string[] = []
  let taken = 0
  let quiet = false
  const add = (line: string) => {
    lines.push(line)
  }
  return {
    write: (source, level, message) => {
      const written = taken + lines.length
      if (written >= logLinesMax) return
      const stamp = new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ')
      if (written >= quietLinesMax && !LOUD.has(level)) {
        if (!quiet) add(`${stamp} platform WARN from here on only warnings and errors are kept`)
        quiet = true
        return
      }
      const text = scrub(message).replaceAll('\u0000', '')
      for (const line of text.split('\n').slice(0, messageLinesMax)) {
        add(`${stamp} ${source} ${level} ${line.slice(0, lineCharactersMax)}`)
      }
    },
    take: () => {
      const batch = { first: taken, lines: lines.slice(0, logLinesMax - taken) }
      taken += batch.lines.length
      lines = []
      return batch
    },
  }
}

/** What `write` made a line of. */
export function parseLogLine(line: string): LogEntry {
  const [day = '', time = '', source = '', level = ''] = line.split(' ', 4)
  const head = [day, time, source, level].join(' ').length + 1
  return {
    at: `${day}T${time}Z`,
    source: source as LogSource,
    level: level as LogLevel,
    message: line.slice(head),
  }
}

const LOUD = new Set<LogLevel>(['WARN', 'ERROR', 'FATAL'])
