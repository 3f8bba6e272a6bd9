// An Item's life against the emulated Plaid, over real HTTP: linked, repaired, linked twice, ended.
// What the bank has is counted once, for as long as somebody has it (L1).
import { describe, expect, test } from 'vitest'
import { keepOnce } from '../../src/plaid-api/item/keeper.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { one, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { createLogger } from '../../src/std/log.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { type EmulatedPlaid, startEmulatedPlaid } from '../support/emulated-plaid.ts'
import { type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const silent = createLogger('plaid-api', 'silent')
const GINGHAM = 'ins_109509'

interface Item {
  item_id: string
  client_user_id: string
  institution_id: string
  status: string
  error_code: string | null
  advice: string | null
  duplicate_of: string | null
  consent_expires_at: string | null
}

interface Session {
  session_id: string
  hosted_link_url: string
  status: string
  lost: number
  items: { item_id: string; status: string; duplicate_of: string | null }[]
}

class World implements AsyncDisposable {
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

  static async make(more: Parameters<typeof testPlaidApi>[2] = {}): Promise<World> {
    const stack = new AsyncDisposableStack()
    const db = stack.use(await testDatabase())
    const plaid = stack.use(await startEmulatedPlaid())
    const api = stack.use(await testPlaidApi(db, plaid, more))
    return new World(plaid, api, await serve(api), stack)
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

  /** Pulls everything that is pulled, and says how it went, as `plaid-sync` does. */
  async sync(): Promise<string> {
    const { id } = await this.post<{ id: string }>('/sync', undefined, 202)
    for (;;) {
      const { body } = await this.caller.call<{ status: string }>(`/sync/${id}`)
      if (body.status !== 'running') return body.status
      await systemClock.sleep(20)
    }
  }

  async item(itemId: string): Promise<Item> {
    return (await this.caller.call<Item>(`/items/${itemId}`)).body
  }

  /** A person links a bank, or repairs an Item, and somebody reads what came of it. */
  async link(request: object = {}, institution = GINGHAM): Promise<Session> {
    const session = await this.post<Session>('/link/sessions', request, 201)
    await this.plaid.visit(session.hosted_link_url, institution)
    return (await this.caller.call<Session>(`/link/sessions/${session.session_id}`)).body
  }

  /** What a reader of the store adds up: open accounts and living transactions. */
  async sum(): Promise<{ rows: number; total: string; accounts: number; balance: string }> {
    return one(
      this.api.context.pool,
      sql`select (select count(*)::int from plaid.transaction where deleted_at is null) as rows,
                 (select coalesce(sum(amount), 0)::text from plaid.transaction
                  where deleted_at is null and amount > 0) as total,
                 (select count(*)::int from plaid.account) as accounts,
                 (select coalesce(sum((('{' || body)::jsonb ->> 'current_balance')::numeric), 0)::text
                  from plaid.account) as balance`,
    )
  }
}

describe('repair', () => {
  test('gives a session in update mode: the same Item, healthy, its missed days read', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    await w.pull(id)
    const before = await w.sum()
    await w.plaid.command({ reset_login: { item_id: id } })
    await w.plaid.command({ advance: '10d' })
    await expect(w.pull(id)).rejects.toMatchObject({ code: 'ITEM_LOGIN_REQUIRED' })
    expect(await w.item(id)).toMatchObject({
      status: 'needs_user',
      error_code: 'ITEM_LOGIN_REQUIRED',
      advice: expect.stringContaining(`./tartan repair ${id}`),
    })
    const session = await w.link({ item_id: id })
    expect(session).toMatchObject({ status: 'finished', items: [{ item_id: id }] })
    await w.pull(id)
    expect(await w.item(id)).toMatchObject({ status: 'healthy', error_code: null, advice: null })
    const after = await w.sum()
    expect(after.accounts).toBe(before.accounts)
    expect(after.rows).toBeGreaterThan(before.rows)
    const list = await w.caller.call<{ items: Item[] }>('/items')
    expect(list.body.items.map((item) => item.item_id)).toEqual([id])
  })

  test('adopts accounts that are new at the bank, where they may be chosen', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    await w.pull(id)
    const { accounts } = await w.sum()
    await w.plaid.command({ new_account: { item_id: id, name: 'Rainy Days' } })
    await w.pull(id)
    expect((await w.sum()).accounts).toBe(accounts)
    await w.link({ item_id: id, account_selection_enabled: true })
    await w.pull(id)
    const { accounts: now } = await w.sum()
    expect(now).toBe(accounts + 1)
  })

  test('a pull that was under way when the owner came says nothing of after', async () => {
    let release = () => {}
    let reached = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const asleep = new Promise<void>((resolve) => (reached = resolve))
    let sleeps = false
    await using w = await World.make({
      onStep: async (step) => {
        if (step !== 'accounts' || !sleeps) return
        sleeps = false
        reached()
        await held
        throw new Error('the bank is away')
      },
    })
    const id = await w.sandbox()
    await w.pull(id)
    sleeps = true
    const slow = w.pull(id)
    slow.catch(() => {})
    await asleep
    await w.link({ item_id: id })
    release()
    await expect(slow).rejects.toThrow()
    expect(await w.item(id)).toMatchObject({ status: 'linked', error_code: null })
    await w.pull(id)
    expect(await w.item(id)).toMatchObject({ status: 'healthy' })
  })

  test('is refused where there is nothing to repair, with what to do', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    const refused = async (body: object) => {
      const answer = await w.caller.call<{ error: object }>('/link/sessions', {
        method: 'POST',
        body,
      })
      return [answer.status, answer.body.error]
    }
    expect(await refused({ item_id: 'nobody' })).toMatchObject([404, { code: 'ITEM_UNKNOWN' }])
    expect(await refused({ item: id })).toMatchObject([400, { field: 'item' }])
    expect(await refused({ account_selection_enabled: true })).toMatchObject([
      400,
      { field: 'account_selection_enabled' },
    ])
    const other = { item_id: id, client_user_id: 'somebody' }
    expect(await refused(other)).toMatchObject([400, { field: 'client_user_id' }])
    await w.caller.call(`/items/${id}`, { method: 'DELETE' })
    expect(await refused({ item_id: id })).toMatchObject([409, { code: 'ITEM_REMOVED' }])
  })
})

