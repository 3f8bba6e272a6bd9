// The commands that change what one Item's bank has: rows, one or many, and accounts.
import { Type } from '../../../../src/std/type.ts'
import { ConfigError, must } from '../../../../src/std/errors.ts'
import { mutationRowsMax } from '../bank/bank.ts'
import type { ItemRecord } from '../bank/state.ts'
import type { Context } from '../context.ts'
import type { PlacedAccount } from '../item/accounts.ts'
import { type Deed, readRow } from '../item/ledger.ts'
import { newAccountsAvailable, userAccountRevoked } from '../webhooks/payloads.ts'
import { account, type WorldAccount } from '../world/account.ts'
import { DAY_MS, dayOf, dayOfText, HOUR_MS } from '../world/calendar.ts'
import { centsOf } from '../world/money.ts'
import { PLAIN } from '../world/render.ts'
import { command, type Command } from './command.ts'
import { itemOf, itemSelector } from './selector.ts'

const name = Type.String({ minLength: 1, maxLength: 100 })
const count = Type.Optional(Type.Integer({ minimum: 0, maximum: mutationRowsMax }))
const dollars = Type.Number({ minimum: -10_000_000, maximum: 10_000_000 })
const date = Type.Optional(Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$` }))
/** By their ids, masks or names. */
const accounts = Type.Array(name, { minItems: 1, maxItems: 100 })
/** Kinds of account that can be opened, with Plaid's type of each. */
const SUBTYPES = {
  checking: 'depository',
  savings: 'depository',
  'money market': 'depository',
  'credit card': 'credit',
} as const

/** By its id, or the newest one that is so. */
const transaction = Type.Union([
  name,
  Type.Object(
    { name: Type.Optional(name), pending: Type.Optional(Type.Boolean()) },
    { additionalProperties: false },
  ),
])
type Wanted = string | { name?: string; pending?: boolean }

export const itemCommands: readonly Command[] = [
  command({
    name: 'mutate',
    doc: 'Changes so many rows of an Item at once.',
    fields: { item_id: itemSelector, add: count, modify: count, remove: count },
    run: (context, { item_id, add = 0, modify = 0, remove = 0 }) =>
      act(context, item_id, () => ({ kind: 'mutate', mutation: { add, modify, remove } })),
  }),
  command({
    name: 'add_transaction',
    doc: 'Adds a row: by default posted today, on the first account with transactions.',
    fields: {
      item_id: itemSelector,
      name: Type.String({ minLength: 1, maxLength: 500 }),
      amount: dollars,
      date,
      pending: Type.Optional(Type.Boolean()),
      account: Type.Optional(name),
    },
    run: (context, given) =>
      act(context, given.item_id, (item) => {
        const now = context.clock.now()
        const occurredAt = given.date === undefined ? now : dayAt(given.date, now)
        const row = {
          place: given.account === undefined ? null : placeOf(context, item, given.account),
          description: given.name,
          cents: centsOf(given.amount),
          occurredAt,
          postedAt: given.pending === true ? null : occurredAt,
        }
        return { kind: 'add', rows: [row] }
      }),
  }),
  command({
    name: 'set_amount',
    doc: 'Changes the amount of one row.',
    fields: { item_id: itemSelector, transaction, amount: dollars },
    run: (context, given) =>
      act(context, given.item_id, (item) => ({
        kind: 'amount',
        transactionId: transactionOf(context, item, given.transaction),
        cents: centsOf(given.amount),
      })),
  }),
  command({
    name: 'post',
    doc: 'Posts a pending row now, under a new id.',
    fields: { item_id: itemSelector, transaction: Type.Optional(transaction) },
    run: (context, given) =>
      act(context, given.item_id, (item) => ({
        kind: 'post',
        transactionId: transactionOf(context, item, given.transaction ?? { pending: true }),
      })),
  }),
  command({
    name: 'remove_transaction',
    doc: 'Takes one row away: a hold that vanishes, a row that the bank takes back.',
    fields: { item_id: itemSelector, transaction },
    run: (context, given) =>
      act(context, given.item_id, (item) => ({
        kind: 'remove',
        transactionId: transactionOf(context, item, given.transaction),
      })),
  }),
  command({
    name: 'churn',
    doc: 'Gives accounts, by default all, and their rows new ids; the old ids are gone.',
    fields: { item_id: itemSelector, accounts: Type.Optional(accounts) },
    short: 'item_id',
    run: (context, given) =>
      act(context, given.item_id, (item) => ({
        kind: 'churn',
        places: placesOf(context, item, given.accounts),
      })),
  }),
  command({
    name: 'select_accounts',
    doc: 'Shows these accounts only, or all; who comes back comes under a new id.',
    fields: { item_id: itemSelector, accounts: Type.Optional(accounts) },
    short: 'item_id',
    run: (context, given) =>
      act(context, given.item_id, (item) => ({
        kind: 'select',
        places: given.accounts === undefined ? null : placesOf(context, item, given.accounts),
      })),
  }),
  command({
    name: 'revoke_account',
    doc: 'The person takes one account back at the bank: it is gone, by USER_ACCOUNT_REVOKED.',
    fields: { item_id: itemSelector, account: name },
    run: (context, given) => {
      const item = itemOf(context, given.item_id)
      const shown = context.bank.offers(item).filter(({ accountId }) => accountId !== null)
      const place = placeOf(context, item, given.account)
      const revoked = shown.find((offer) => offer.place === place)?.accountId
      if (revoked) context.webhooks.queue(item, userAccountRevoked(revoked))
      return act(context, item.itemId, () => ({
        kind: 'select',
        places: shown.map((offer) => offer.place).filter((each) => each !== place),
      }))
    },
  }),
  command({
    name: 'new_account',
    doc: 'Opens an account at the bank; the Item shows it when somebody selects it.',
    fields: {
      item_id: itemSelector,
      name,
      subtype: Type.Optional(Type.Enum(Object.keys(SUBTYPES))),
      mask: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9]{2,4}$' })),
      balance: Type.Optional(dollars),
    },
    run: async (context, given) => {
      const item = itemOf(context, given.item_id)
      await context.bank.act(item, { kind: 'open', account: accountOf(given) })
      context.webhooks.queue(item, newAccountsAvailable())
      await context.ticker.settle()
      return { item_id: item.itemId, accounts: context.bank.offers(item).length }
    },
  }),
]

async function act(
  context: Context,
  selector: Parameters<typeof itemOf>[1],
  deed: (item: ItemRecord) => Deed,
): Promise<object> {
  const item = itemOf(context, selector)
  await context.bank.act(item, deed(item))
  await context.ticker.settle()
  return { item_id: item.itemId, head: context.bank.ledger(item)?.log.head }
}

/** Noon of that day, or now where it is today. */
function dayAt(text: string, now: number): number {
  const day = dayOfText(text)
  if (day === undefined || day > dayOf(now)) {
    throw new ConfigError('DATE_INVALID', 'date must be a day up to today', { field: 'date' })
  }
  return day === dayOf(now) ? now : day * DAY_MS + 12 * HOUR_MS
}

function placesOf(context: Context, item: ItemRecord, wanted: string[] | undefined): number[] {
  if (wanted === undefined) return context.bank.offers(item).map(({ place }) => place)
  return wanted.map((each) => placeOf(context, item, each))
}

function placeOf({ bank }: Context, item: ItemRecord, wanted: string): number {
  const is = ({ accountId, account }: PlacedAccount): boolean =>
    [accountId, account.mask, account.name].includes(wanted)
  const found = bank.offers(item).find(is)
  if (found !== undefined) return found.place
  const detail = { status: 404, field: 'accounts' }
  throw new ConfigError('ACCOUNT_NOT_FOUND', `the bank has no account "${wanted}"`, detail)
}

/** How many rows are looked through for one that is so. */
const searchedRowsMax = 2_000

function transactionOf({ bank }: Context, item: ItemRecord, wanted: Wanted): string {
  if (typeof wanted === 'string') return wanted
  const ledger = bank.ledger(item)
  const days = { firstDay: -Infinity, lastDay: Infinity, accountIds: undefined, offset: 0 }
  const found = ledger?.window({ ...days, count: searchedRowsMax }).rows.find((row) => {
    const { name, pending } = readRow(ledger, row, PLAIN)
    return (wanted.name ?? name) === name && (wanted.pending ?? pending) === pending
  })
  if (ledger && found !== undefined) return ledger.transactionId(found)
  const detail = { status: 404, field: 'transaction' }
  throw new ConfigError('TRANSACTION_NOT_FOUND', 'the Item has no such transaction', detail)
}

interface NewAccount {
  name: string
  subtype?: string
  mask?: string
  balance?: number
}

function accountOf(given: NewAccount): WorldAccount {
  const [subtype, type] = must(
    Object.entries(SUBTYPES).find(([each]) => each === (given.subtype ?? 'savings')),
    'the schema knows the subtypes',
  )
  const cents = centsOf(given.balance ?? 0)
  return account([type, subtype], [given.name, null, given.mask ?? '7007'], cents, {
    limitCents: type === 'credit' ? 500_000 : null,
  })
}
