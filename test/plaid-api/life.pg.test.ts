// An Item's life against the emulated Plaid, over real HTTP: repaired, warned of, disconnected,
// erased, and taken in though nobody reads its session.
import { describe, expect, test } from 'vitest'
import { one, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import type { Failure } from '../support/http.ts'
import { GINGHAM, LinkedWorld } from '../support/linked-world.ts'
import type { Item, LinkSessionView } from '../../src/plaid-api/shapes.ts'

describe('repair', () => {
  test('gives a session in update mode: the same Item, healthy, its missed days read', async () => {
    await using w = await LinkedWorld.make()
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
    await using w = await LinkedWorld.make()
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
    await using w = await LinkedWorld.make({
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
    await using w = await LinkedWorld.make()
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

describe('what ends', () => {
  test('a consent’s end is told a week before, and a repair begins it anew', async () => {
    await using w = await LinkedWorld.make()
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
    await using w = await LinkedWorld.make()
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
    await using w = await LinkedWorld.make()
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
                 (select max(updated_at) from plaid.transaction)
                   <= (select at from plaid.feed_clock) as clock`,
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
    await using w = await LinkedWorld.make()
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
      await using w = await LinkedWorld.make({
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
      await w.keep()
      expect(await w.item(id)).toMatchObject({ status: 'erased' })
      expect(await w.sum()).toMatchObject({ rows: 0, accounts: 0 })
    },
  )
})

describe('a Link session with a return address', () => {
  test('leads there when it is done; what is no page of the web is refused', async () => {
    await using w = await LinkedWorld.make()
    const address = 'http://localhost:8000/link?state=x'
    const asked = { completion_redirect_uri: address }
    const session = await w.post<LinkSessionView>('/link/sessions', asked, 201)
    const login = { institution_id: GINGHAM, username: 'user_good', password: 'pass_good' }
    const done = await fetch(session.hosted_link_url, {
      method: 'POST',
      body: new URLSearchParams(login),
      redirect: 'manual',
    })
    expect(done.headers.get('location') ?? (await done.text())).toContain(address)
    for (const wrong of ['javascript:alert(1)', 'there', 'https://a:b@example.com/']) {
      const answer = await w.caller.call<Failure>('/link/sessions', {
        method: 'POST',
        body: { completion_redirect_uri: wrong },
      })
      const field = 'completion_redirect_uri'
      expect([answer.status, answer.body.error.field]).toEqual([400, field])
    }
  })
})

describe('a Link session that nobody reads', () => {
  test('is taken in by the service itself', async () => {
    await using w = await LinkedWorld.make()
    const session = await w.post<LinkSessionView>('/link/sessions', {}, 201)
    await w.plaid.visit(session.hosted_link_url, GINGHAM)
    await w.keep()
    const { body } = await w.caller.call<{ items: Item[] }>('/items')
    expect(body.items).toMatchObject([{ institution_id: GINGHAM, status: 'linked' }])
  })

  test('repairs its Item all the same', async () => {
    await using w = await LinkedWorld.make()
    const id = await w.sandbox()
    await w.plaid.command({ reset_login: { item_id: id } })
    await expect(w.pull(id)).rejects.toThrow()
    const session = await w.post<LinkSessionView>('/link/sessions', { item_id: id }, 201)
    await w.plaid.visit(session.hosted_link_url, GINGHAM)
    await w.keep()
    expect(await w.item(id)).toMatchObject({ status: 'linked' })
  })

  test('whose access token could not be kept at once is kept later; a lost one is said', async () => {
    let failing = false
    await using w = await LinkedWorld.make({
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
    const { body } = await w.caller.call<LinkSessionView>(`/link/sessions/${kept.session_id}`)
    expect(body).toMatchObject({ status: 'finished', lost: 1, items: [] })
  })
})

describe('countries', () => {
  test('with GB a bank of Great Britain is linked, in pounds; without it is not', async () => {
    await using w = await LinkedWorld.make({ countryCodes: ['US', 'GB'], language: 'fr' })
    const id = await w.sandbox('ins_117650')
    await w.pull(id)
    const { body } = await w.caller.call<{ accounts: { iso_currency_code: string }[] }>('/accounts')
    expect(new Set(body.accounts.map((account) => account.iso_currency_code))).toEqual(
      new Set(['GBP']),
    )
    await using american = await LinkedWorld.make()
    const refused = await american.caller.call('/items/sandbox', {
      method: 'POST',
      body: { institution_id: 'ins_117650' },
    })
    expect(refused.status).toBe(400)
  })
})

describe('GET /items', () => {
  test('gives a page, and the way on, by status and owner', async () => {
    await using w = await LinkedWorld.make()
    await w.api.context.pool.query(
      `insert into plaid.item (item_id, client_user_id, access_token, status, created_at)
       select 'item-' || n, 'owner-' || n % 3, '',
              case when n % 2 = 0 then 'healthy' else 'error' end,
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

  test('are found by name, by how they stand, and in the order of what is worst or next', async () => {
    await using w = await LinkedWorld.make()
    const { pool } = w.api.context
    const add = (id: string, name: string, status: string, nextPull: string, more = '') =>
      pool.query(
        `insert into plaid.item (item_id, institution_name, client_user_id, access_token, status,
           next_pull_at, created_at)
         values ($1, $2, 'o', '', $3, now() + $4::interval, now() - interval '1 day')`,
        [id, name, status, nextPull + more],
      )
    await add('fresh-1', 'Old Tattersall', 'healthy', '2 hours')
    await add('fresh-2', 'Gingham 100%', 'healthy', '1 hour')
    await add('late', 'Houndstooth', 'healthy', '-11 minutes')
    await add('partial', 'GINGHAM two', 'healthy', '3 hours')
    await add('login', 'Plaid', 'needs_user', '1 day')
    await add('lost', 'Argyle', 'gone', '1 day')
    await add('new', 'Tweed', 'linked', '0')
    await add('over', 'Serge', 'removed', 'infinity')
    await pool.query(
      `insert into plaid.item_product (item_id, product, error_code, failed_at)
       values ('partial', 'transactions', 'INTERNAL', now())`,
    )
    const all = async (query: string) => {
      const seen: Item[] = []
      for (let cursor = ''; ;) {
        const path = `/items?limit=2&${query}${cursor}`
        const { body } = await w.caller.call<{ items: Item[]; next_cursor: string | null }>(path)
        seen.push(...body.items)
        if (body.next_cursor === null) return seen.map(({ item_id: id }) => id)
        cursor = `&cursor=${body.next_cursor}`
      }
    }
    expect(await all('order=worst')).toEqual(
      ['lost', 'login', 'late', 'partial', 'new', 'fresh-1', 'fresh-2', 'over'], // equals by id
    )
    expect(await all('order=next_pull&standing=fresh&standing=attention')).toEqual([
      'late',
      'fresh-2',
      'fresh-1',
      'partial',
    ])
    expect(await all('search=gingham')).toEqual(['fresh-2', 'partial'])
    expect(await all(`search=${encodeURIComponent('0%')}`)).toEqual(['fresh-2'])
    expect(await all('search=late&standing=attention')).toEqual(['late'])
    const { body } = await w.caller.call('/items/standings')
    const counts = { failed: 1, owner: 1, attention: 2, coming: 1, fresh: 2, ended: 1 }
    expect(body).toEqual(counts)
  })
})
