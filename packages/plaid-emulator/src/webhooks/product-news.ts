// What an application is told of the products beyond transactions: what came between two looks at
// the bank. All but recurring streams follow from the two instants; of streams the last ones told
// are remembered.
import type { Ledger } from '../item/ledger.ts'
import type { WebhookPayload } from './payloads.ts'
import { postedCents } from '../world/lifecycle.ts'
import { investmentsOf } from '../products/investments.ts'
import { type Debt, liabilitiesOf } from '../products/liabilities.ts'
import type { Look, LookAccount } from '../products/look.ts'
import { isInvestment, isLiability } from '../products/product.ts'
import { streamsOf } from '../products/streams.ts'

/** Of an Item with these products; `look` is the last one, `from` when it was told before. */
export function productNews(
  look: Look,
  products: readonly string[],
  from: number,
): WebhookPayload[] {
  if (look.at <= from) return []
  return [
    ...(products.includes('investments') ? investmentNews(look, from) : []),
    ...(products.includes('liabilities') ? liabilityNews(look, from) : []),
  ]
}

/** The first extraction is there, for which nobody waited. */
export function extractionNews(look: Look): WebhookPayload {
  const rows = invested(look).flatMap((account) => {
    return investmentsOf(account, look.market, look.at).transactions
  })
  return investmentRows('HISTORICAL_UPDATE', rows.length)
}

function investmentNews(look: Look, from: number): WebhookPayload[] {
  let [rows, fresh, updated] = [0, 0, 0]
  for (const account of invested(look)) {
    const [before, after] = [from, look.at].map((at) => investmentsOf(account, look.market, at))
    if (before === undefined || after === undefined) continue
    rows += after.transactions.length - before.transactions.length
    const known = new Map(before.holdings.map((holding) => [holding.security_id, holding]))
    for (const { security_id, quantity, institution_price } of after.holdings) {
      const old = known.get(security_id)
      if (old === undefined) fresh++
      else if (old.quantity !== quantity || old.institution_price !== institution_price) updated++
    }
  }
  const payloads: WebhookPayload[] = []
  if (fresh + updated > 0) {
    payloads.push({
      webhook_type: 'HOLDINGS',
      webhook_code: 'DEFAULT_UPDATE',
      error: null,
      new_holdings: fresh,
      updated_holdings: updated,
    })
  }
  if (rows > 0) payloads.push(investmentRows('DEFAULT_UPDATE', rows))
  return payloads
}

function invested({ accounts }: Look): LookAccount[] {
  return accounts.filter(({ base }) => isInvestment(base))
}

function investmentRows(webhook_code: string, count: number): WebhookPayload {
  return {
    webhook_type: 'INVESTMENTS_TRANSACTIONS',
    webhook_code,
    error: null,
    new_investments_transactions: count,
    cancelled_investments_transactions: 0,
  }
}

function liabilityNews(look: Look, from: number): WebhookPayload[] {
  const changed: Record<string, string[]> = {}
  for (const account of look.accounts.filter(({ base }) => isLiability(base))) {
    const [before, after] = [from, look.at].map((at) => toldOf(look, account, at))
    const fields = Object.keys(after ?? {}).filter(
      (field) => JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]),
    )
    if (fields.length > 0) changed[account.accountId] = fields
  }
  if (Object.keys(changed).length === 0) return []
  return [
    {
      webhook_type: 'LIABILITIES',
      webhook_code: 'DEFAULT_UPDATE',
      error: null,
      account_ids_with_new_liabilities: [],
      account_ids_with_updated_liabilities: changed,
    },
  ]
}

function toldOf(look: Look, account: LookAccount, at: number): Record<string, unknown> {
  const { drafts, known } = account
  const owedCents = drafts.reduce((sum, draft) => sum + postedCents(draft, at), known.openingCents)
  const debt: Debt = { ...account, owedCents }
  const kinds: (object[] | null)[] = Object.values(liabilitiesOf(look.customer, [debt], at))
  const [told] = kinds.flatMap((kind) => kind ?? [])
  return { ...told }
}

/** Items whose streams are remembered; of another one the next change goes untold. */
const streamsKeptMax = 10_000

/** Which accounts' streams changed since they were told of. */
export class StreamNews {
  /** By Item and account: the streams as text. */
  readonly #told = new Map<string, Map<string, string>>()

  of(itemId: string, ledger: Ledger): WebhookPayload[] {
    const { inflow, outflow } = streamsOf(ledger, 'v2')
    const now = new Map<string, string>()
    for (const { account_id, stream_id, last_date, status, is_active } of [...inflow, ...outflow]) {
      const text = [stream_id, last_date, status, is_active].join(' ')
      now.set(account_id, `${now.get(account_id) ?? ''}${text}\n`)
    }
    const before = this.#told.get(itemId)
    this.#told.delete(itemId)
    this.#told.set(itemId, now)
    const [oldest = itemId] = this.#told.keys()
    if (this.#told.size > streamsKeptMax) this.#told.delete(oldest)
    // what nobody was told of yet is no change
    if (before === undefined) return []
    const account_ids = [...now].flatMap(([id, text]) => (before.get(id) === text ? [] : [id]))
    if (account_ids.length === 0) return []
    return [
      {
        webhook_type: 'TRANSACTIONS',
        webhook_code: 'RECURRING_TRANSACTIONS_UPDATE',
        account_ids,
      },
    ]
  }
}