describe('a bank that is linked a second time', () => {
  async function twice(w: World): Promise<{ old: string; held: string }> {
    const old = await w.sandbox()
    await w.pull(old)
    const session = await w.link()
    const [item] = session.items
    expect(item).toMatchObject({ status: 'held', duplicate_of: old })
    return { old, held: item?.item_id ?? '' }
  }

  test('is noticed by Link’s metadata, said, and counts once after each step', async () => {
    await using w = await World.make()
    const { old, held } = await twice(w)
    const s = await w.sum()
    expect(await w.item(held)).toMatchObject({
      advice: expect.stringMatching(/second link.*--repair.*--replace.*--keep-both.*--discard/),
    })
    expect(await w.sync()).toBe('succeeded')
    expect(await w.sum()).toEqual(s)
    await expect(w.pull(held)).resolves.toBeUndefined()
    expect((await w.caller.call(`/items/${old}`, { method: 'DELETE' })).status).toBe(204)
    expect(await w.sync()).toBe('succeeded')
    expect(await w.sum()).toEqual(s)
    await w.post(`/items/${held}/resolve`, { choice: 'replace' })
    expect(await w.sync()).toBe('succeeded')
    expect(await w.sum()).toEqual(s)
    await keepOnce(w.api.context, silent, never)
    expect(await w.sum()).toEqual(s)
    expect(await w.item(old)).toMatchObject({ status: 'erased' })
    expect(await w.item(held)).toMatchObject({ status: 'healthy', duplicate_of: null })
  })

  test('may take the place of the first: its rows come in the transactions that take the others', async () => {
    await using w = await World.make()
    const { old, held } = await twice(w)
    const s = await w.sum()
    await w.post(`/items/${held}/resolve`, { choice: 'replace' })
    expect(await w.sum()).toEqual(s) // not read yet: the old ones are still there
    expect(await w.item(old)).toMatchObject({ status: 'replaced' })
    await w.pull(held)
    const { rows, total } = await w.sum()
    expect([rows, total]).toEqual([s.rows, s.total])
    await keepOnce(w.api.context, silent, never)
    expect(await w.sum()).toEqual(s)
    expect(await w.item(old)).toMatchObject({ status: 'erased' })
  })

  test('leaves the first where it was, when it goes before it was read', async () => {
    await using w = await World.make()
    const { old, held } = await twice(w)
    const s = await w.sum()
    await w.post(`/items/${held}/resolve`, { choice: 'replace' })
    await w.post(`/items/${held}/erase`, undefined, 204)
    expect(await w.item(old)).toMatchObject({ status: 'linked' })
    await w.pull(old)
    expect(await w.item(old)).toMatchObject({ status: 'healthy' })
    expect(await w.sum()).toEqual(s)
  })

  test('may be discarded, at Plaid too, in favour of a repair of the first', async () => {
    await using w = await World.make()
    const { old, held } = await twice(w)
    const s = await w.sum()
    const { link_session: session } = await w.post<{ link_session: Session }>(
      `/items/${held}/resolve`,
      { choice: 'repair' },
    )
    expect(await w.item(held)).toMatchObject({ status: 'erased' })
    await w.plaid.visit(session.hosted_link_url, GINGHAM)
    const read = await w.caller.call<Session>(`/link/sessions/${session.session_id}`)
    expect(read.body).toMatchObject({ status: 'finished', items: [{ item_id: old }] })
    await w.pull(old)
    expect(await w.sum()).toEqual(s)
    const again = await w.caller.call(`/items/${held}/resolve`, {
      method: 'POST',
      body: { choice: 'discard' },
    })
    expect(again.status).toBe(409)
  })

  test('may be kept beside the first, for good', async () => {
    await using w = await World.make()
    const { held } = await twice(w)
    const s = await w.sum()
    await w.post(`/items/${held}/resolve`, { choice: 'keep_both' })
    await w.pull(held)
    await w.pull(held)
    expect(await w.sum()).toMatchObject({ rows: 2 * s.rows, accounts: 2 * s.accounts })
    expect(await w.item(held)).toMatchObject({ status: 'healthy' })
  })

  test('is noticed without a person too, by what Plaid says of its accounts', async () => {
    await using w = await World.make()
    const old = await w.sandbox()
    const body = await w.post<Item>('/items/sandbox', { institution_id: GINGHAM }, 201)
    expect(body).toMatchObject({ status: 'held', duplicate_of: old })
    expect(await w.sync()).toBe('succeeded')
    const one = await w.sum()
    await w.post(`/items/${body.item_id}/resolve`, { choice: 'discard' })
    expect(await w.sync()).toBe('succeeded')
    expect(await w.sum()).toEqual(one)
  })

  test('by another owner is another bank', async () => {
    await using w = await World.make()
    const mine = await w.sandbox()
    const theirs = await w.sandbox(GINGHAM, { client_user_id: 'customer-2' })
    expect(await w.item(theirs)).toMatchObject({ status: 'linked', client_user_id: 'customer-2' })
    const { client_user_id: owner } = await w.item(mine)
    expect(owner).toMatch(/^\w{32}$/)
    const session = await w.link({ client_user_id: 'customer-3' })
    expect(session.items).toMatchObject([{ status: 'linked' }])
    const again = await w.link({ client_user_id: 'customer-2' })
    expect(again.items).toMatchObject([{ status: 'held', duplicate_of: theirs }])
    const list = await w.caller.call<{ items: Item[] }>('/items?client_user_id=customer-2')
    expect(list.body.items.map((item) => item.status)).toEqual(['linked', 'held'])
  })

  test('twice at the same moment leaves one of the two to be read', async () => {
    await using w = await World.make()
    const sessions = await Promise.all(
      [1, 2, 3].map(() => w.post<Session>('/link/sessions', {}, 201)),
    )
    for (const { hosted_link_url: url } of sessions) await w.plaid.visit(url, GINGHAM)
    await Promise.all(sessions.map((one) => w.caller.call(`/link/sessions/${one.session_id}`)))
    await w.sync()
    const { body } = await w.caller.call<{ items: Item[] }>('/items')
    expect(body.items.map((item) => item.status).sort()).toEqual(['healthy', 'held', 'held'])
  })
})

