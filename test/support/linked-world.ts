// A service over an emulated Plaid, and what people do with it: link, repair, end. Nothing happens
// by itself: a test says when an Item is pulled and when the keeper looks.
import { expect } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { keepOnce } from '../../src/plaid-api/item/keeper.ts'
import { insertWebhook, publishWebhooks } from '../../src/plaid-api/store/webhook.ts'
import { readBody } from '../../src/plaid-api/webhook/body.ts'
import { exec, one, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { createLogger } from '../../src/std/log.ts'
import { testDatabase } from './database.ts'
import { type EmulatedPlaid, startEmulatedPlaid } from './emulated-plaid.ts'
import { type Caller, serve } from './http.ts'
import { type TestApi, testPlaidApi } from './plaid-api.ts'
import type { Item, LinkSessionView } from '../../src/plaid-api/shapes.ts'

const never = new AbortController().signal
const silent = createLogger('plaid-api', 'silent')
export const GINGHAM = 'ins_109509'

export class LinkedWorld implements AsyncDisposable {
  readonly plaid: EmulatedPlaid
  readonly api: TestApi
  readonly caller: Caller
  readonly #stack: AsyncDisposableStack

  private constructor(
    plaid: EmulatedPlaid,
    api: TestApi,
    caller: Caller,
    stack: AsyncDisposableStack,
  ) {
    this.plaid = plaid
    this.api = api
    this.caller = caller
    this.#stack = stack
  }

  static async make(more: Parameters<typeof testPlaidApi>[2] = {}): Promise<LinkedWorld> {
    const stack = new AsyncDisposableStack()
    const db = stack.use(await testDatabase())
    const plaid = stack.use(await startEmulatedPlaid())
    const api = stack.use(await testPlaidApi(db, plaid, more))
    return new LinkedWorld(plaid, api, await serve(api), stack)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  async post<T = Record<string, unknown>>(path: string, body?: object, status = 200): Promise<T> {
    const answer = await this.caller.call<T>(path, { method: 'POST', ...(body ? { body } : {}) })
    expect(answer.status, answer.text).toBe(status)
    return answer.body
  }

  async sandbox(institution_id = GINGHAM, more: object = {}): Promise<string> {
    const made = await this.post<Item>('/items/sandbox', { institution_id, ...more }, 201)
    return made.item_id
  }

  pull(itemId: string) {
    return pullItem(this.api.context, itemId, 'incremental', never)
  }

  /** A webhook of the Item that came an hour ago, and is in the feed. */
  async webhook(itemId: string): Promise<void> {
    const { pool } = this.api.context
    const body = { webhook_type: 'ITEM', webhook_code: 'NEW_HERE', item_id: itemId, error: null }
    await insertWebhook(pool, {
      ...readBody(Buffer.from(JSON.stringify(body))),
      tokenHash: `of ${itemId}`,
      bodyHash: itemId,
      act: 'none',
      outcome: 'unknown_code',
    })
    await exec(pool, sql`update plaid.webhook_event set received_at = now() - interval '1 hour'`)
    expect(await publishWebhooks(pool, 10)).toBe(1)
  }

  /** Pulls everything that is pulled, and says how it went, as `plaid-sync` does. */
  async sync(): Promise<string> {
    const { id } = await this.post<{ id: string }>('/sync', undefined, 202)
    for (;;) {
      const { body } = await this.caller.call<{ status: string }>(`/sync/${id}`)
      if (body.status !== 'running') return body.status
      await systemClock.sleep(20)
    }
  }

  /** The keeper looks at everything that is due. */
  keep(): Promise<void> {
    return keepOnce(this.api.context, silent, never)
  }

  async item(itemId: string): Promise<Item> {
    return (await this.caller.call<Item>(`/items/${itemId}`)).body
  }

  /** A person links a bank, or repairs an Item, and somebody reads what came of it. */
  async link(
    request: object = {},
    institution = GINGHAM,
    form: Record<string, string> = {},
  ): Promise<LinkSessionView> {
    const session = await this.post<LinkSessionView>('/link/sessions', request, 201)
    await this.plaid.visit(session.hosted_link_url, institution, form)
    return (await this.caller.call<LinkSessionView>(`/link/sessions/${session.session_id}`)).body
  }

  /** What a reader of the store adds up: open accounts and living transactions. */
  async sum(): Promise<{ rows: number; total: string; accounts: number; balance: string }> {
    return one(
      this.api.context.pool,
      sql`select (select count(*)::int from plaid.transaction where deleted_at is null) as rows,
                 (select coalesce(sum(amount), 0)::text from plaid.transaction
                  where deleted_at is null and amount > 0) as total,
                 (select count(*)::int from plaid.account) as accounts,
                 (select sum((('{' || body)::jsonb ->> 'current_balance')::numeric)::text
                  from plaid.account) as balance`,
    )
  }
}
