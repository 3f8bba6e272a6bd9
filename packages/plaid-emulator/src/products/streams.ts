// The recurring streams of an Item's ledger, looked for once for each state of its log.
import { type Ledger, readRow } from '../item/ledger.ts'
import { dayOf } from '../world/calendar.ts'
import { PLAIN, type View } from '../world/render.ts'
import { recurringRowsMax, type Streams, streamsIn } from './recurring.ts'

type Version = View['categoryVersion']

interface Found {
  head: number
  day: number
  version: Version
  streams: Streams
}

const found = new WeakMap<Ledger, Found>()

/** Those of deposits and cards, as of the last look. */
export function streamsOf(ledger: Ledger, version: Version): Streams {
  const [head, day] = [ledger.log.head, dayOf(ledger.pulledAt)]
  const known = found.get(ledger)
  if (known?.head === head && known.day === day && known.version === version) return known.streams
  const accountIds = ledger
    .accounts({ transactions: true })
    .filter(({ type }) => TYPES.has(type))
    .map(({ account_id }) => account_id)
  const { rows } = ledger.window({
    firstDay: 0,
    lastDay: day,
    accountIds,
    offset: 0,
    count: recurringRowsMax,
  })
  const view = { ...PLAIN, categoryVersion: version }
  const transactions = rows.map((row) => readRow(ledger, row, view))
  const streams = streamsIn(transactions, day)
  found.set(ledger, { head, day, version, streams })
  return streams
}

const TYPES: ReadonlySet<string> = new Set(['depository', 'credit'])