describe('accounts that come back under other ids', () => {
  test('are there once, and so is what moved on them', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    await w.pull(id)
    const s = await w.sum()
    await w.plaid.command({ churn: { item_id: id } })
    await w.pull(id)
    expect(await w.sum()).toEqual(s)
    expect(await w.item(id)).toMatchObject({ status: 'healthy' })
  })
})

describe('what ends', () => {
  test('a consent’s end is told a week before, and a repair begins it anew', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    // The emulator's clock stands: its days are counted from where it does.
    const passed = Math.ceil((systemClock.now() - Date.parse('2026-03-15')) / 86_400_000)
    const endsIn = async (days: number) => {
      await w.plaid.command({ expire_consent: { item_id: id, in: `${passed + days}d` } })
      await w.pull(id)
      return w.item(id)
    }
    const far = await endsIn(30)
    expect(far).toMatchObject({ status: 'healthy', consent_expires_at: expect.any(String) })
    expect(await endsIn(3)).toMatchObject({
      status: 'consent_ends',
      advice: expect.stringContaining(`./tartan repair ${id}`),
    })
    await w.link({ item_id: id })
    expect(await w.item(id)).toMatchObject({ status: 'linked', consent_expires_at: null })
  })

  test('a permission that was taken back says that a new link is needed', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    await w.pull(id)
    await w.plaid.command({ revoke: { item_id: id } })
    await expect(w.pull(id)).rejects.toThrow()
    expect(await w.item(id)).toMatchObject({
      status: 'revoked',
      advice: expect.stringContaining('./tartan erase'),
    })
  })
})

