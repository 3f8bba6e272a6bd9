// How a bank does for everybody, as Plaid sees it: asked when somebody looks, a minute old at
// most, and kept nowhere. Who does not hear of it in time is told that it is not known.
import { isoNow, systemClock } from '../../std/clock.ts'
import type { ServiceContext } from '../context.ts'
import type { BankHealth } from '../shapes.ts'

type Health = { products: BankHealth[]; read_at: string | null }

const freshMs = 60_000
/** A page does not wait longer for it. */
const answerMsMax = 5_000
const institutionsMax = 1_000

/** What an Item of ours needs of its bank; in Plaid's words. */
const needed = ['item_logins', 'transactions_updates'] as const
const words = new Map<string, BankHealth['status']>([
  ['HEALTHY', 'healthy'],
  ['DEGRADED', 'degraded'],
  ['DOWN', 'down'],
])

export function createHealth(context: ServiceContext): (id: string) => Promise<Health> {
  const known = new Map<string, { at: number; asked: Promise<Health> }>()
  return async (id) => {
    const now = systemClock.now()
    let one = known.get(id)
    if (one === undefined || now - one.at > freshMs) {
      const asked = ask(context, id).catch(() => {
        known.delete(id)
        return unknown
      })
      one = { at: now, asked }
      known.delete(id)
      known.set(id, one)
      const [oldest] = known.keys()
      if (known.size > institutionsMax && oldest !== undefined) known.delete(oldest)
    }
    const late = systemClock.sleep(answerMsMax, context.stopping).then(() => unknown)
    return Promise.race([one.asked, late])
  }
}

const unknown: Health = { products: [], read_at: null }

async function ask(context: ServiceContext, id: string): Promise<Health> {
  const { plaid, countryCodes } = context
  const { institution } = await plaid.institutionsGetById(id, countryCodes, 'status')
  const { status } = institution
  const products = needed.flatMap((product): BankHealth[] => {
    const { status: word, last_status_change: since } = status?.[product] ?? {}
    const told = words.get(String(word))
    return told === undefined ? [] : [{ product, status: told, since: since ?? null }]
  })
  return { products, read_at: isoNow() }
}
