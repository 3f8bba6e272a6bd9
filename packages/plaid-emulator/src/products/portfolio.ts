// What an investment account holds: never stated, always what its transactions add up to. Money
// that arrives in the account's life is put into securities by the account's plan, at the day's
// prices; money that leaves is sold for. The account's balance is what all of it is worth.
import type { WorldAccount } from '../world/account.ts'
import { DAY_MS, dayOf, FIRST_DAY, HOUR_MS } from '../world/calendar.ts'
import { type Draft, finalCents } from '../world/lifecycle.ts'
import { type Listing, LISTINGS, type Market, nextTradingDay, SHARE } from '../world/market.ts'

export interface InvestmentRow {
  at: number
  /** Null for money alone. */
  listing: Listing | null
  type: 'buy' | 'sell' | 'cash' | 'fee'
  subtype: string
  name: string
  /** Ten-thousandths of a share; negative when sold. */
  quantity: number
  priceCents: number
  /** Positive when cash is spent. */
  cents: number
}

export interface Position {
  listing: Listing
  quantity: number
  priceCents: number
  valueCents: number
  costCents: number
}

export interface Portfolio {
  /** In the order in which they happened. */
  rows: InvestmentRow[]
  /** What is held, in the order of the plan. */
  positions: Position[]
  cashCents: number
  /** All of it, the cash too. */
  valueCents: number
}

/** What an account to which this happened holds at an instant. */
export function portfolioAt(
  market: Market,
  known: WorldAccount,
  drafts: readonly Draft[],
  at: number,
): Portfolio {
  const depot = new Depot(market, planOf(known), known.holdings?.[0]?.[0])
  for (const event of eventsOf(known, drafts)) {
    if (event.at > at) break
    depot.live(event)
  }
  return depot.show(dayOf(at))
}

type Plan = readonly (readonly [listing: Listing, percent: number])[]

const { market, world, bonds, software, power } = LISTINGS
const PLAN: Plan = [
  [market, 55],
  [world, 25],
  [bonds, 20],
]
const PLANS: Readonly<Record<string, Plan>> = {
  brokerage: [
    [market, 40],
    [world, 15],
    [bonds, 20],
    [software, 15],
    [power, 10],
  ],
}
/** What pays a portfolio's dividends. */
const PAYER: Listing = bonds

/** An account with holdings of its own keeps them; what comes stays money. */
function planOf({ holdings, subtype }: WorldAccount): Plan {
  return holdings?.map(([listing]) => [listing, 0] as const) ?? PLANS[subtype] ?? PLAN
}

/** Money comes or goes; on the next trading day what came is invested. */
type Event =
  | { at: number; kind: 'hold'; listing: Listing; quantity: number }
  | { at: number; kind: 'money'; cents: number; category: string; name: string }
  | { at: number; kind: 'invest'; dividendCents: number | null }

const TRADE_MS = 20 * HOUR_MS
const DIVIDENDS = 'INCOME_DIVIDENDS'

function eventsOf({ openingCents, holdings }: WorldAccount, drafts: readonly Draft[]): Event[] {
  const opening = {
    at: FIRST_DAY * DAY_MS,
    cents: -openingCents,
    category: 'TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS',
    name: 'Opening deposit',
  }
  const moved = drafts.map((draft) => ({
    at: draft.occurredAt,
    cents: finalCents(draft),
    category: draft.payee.category,
    name: draft.payee.name,
  }))
  const events = [opening, ...moved].flatMap((money): Event[] => {
    const came: Event = { ...money, kind: 'money' }
    if (money.cents >= 0) return money.cents === 0 ? [] : [came]
    if (holdings !== undefined) return [came]
    const dividendCents = money.category === DIVIDENDS ? -money.cents : null
    return [came, { at: tradeAfter(money.at), kind: 'invest', dividendCents }]
  })
  const at = tradeAfter(opening.at)
  for (const [listing, quantity] of holdings ?? [])
    events.push({ at, kind: 'hold', listing, quantity })
  return events.sort((a, b) => a.at - b.at)
}

function tradeAfter(at: number): number {
  const day = dayOf(at)
  const late = at - day * DAY_MS >= TRADE_MS ? 1 : 0
  return nextTradingDay(day + late) * DAY_MS + TRADE_MS
}

/** Less than this waits for more. */
const INVESTED_CENTS_MIN = 5_000

class Depot {
  readonly #market: Market
  readonly #payer: Listing
  readonly #plan: Plan
  readonly #rows: InvestmentRow[] = []
  readonly #held = new Map<Listing, { quantity: number; costCents: number }>()
  #cashCents = 0

