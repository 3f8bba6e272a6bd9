// Investments: what is held now, and what was bought and sold in two years, which is all that Plaid
// tells. Both answers bring the securities that they name.
import { investmentHoldings } from '../../../catalog/investment-holdings.ts'
import { investmentTransactions } from '../../../catalog/investment-transactions.ts'
import { securities } from '../../../catalog/securities.ts'
import { dayText, systemClock } from '../../../std/clock.ts'
import { TransientError } from '../../../std/errors.ts'
import { isRecord, isUsableId } from '../../door.ts'
import { streamRows } from '../../stream-row.ts'
import { type Asked, listOf, type ProductReader } from './product.ts'

const pageRows = 500
/** L9: an Item with more is not read whole, which is told. */
const rowsMax = 50_000
/** Rows that move while they are read make the reading begin again. */
const restartsMax = 3
const DAY_MS = 86_400_000
const WINDOW_DAYS = 730
/** A bank's day may be another than ours: of the oldest ones nothing is taken for gone. */
const EDGE_DAYS = 30
/** Before and behind: Plaid itself gives two years, by its own clock, as an emulated bank does. */
const MARGIN_DAYS = 366

export const investments: ProductReader = {
  product: 'investments',
  isListed: true,
  read: async (asked) => {
    const held = await asked.ask('/investments/holdings/get')
    const moved = await movements(asked)
    const own = () => ({ item_id: asked.itemId })
    const named = [...listOf(held, 'securities'), ...moved.securities]
    return [
      {
        stream: securities,
        rows: streamRows(securities, eachOnce(named, 'security_id'), asked.misfits),
      },
      { stream: investmentHoldings, rows: holdings(asked, listOf(held, 'holdings')) },
      {
        stream: investmentTransactions,
        rows: streamRows(investmentTransactions, moved.rows, asked.misfits, own),
        since: moved.since,
      },
    ]
  },
}

/** Plaid does not promise that an account lists a security once. */
function holdings({ itemId, misfits }: Asked, list: unknown[]) {
  const parts = new Map<string, number>()
  return streamRows(investmentHoldings, list, misfits, (given) => {
    const of = JSON.stringify([given['account_id'], given['security_id']])
    const part = (parts.get(of) ?? 0) + 1
    parts.set(of, part)
    return { item_id: itemId, part: String(part) }
  })
}

interface Movements {
  since: string
  rows: unknown[]
  securities: unknown[]
}

async function movements(asked: Asked): Promise<Movements> {
  const now = systemClock.now()
  const dayIn = (days: number) => dayText(now + days * DAY_MS)
  let before = ''
  for (let restarts = 0; restarts <= restartsMax; restarts++) {
    const found = await wholeWindow(asked, dayIn(-WINDOW_DAYS - MARGIN_DAYS), dayIn(MARGIN_DAYS))
    const ids = found?.rows.map(idOf) ?? []
    const isTwice = new Set(ids).size < ids.length
    // The same again has not moved: the bank lists some twice.
    const seen = JSON.stringify(ids)
    if (found && (!isTwice || seen === before)) {
      return { ...found, since: dayIn(EDGE_DAYS - WINDOW_DAYS) }
    }
    before = seen
  }
  throw new TransientError(
    'INVESTMENTS_MOVED',
    'the investment transactions changed while they were read: they are read again later',
  )
}

/** Of its own where it has none: the door leaves such a one out. */
function idOf(row: unknown, place: number): unknown {
  const id = isRecord(row) ? row['investment_transaction_id'] : undefined
  return isUsableId(id) ? id : place
}

/** Undefined where the bank moved between two pages: an offset then skips rows. */
async function wholeWindow(
  asked: Asked,
  since: string,
  until: string,
): Promise<Omit<Movements, 'since'> | undefined> {
  const rows: unknown[] = []
  const named: unknown[] = []
  for (let total: unknown; ;) {
    const answer = await asked.ask('/investments/transactions/get', {
      start_date: since,
      end_date: until,
      options: { count: pageRows, offset: rows.length },
    })
    const page = listOf(answer, 'investment_transactions')
    const all = answer['total_investment_transactions']
    total ??= all
    if (typeof all !== 'number' || all > rowsMax) {
      throw new TransientError('PLAID_ANSWER_INVALID', 'Plaid does not say how many there are')
    }
    if (all !== total) return undefined
    rows.push(...page)
    named.push(...listOf(answer, 'securities'))
    if (rows.length >= all) return { rows, securities: named }
    if (page.length === 0) return undefined
  }
}

function eachOnce(list: unknown[], field: string): unknown[] {
  return [...new Map(list.map((one) => [isRecord(one) ? one[field] : one, one])).values()]
}
