// What the last run cost that somebody committed (bench/committed.json, a copy of what a run leaves
// as .tartan/bench.json), beside what this one does. Costs are in floors of their own run, so that
// one machine may be held against another; memory is in MB.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Costs = Record<string, number>

/** A run differs from the next one by so much, on a machine that does nothing else. */
const noise = 0.1

/** A line a cost: the name, now, then, and whether it is better. */
export async function compared(costs: Costs): Promise<string[][]> {
  const file = join(import.meta.dirname, 'committed.json')
  const { costs: committed } = JSON.parse(await readFile(file, 'utf8')) as { costs: Costs }
  const lines = Object.entries(costs).map(([name, now]) => {
    const before = committed[name]
    return before === undefined
      ? [name, now.toFixed(2), '', 'new']
      : [name, now.toFixed(2), before.toFixed(2), verdict(now / before)]
  })
  return [['cost, in floors or MB', 'now', 'committed', ''], ...lines]
}

function verdict(ratio: number): string {
  if (Math.abs(ratio - 1) <= noise) return 'same'
  const percent = Math.round(Math.abs(ratio - 1) * 100)
  return ratio < 1 ? `better by ${percent} %` : `worse by ${percent} %`
}
