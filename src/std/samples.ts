// What a process is asked for when its metrics are read, rather than counts as it goes: a pool's
// connections, what a database knows. Apart from metrics.ts, so that who only offers an answer (a
// connector's pool) does not load what writes the page.
import type { MetricName } from './metric-table.ts'

export interface Sample {
  metric: MetricName
  labels: Readonly<Record<string, string>>
  value: number
}

type Read = () => Promise<readonly Sample[]> | readonly Sample[]

const readers = new Set<Read>()

/** Gives the end of it. */
export function tellAtReading(read: Read): () => void {
  readers.add(read)
  return () => readers.delete(read)
}

/** What fails tells nothing, and keeps nothing else from being told (L7). */
export async function readSamples(): Promise<Sample[]> {
  const told = await Promise.all([...readers].map((read) => asked(read).catch(() => [])))
  return told.flat()
}

async function asked(read: Read): Promise<readonly Sample[]> {
  return read()
}
