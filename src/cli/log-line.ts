// A log line for a person: time, level, message, and what else it says as name=value.

interface LogLine {
  time?: string
  level?: string
  msg?: string
  [more: string]: unknown
}

/** Lines that are not ours (the database's) stay as they are. */
export function prettyLine(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const { time, level, msg, name: _, err, ...rest } = JSON.parse(line) as LogLine
    const more = Object.entries(rest).map(([key, value]) => `${key}=${textOf(value)}`)
    const clock = time?.slice(0, 19).replace('T', ' ') ?? ''
    const stack = stackOf(err)
    const words = [clock, (level ?? '').toUpperCase().padEnd(5), msg ?? '', ...more]
    return words.join(' ').trimEnd() + (stack === undefined ? '' : `\n${stack}`)
  } catch {
    return line
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function stackOf(err: unknown): string | undefined {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return undefined
  return typeof err.stack === 'string' ? err.stack : undefined
}
