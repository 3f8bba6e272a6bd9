// A bank that is linked a second time counts once (L1), at each step of each choice, and so do
// accounts that come back under other ids.
import { describe, expect, test, vi } from 'vitest'
import { GINGHAM, LinkedWorld } from '../support/linked-world.ts'
import type { Item, LinkSessionView } from '../../src/plaid-api/shapes.ts'

describe('a bank that is linked a second time', () => {
  async function twice(w: LinkedWorld): Promise<{ old: string; held: string }> {
    const old = await w.sandbox()
    await w.pull(old)
    const session = await w.link()
    const [item] = session.items
    expect(item).toMatchObject({ status: 'held', duplicate_of: old })
    return { old, held: item?.item_id ?? '' }
  }

  test('is noticed by Link’s metadata, said, and counts once after each step', async () => {
    await using w = await LinkedWorld.make()
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
    await w.keep()
    expect(await w.sum()).toEqual(s)
    expect(await w.item(old)).toMatchObject({ status: 'erased' })
    expect(await w.item(held)).toMatchObject({ status: 'healthy', duplicate_of: null })
  })

  test('may take the place of the first: its rows come in the transactions that take the others', async () => {
    await using w = await LinkedWorld.make()
    const { old, held } = await twice(w)
    const s = await w.sum()
    await w.post(`/items/${held}/resolve`, { choice: 'replace' })
    expect(await w.sum()).toEqual(s) // not read yet: the old ones are still there
    expect(await w.item(old)).toMatchObject({ status: 'replaced' })
    await w.pull(held)
    const { rows, total } = await w.sum()
    expect([rows, total]).toEqual([s.rows, s.total])
    await w.keep()
    expect(await w.sum()).toEqual(s)
    expect(await w.item(old)).toMatchObject({ status: 'erased' })
  })

  test('leaves the first where it was, when it goes before it was read', async () => {
    await using w = await LinkedWorld.make()
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
    await using w = await LinkedWorld.make()
    const { old, held } = await twice(w)
    const s = await w.sum()
    const { link_session: session } = await w.post<{ link_session: LinkSessionView }>(
      `/items/${held}/resolve`,
      { choice: 'repair' },
    )
    expect(await w.item(held)).toMatchObject({ status: 'erased' })
    await w.plaid.visit(session.hosted_link_url, GINGHAM)
    const read = await w.caller.call<LinkSessionView>(`/link/sessions/${session.session_id}`)
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
    await using w = await LinkedWorld.make()
    const { held } = await twice(w)
    const s = await w.sum()
    await w.post(`/items/${held}/resolve`, { choice: 'keep_both' })
    await w.pull(held)
    await w.pull(held)
    expect(await w.sum()).toMatchObject({ rows: 2 * s.rows, accounts: 2 * s.accounts })
    expect(await w.item(held)).toMatchObject({ status: 'healthy' })
  })

  test('is noticed without a person too, by what Plaid says of its accounts', async () => {
    await using w = await LinkedWorld.make()
    const old = await w.sandbox()
    const body = await w.post<Item>('/items/sandbox', { institution_id: GINGHAM }, 201)
    expect(body).toMatchObject({ status: 'held', duplicate_of: old })
    expect(await w.sync()).toBe('succeeded')
    const one = await w.sum()
    await w.post(`/items/${body.item_id}/resolve`, { choice: 'discard' })
    expect(await w.sync()).toBe('succeeded')
    expect(await w.sum()).toEqual(one)
  })

  test('is noticed later too, where Plaid could not say at once', async () => {
    await using w = await LinkedWorld.make()
    const old = await w.sandbox()
    const fault = { error_code: 'INTERNAL_SERVER_ERROR', for: '1d' }
    await w.plaid.command({ fault: { endpoint: '/accounts/get', ...fault } })
    await w.plaid.command({ fault: { endpoint: '/transactions/sync', ...fault } })
    const id = await w.sandbox()
    await expect(w.pull(id)).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
    expect(await w.item(id)).toMatchObject({ status: 'error' })
    const verify = await w.post<{ status: string }>(`/items/${id}/verify`)
    expect(verify.status).toBe('unreadable')
    await w.plaid.command({ clear_faults: {} })
    // Either way of asking will do.
    await w.plaid.command({ fault: { endpoint: '/accounts/get', ...fault } })
    await expect(w.pull(id)).rejects.toMatchObject({ code: 'ITEM_HELD' })
    expect(await w.item(id)).toMatchObject({ status: 'held', duplicate_of: old, error_code: null })
  })

  test('waits where no account is known yet: nothing counts twice until then', async () => {
    await using w = await LinkedWorld.make()
    const old = await w.sandbox()
    await w.pull(old)
    const s = await w.sum()
    const fault = { endpoint: '/accounts/get', error_code: 'INTERNAL_SERVER_ERROR', for: '1d' }
    await w.plaid.command({ fault })
    const unread = { added: [], modified: [], removed: [], accounts: [], has_more: false }
    const seen = vi.spyOn(w.api.context.plaid, 'transactionsSync')
    seen.mockResolvedValueOnce({ ...unread, next_cursor: '' } as never)
    const id = await w.sandbox()
    seen.mockResolvedValueOnce({ ...unread, next_cursor: '' } as never)
    await expect(w.pull(id)).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
    expect(await w.item(id)).toMatchObject({ status: 'error' })
    expect(await w.sum()).toEqual(s)
    await w.plaid.command({ clear_faults: {} })
    await expect(w.pull(id)).rejects.toMatchObject({ code: 'ITEM_HELD' })
    expect(await w.sum()).toEqual(s)
  })

  test('by accounts that a repair adds is noticed, and undone by another choice', async () => {
    await using w = await LinkedWorld.make()
    const whole = await w.sandbox()
    const { body } = await w.caller.call<{ accounts: { mask: string }[] }>('/accounts')
    const [first = '', second = ''] = body.accounts.map(({ mask }) => mask)
    await w.post(`/items/${whole}/erase`, undefined, 204)
    // Two logins of one person, which show different accounts, are no second link.
    const made: string[] = []
    for (const account of [first, second]) {
      const { items } = await w.link({}, GINGHAM, { account })
      expect(items).toMatchObject([{ status: 'linked', duplicate_of: null }])
      made.push(items[0]?.item_id ?? '')
    }
    expect(await w.sync()).toBe('succeeded')
    const [one = '', other = ''] = made
    const s = await w.sum()
    expect(s.accounts).toBe(2)
    await w.link({ item_id: one, account_selection_enabled: true }) // all that there are
    await expect(w.pull(one)).rejects.toMatchObject({ code: 'ITEM_HELD' })
    expect(await w.item(one)).toMatchObject({
      status: 'held',
      duplicate_of: other,
      advice: expect.stringContaining(`./tartan repair ${one}`),
    })
    expect(await w.sum()).toEqual(s)
    await w.link({ item_id: one }, GINGHAM, { account: first })
    await w.pull(one)
    expect(await w.item(one)).toMatchObject({ status: 'healthy', duplicate_of: null })
    expect(await w.sum()).toEqual(s)
  })

  test('that is kept beside the first stays kept, when it is repaired', async () => {
    await using w = await LinkedWorld.make()
    const { held } = await twice(w)
    await w.post(`/items/${held}/resolve`, { choice: 'keep_both' })
    await w.pull(held)
    await w.link({ item_id: held })
    await w.pull(held)
    expect(await w.item(held)).toMatchObject({ status: 'healthy' })
  })

  test('by another owner is another bank', async () => {
    await using w = await LinkedWorld.make()
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
    await using w = await LinkedWorld.make()
    const sessions = await Promise.all(
      [1, 2, 3].map(() => w.post<LinkSessionView>('/link/sessions', {}, 201)),
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
    await using w = await LinkedWorld.make()
    const id = await w.sandbox()
    await w.pull(id)
    const s = await w.sum()
    await w.plaid.command({ churn: { item_id: id } })
    await w.pull(id)
    expect(await w.sum()).toEqual(s)
    expect(await w.item(id)).toMatchObject({ status: 'healthy' })
  })
})