describe('the ways out', () => {
  test('erase makes tombstones, takes the accounts, and destroys the token; as often as asked', async () => {
    await using w = await World.make()
    const other = await w.sandbox('ins_109508')
    await w.pull(other)
    const rest = await w.sum()
    const id = await w.sandbox()
    await w.pull(id)
    const { rows } = await w.sum()
    for (let i = 0; i < 3; i++) await w.post(`/items/${id}/erase`, undefined, 204)
    expect(await w.sum()).toEqual(rest)
    const { tombstones, kept, clock } = await one<Record<string, unknown>>(
      w.api.context.pool,
      sql`select (select count(*)::int from plaid.transaction where deleted_at is not null
                    and item_id = ${id} and deleted_at = updated_at) as tombstones,
                 (select access_token || cursor from plaid.item where item_id = ${id}) as kept,
                 (select max(updated_at) from plaid.transaction) <= (select at from plaid.feed_clock)
                   as clock`,
    )
    expect({ tombstones, kept, clock }).toEqual({
      tombstones: rows - rest.rows,
      kept: '',
      clock: true,
    })
    const again = await w.caller.call(`/items/${id}`, { method: 'DELETE' })
    expect(again.status).toBe(204)
    expect(await w.item(id)).toMatchObject({ status: 'erased' })
    expect((await w.caller.call(`/items/${id}/verify`, { method: 'POST' })).status).toBe(409)
    // It may be linked anew: nothing of it is left that it would count beside.
    const anew = await w.sandbox()
    expect(await w.item(anew)).toMatchObject({ status: 'linked' })
  })

  test('a disconnected Item may be erased; linked anew before that, the new one is held', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    await w.pull(id)
    const s = await w.sum()
    await w.caller.call(`/items/${id}`, { method: 'DELETE' })
    expect(await w.sum()).toEqual(s)
    const anew = await w.sandbox()
    expect(await w.item(anew)).toMatchObject({ status: 'held', duplicate_of: id })
    await w.post(`/items/${id}/erase`, undefined, 204)
    expect(await w.item(anew)).toMatchObject({ status: 'linked', duplicate_of: null })
    expect(await w.sum()).toMatchObject({ rows: 0, accounts: 0 })
    await w.pull(anew)
    expect(await w.sum()).toEqual(s)
  })

  test.each(['removed at Plaid', 'tombstones'])(
    'a crash after “%s” is gone on with',
    async (where) => {
      let crash = true
      await using w = await World.make({
        onStep: async (step) => {
          if (step === where && crash) throw new Error('crash')
        },
      })
      const id = await w.sandbox()
      await w.pull(id)
      const answer = await w.caller.call(`/items/${id}/erase`, { method: 'POST' })
      expect(answer.status).toBe(500)
      expect(await w.item(id)).toMatchObject({ status: 'erasing' })
      expect(await w.sync()).toBe('succeeded') // nobody pulls it any more
      crash = false
      await w.api.context.pool.query('update plaid.item set next_pull_at = now()')
      await keepOnce(w.api.context, silent, never)
      expect(await w.item(id)).toMatchObject({ status: 'erased' })
      expect(await w.sum()).toMatchObject({ rows: 0, accounts: 0 })
    },
  )
})

