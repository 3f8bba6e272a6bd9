// The lines that went to the destination last. Records pass unparsed, so a broken one is noticed
// by the destination first, which fails; here is found out, then and only then, who wrote it.
import { parseMessage } from '../connector/message.ts'

/** More than pipes hold and a destination has read but not parsed; twice this is kept (L9). */
const recentBytesMax = 1024 * 1024

export interface Recent {
  /** Whole lines of records, as they are sent. */
  add(lines: Buffer): void
  /** Whether one of them is no record. */
  isBroken(): boolean
}

export function createRecent(): Recent {
  // Two lists that take turns: to shift one for each record costs more than the record.
  let older: Buffer[] = []
  let newer: Buffer[] = []
  let bytes = 0
  return {
    add: (lines) => {
      newer.push(lines)
      bytes += lines.length
      if (bytes < recentBytesMax) return
      older = newer
      newer = []
      bytes = 0
    },
    isBroken: () =>
      [...older, ...newer].some((lines) => lines.toString('utf8').split('\n').some(isNoRecord)),
  }
}

function isNoRecord(line: string): boolean {
  if (line.trim() === '') return false
  const message = parseMessage(line)
  return message?.type !== 'RECORD' || typeof message.record.emitted_at !== 'number'
}
