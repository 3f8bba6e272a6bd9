// A follower of Server-Sent Events, as a browser reads them.
import { maybeOne, sql } from '../../src/postgres/query.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { systemClock } from '../../src/std/clock.ts'

/** Resolves once the service listens to its database: what changes before is a `reset` only. */
export async function untilListening(pool: Pool, channel: string): Promise<void> {
  const query = `listen "${channel}"`
  const listens = sql`select 1 as found from pg_stat_activity
    where query = ${query} and state = 'idle' and datname = current_database()`
  while (!(await maybeOne(pool, listens))) await systemClock.sleep(20)
}

export interface Heard {
  id: string
  type: string
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any
}

export interface Follower extends AsyncDisposable {
  response: Response
  /** The next event of one of these types. */
  next(...types: string[]): Promise<Heard>
  /** Everything until it ends, as it came. */
  rest(): Promise<string>
}

export async function followEvents(
  url: string,
  headers: Record<string, string>,
): Promise<Follower> {
  const left = new AbortController()
  const response = await fetch(url, { headers, signal: left.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const read = async (): Promise<boolean> => {
    const { value, done } = (await reader?.read()) ?? { done: true }
    text += value ?? ''
    return !done
  }
  return {
    response,
    next: async (...types) => {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end === -1) {
          if (!(await read())) throw new Error(`the stream ended: ${text}`)
          continue
        }
        const field = (name: string) =>
          new RegExp(`^${name}: (.*)$`, 'm').exec(text.slice(0, end))?.[1] ?? ''
        const heard = { id: field('id'), type: field('event'), data: field('data') }
        text = text.slice(end + 2)
        if (types.includes(heard.type)) return { ...heard, data: JSON.parse(heard.data) }
      }
    },
    rest: async () => {
      while (await read());
      return text
    },
    [Symbol.asyncDispose]: async () => {
      left.abort()
      await reader?.cancel().catch(() => {})
    },
  }
}