describe('a Link session that nobody reads', () => {
  test('is taken in by the service itself', async () => {
    await using w = await World.make()
    const session = await w.post<Session>('/link/sessions', {}, 201)
    await w.plaid.visit(session.hosted_link_url, GINGHAM)
    await keepOnce(w.api.context, silent, never)
    const { body } = await w.caller.call<{ items: Item[] }>('/items')
    expect(body.items).toMatchObject([{ institution_id: GINGHAM, status: 'linked' }])
  })

  test('repairs its Item all the same', async () => {
    await using w = await World.make()
    const id = await w.sandbox()
    await w.plaid.command({ reset_login: { item_id: id } })
    await expect(w.pull(id)).rejects.toThrow()
    const session = await w.post<Session>('/link/sessions', { item_id: id }, 201)
    await w.plaid.visit(session.hosted_link_url, GINGHAM)
    await keepOnce(w.api.context, silent, never)
    expect(await w.item(id)).toMatchObject({ status: 'linked' })
  })

  test('whose access token could not be kept at once is kept later; a lost one is said', async () => {
    let failing = false
    await using w = await World.make({
      onStep: async (step) => {
        if (step === 'exchanged' && failing) throw new Error('the database is away')
      },
    })
    failing = true
    const kept = await w.link()
    expect(kept).toMatchObject({ status: 'finished', lost: 0, items: [{ status: 'linked' }] })
    failing = false
    // As if the process had died between Plaid's answer and the write.
    await w.api.context.pool.query('delete from plaid.link_result')
    await w.api.context.pool.query(`update plaid.link_session set status = 'open'`)
    const { body } = await w.caller.call<Session>(`/link/sessions/${kept.session_id}`)
    expect(body).toMatchObject({ status: 'finished', lost: 1, items: [] })
  })
})

describe('countries', () => {
  test('with GB a bank of Great Britain is linked, in pounds; without it is not', async () => {
    await using w = await World.make({ countryCodes: ['US', 'GB'], language: 'fr' })
    const id = await w.sandbox('ins_117650')
    await w.pull(id)
    const { body } = await w.caller.call<{ accounts: { iso_currency_code: string }[] }>('/accounts')
    expect(new Set(body.accounts.map((account) => account.iso_currency_code))).toEqual(
      new Set(['GBP']),
    )
    await using american = await World.make()
    const refused = await american.caller.call('/items/sandbox', {
      method: 'POST',
      body: { institution_id: 'ins_117650' },
    })
    expect(refused.status).toBe(400)
  })
})

describe('GET /items', () => {
  test('gives a page, and the way on, by status and owner', async () => {
    await using w = await World.make()
    await w.api.context.pool.query(
      `insert into plaid.item (item_id, client_user_id, access_token, status, created_at)
       select 'item-' || n, 'owner-' || n % 3, '', case when n % 2 = 0 then 'healthy' else 'error' end,
              now() + n / 10 * interval '1 second'
       from generate_series(1, 95) n`,
    )
    const all = async (query: string) => {
      const seen: string[] = []
      for (let cursor = ''; ;) {
        const { body } = await w.caller.call<{
          items: Item[]
          has_more: boolean
          next_cursor: string | null
        }>(`/items?limit=10${query}${cursor}`)
        expect(body.items.length).toBeLessThanOrEqual(10)
        seen.push(...body.items.map((item) => item.item_id))
        if (!body.has_more) return seen
        cursor = `&cursor=${body.next_cursor}`
      }
    }
    const everything = await all('')
    expect([everything.length, new Set(everything).size]).toEqual([95, 95])
    expect(await all('&status=error')).toHaveLength(48)
    expect(await all('&client_user_id=owner-1&status=error')).toHaveLength(16)
    for (const query of ['status=unwell', 'cursor=e30', 'limit=0', 'colour=red']) {
      expect((await w.caller.call(`/items?${query}`)).status).toBe(400)
    }
  })
})
