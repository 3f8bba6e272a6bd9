// What was written to a table between two moments, in words.
import type { Written } from '../../../src/web-server/shapes.ts'
import { exact } from './numbers.ts'

/** Nothing where it is as it was. */
export function writtenSince(then: Written, now: Written, isView: boolean): string | undefined {
  const rows: [number, string][] = [
    [now.inserted - then.inserted, 'new'],
    [now.updated - then.updated, 'changed'],
    [now.deleted - then.deleted, 'gone'],
  ]
  const moved = rows.filter(([n]) => n !== 0)
  const [first, ...rest] = moved
  if (first === undefined) return undefined
  // of a table that was made anew, or whose server lost count; or of which nobody knows
  if (isView || moved.some(([n]) => n < 0)) return 'Rows may have changed'
  const [n, what] = first
  const noun = n === 1 ? 'row' : 'rows'
  const begin = what === 'new' ? `${exact(n)} new ${noun}` : `${exact(n)} ${noun} ${what}`
  return [begin, ...rest.map(([m, other]) => `${exact(m)} ${other}`)].join(', ')
}