  constructor(market: Market, plan: Plan, payer: Listing = PAYER) {
    this.#market = market
    this.#payer = payer
    this.#plan = plan
  }

  live(event: Event): void {
    if (event.kind === 'money') {
      if (event.cents > this.#cashCents) this.#sellFor(event.cents - this.#cashCents, event.at)
      this.#money(event)
    } else if (event.kind === 'hold') {
      const { at, listing, quantity } = event
      const priceCents = this.#market.price(listing, dayOf(at))
      this.#trade({ at, listing, quantity, priceCents, subtype: 'buy' })
    } else if (event.dividendCents !== null) {
      // a contribution's trade on the same day may have taken it along
      const cents = Math.min(event.dividendCents, this.#cashCents)
      this.#buy(this.#payer, cents, event.at, 'dividend reinvestment')
    } else {
      const cents = this.#cashCents
      if (cents < INVESTED_CENTS_MIN) return
      for (const [listing, percent] of this.#plan) {
        this.#buy(listing, Math.floor((cents * percent) / 100), event.at, 'buy')
      }
    }
  }

  show(day: number): Portfolio {
    const positions = this.#plan.flatMap(([listing]): Position[] => {
      const held = this.#held.get(listing)
      if (held === undefined || held.quantity === 0) return []
      const priceCents = this.#market.price(listing, day)
      return [{ listing, ...held, priceCents, valueCents: valueOf(held.quantity, priceCents) }]
    })
    const valueCents = positions.reduce((sum, each) => sum + each.valueCents, this.#cashCents)
    return { rows: this.#rows, positions, cashCents: this.#cashCents, valueCents }
  }

  #money({ at, cents, category, name }: Event & { kind: 'money' }): void {
    const dividend = category === DIVIDENDS
    const [type, subtype] = kindOf(category, cents)
    const listing = dividend ? this.#payer : null
    const title = listing === null ? name : `DIVIDEND ${listing.name}`
    this.#note({ at, listing, type, subtype, name: title, quantity: 0, priceCents: 0, cents })
  }

  /** As much as these cents buy. */
  #buy(listing: Listing, cents: number, at: number, subtype: string): void {
    const priceCents = this.#market.price(listing, dayOf(at))
    const lots = Math.floor((cents * SHARE) / (priceCents * listing.lot))
    if (lots > 0) this.#trade({ listing, at, subtype, priceCents, quantity: lots * listing.lot })
  }

  /** The largest positions first, no more of each than is needed. */
  #sellFor(cents: number, at: number): void {
    let missing = cents
    const day = dayOf(at)
    const { positions } = this.show(day)
    for (const { listing, quantity, priceCents } of positions.toSorted(byValue)) {
      if (missing <= 0) return
      const lots = Math.ceil(((missing + 1) * SHARE) / (priceCents * listing.lot))
      const sold = Math.min(quantity, lots * listing.lot)
      this.#trade({ listing, at, subtype: 'sell', priceCents, quantity: -sold })
      missing -= valueOf(sold, priceCents)
    }
  }

  #trade(trade: Omit<InvestmentRow, 'type' | 'name' | 'cents'> & { listing: Listing }): void {
    const { listing, quantity, priceCents } = trade
    const type = quantity > 0 ? 'buy' : 'sell'
    const cents = quantity > 0 ? valueOf(quantity, priceCents) : -valueOf(-quantity, priceCents)
    const held = this.#held.get(listing) ?? { quantity: 0, costCents: 0 }
    const costCents =
      type === 'buy'
        ? held.costCents + cents
        : Math.round(held.costCents * (1 + quantity / held.quantity))
    this.#held.set(listing, { quantity: held.quantity + quantity, costCents })
    this.#note({ ...trade, type, name: `${type.toUpperCase()} ${listing.name}`, cents })
  }

  #note(row: InvestmentRow): void {
    this.#rows.push(row)
    this.#cashCents -= row.cents
  }
}

function byValue(a: Position, b: Position): number {
  return b.valueCents - a.valueCents
}

function valueOf(quantity: number, priceCents: number): number {
  return Math.round((quantity * priceCents) / SHARE)
}

function kindOf(category: string, cents: number): [InvestmentRow['type'], string] {
  if (category === DIVIDENDS) return ['cash', 'dividend']
  if (category.startsWith('INCOME_INTEREST')) return ['cash', 'interest']
  if (category.startsWith('BANK_FEES')) return ['fee', 'account fee']
  return ['cash', cents < 0 ? 'contribution' : 'withdrawal']
}
