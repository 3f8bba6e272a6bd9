// The warehouse as the web server reads it: one pool, made anew when a set-up names another one.
import { createPool, type Pool } from '../postgres/pool.ts'
import type { Secret } from '../std/secrets.ts'

export interface Warehouse {
  pool(): Promise<Pool>
  end(): Promise<void>
}

const connectionsMax = 6

export function warehouse(urlOf: () => Promise<Secret>): Warehouse {
  let made: { url: string; pool: Pool } | undefined
  return {
    pool: async () => {
      const url = await urlOf()
      if (made?.url === url.reveal()) return made.pool
      const before = made?.pool
      const options = { name: 'tartan web reader', kind: 'reader', connectionsMax } as const
      made = { url: url.reveal(), pool: createPool(url, options) }
      await before?.end()
      return made.pool
    },
    end: async () => made?.pool.end(),
  }
}
