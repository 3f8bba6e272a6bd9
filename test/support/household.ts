// What one owner has at a model bank: Items whose rows move, that are linked again, whose accounts
// come under other ids, and that are erased. The truth is what the Items that are kept have now.
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { type Choice, choose } from '../../src/plaid-api/item/choice.ts'
import { endItem } from '../../src/plaid-api/item/removal.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import { TartanError } from '../../src/std/errors.ts'
import type { BankItem, ModelBank } from './model-bank.ts'
import { link, type TestApi } from './plaid-api.ts'

const never = new AbortController().signal

/** The bank's own moves, with ids that never come twice. */
export class Teller {
  #next = 0
  readonly item: BankItem

  constructor(item: BankItem) {
    this.item = item
  }

  add(pending = this.#next % 3 === 0): void {
    const id = `t${this.#next++}-${this.item.itemId}`
    const account_id = this.item.accounts[0] ?? ''
    const amount = (this.#next * 1.1) % 97
    const date = `2026-01-${String((this.#next % 28) + 1).padStart(2, '0')}`
    this.item.put({ transaction_id: id, account_id, amount, name: `n${id}`, pending, date })
  }

  modify(pick: number): void {
    const found = this.#pick(pick)
    if (found) this.item.put({ ...found, amount: found.amount + 1 })
  }

  remove(pick: number): void {
    const found = this.#pick(pick)
    if (found) this.item.remove(found.transaction_id)
  }

  /** The pending id goes, another comes. */
  post(pick: number): void {
    const found = this.#pick(pick)
    if (!found?.pending) return
    this.item.remove(found.transaction_id)
    this.add(false)
  }

  churn(tells: boolean): void {
    this.item.churn(`c${this.#next++}`, tells)
  }

  #pick(pick: number) {
    const all = [...this.item.living.values()]
    return all[pick % Math.max(1, all.length)]
  }
}

type Row = [id: string, amount: number]

export class Household {
  readonly api: TestApi
  readonly bank: ModelBank
  readonly owner: string
  /** Those that are kept, the newest last. */
  tellers: Teller[] = []
  #links = 0

  constructor(api: TestApi, bank: ModelBank, owner: string) {
    this.api = api
    this.bank = bank
    this.owner = owner
  }

  get newest(): Teller | undefined {
    return this.tellers.at(-1)
  }

  /** The same accounts as before, with what they have, under the ids of another link. */
  async link(choice: Choice): Promise<void> {
    const item = this.bank.item(`${this.owner}-${this.#links++}`)
    const [account = ''] = item.accounts
    item.names.set(account, `account-of-${this.owner}`)
    const teller = new Teller(item)
    for (const row of this.newest?.item.living.values() ?? []) {
      const transaction_id = `${row.transaction_id}-of-${item.itemId}`
      item.put({ ...row, transaction_id, account_id: account })
    }
    await link(this.api, item, this.owner)
    this.tellers.push(teller)
    await this.#resolve(item.itemId, choice)
  }

  async erase(): Promise<void> {
    const gone = this.tellers.pop()
    if (!gone) return
    // It is at its bank still, or gone there: both are an end.
    await endItem(this.api.context, gone.item.itemId, 'erase', never)
  }

  async pull(mode: 'incremental' | 'full' = 'incremental'): Promise<void> {
    for (const { item } of this.tellers) {
      await pullItem(this.api.context, item.itemId, mode, never)
    }
  }

  truth(): Row[] {
    return this.tellers
      .flatMap(({ item }) => [...item.living.values()])
      .map((row): Row => [row.transaction_id, row.amount])
      .sort(byId)
  }

  accounts(): string[] {
    return this.tellers.flatMap(({ item }) => item.accounts).sort()
  }

  async store(): Promise<Row[]> {
    const rows = await many<{ transaction_id: string; amount: string }>(
      this.api.context.pool,
      sql`select t.transaction_id, t.amount
          from plaid.transaction t join plaid.item i on i.item_id = t.item_id
          where i.client_user_id = ${this.owner} and t.deleted_at is null`,
    )
    return rows.map((row): Row => [row.transaction_id, Number(row.amount)]).sort(byId)
  }

  /** Transactions that a reader would meet without their account. */
  async orphans(): Promise<number> {
    const { n } = await one<{ n: number }>(
      this.api.context.pool,
      sql`select count(*)::int as n from plaid.transaction t
          join plaid.item i on i.item_id = t.item_id
          where i.client_user_id = ${this.owner} and t.deleted_at is null and not exists (
            select from plaid.account a where a.account_id = t.account_id)`,
    )
    return n
  }

  async storedAccounts(): Promise<string[]> {
    const rows = await many<{ account_id: string }>(
      this.api.context.pool,
      sql`select a.account_id from plaid.account a join plaid.item i on i.item_id = a.item_id
          where i.client_user_id = ${this.owner}`,
    )
    return rows.map((row) => row.account_id).sort()
  }

  /** As often as it is held: beside each of those that are kept. */
  async #resolve(itemId: string, choice: Choice): Promise<void> {
    const { context } = this.api
    let isNoticed = this.tellers.length === 1
    for (;;) {
      const error = await pullItem(context, itemId, 'incremental', never).catch((e: unknown) => e)
      if (!(error instanceof TartanError) || error.code !== 'ITEM_HELD') {
        if (!isNoticed) throw new Error(`Item ${itemId} is a second link and was not noticed`)
        return
      }
      isNoticed = true
      const held = await one<{ duplicate_of: string }>(
        context.pool,
        sql`select duplicate_of from plaid.item where item_id = ${itemId}`,
      )
      await choose(context, itemId, choice, never)
      if (choice === 'discard') {
        this.tellers.pop()
        return
      }
      if (choice !== 'replace') continue
      this.tellers = this.tellers.filter(({ item }) => item.itemId !== held.duplicate_of)
    }
  }
}

function byId([a]: Row, [b]: Row): number {
  return a < b ? -1 : 1
}
