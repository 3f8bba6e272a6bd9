// Answers that hold rows, as JSON text. As objects a page of 500 cost 4.0 ms of CPU time, joined
// from pieces 2.4.
import type { View } from '../world/render.ts'
import type { RowNumber } from './change-log.ts'
import type { Ledger } from './ledger.ts'

/** The answer's fields, then each list of rows under its name. */
export function answerText(
  ledger: Ledger,
  answer: object,
  lists: Record<string, RowNumber[]>,
  view: View,
): string {
  const out = [JSON.stringify(answer).slice(0, -1)]
  for (const [name, rows] of Object.entries(lists)) {
    out.push(`,"${name}":[`)
    for (const [i, row] of rows.entries()) {
      if (i > 0) out.push(',')
      ledger.write(out, row, view)
    }
    out.push(']')
  }
  out.push('}')
  return out.join('')
}
