// What outlives a restart, what the admin API does, the Hosted Link page and the large Item.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createEmulator } from '../src/emulator.ts'
import { createLogger } from '../../../src/std/log.ts'
import { GINGHAM, PLATYPUS, startEmulator, temporaryFolder } from './support/emulator.ts'

describe('a restart', () => {
  test('is the same bank: tokens, cursors, mutations, refreshes and the clock', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const item = await bench.link()
    const page = await bench.sync(item, '', 100)
    await bench.advance('100h')
    await bench.post('/transactions/refresh', { access_token: item.accessToken })
    await bench.mutate(item, { add: 3, modify: 4, remove: 5 })
    await bench.advance('30h')
    const before = [bench.truth(item), (await bench.sync(item)).body.next_cursor]
    await bench.restart()
    expect([bench.truth(item), (await bench.sync(item)).body.next_cursor]).toEqual(before)
    const mutated = await bench.sync(item, page.body.next_cursor)
    expect(mutated.body.error_code).toBe('TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION')
  })

  test('L5 finds no token in clear on the disk, in a folder for its owner alone', async () => {
    await using folder = await temporaryFolder()
    const dataFolder = join(folder.path, 'emulator')
    await using bench = await startEmulator({ dataFolder })
    const item = await bench.link()
    const waiting = await bench.post('/sandbox/public_token/create', {
      institution_id: GINGHAM,
      initial_products: ['transactions'],
    })
    const link = await bench.post('/link/token/create', LINK)
    await fetch(String(link.body['hosted_link_url']), { method: 'POST', body: CONSENT })
    const files = await readdir(dataFolder)
    const text = (
      await Promise.all(files.map((file) => readFile(join(dataFolder, file), 'utf8')))
    ).join('\n')
    const given = [item.accessToken, waiting.body['public_token'], link.body['link_token']]
    expect(text).toContain(item.itemId)
    expect(given.filter((token) => text.includes(String(token)))).toEqual([])
    expect(/(access|public|link)-sandbox/.test(text)).toBe(false)
    expect((await stat(dataFolder)).mode & 0o077).toBe(0)
    expect((await stat(join(dataFolder, 'emulator.json'))).mode & 0o077).toBe(0)
  })

  test('refuses a folder of another world or version, and a damaged one, with what to do', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    const options = {
      host: '127.0.0.1',
      port: 0,
      dataFolder,
      seed: 'one',
      world: 'household' as const,
      logger: createLogger('emulator', 'silent'),
    }
    await (await createEmulator(options)).stop()
    await expect(createEmulator({ ...options, seed: 'two' })).rejects.toThrow(/seed "one"/)
    await expect(createEmulator({ ...options, startDate: '2026-01-01' })).rejects.toThrow(/runs/)
    const file = join(dataFolder, 'emulator.json')
    for (const text of ['{"version":', 'null', '{"version":1,"items":[]}']) {
      await writeFile(file, text)
      await expect(createEmulator(options)).rejects.toThrow(/restore it, .* another data folder$/)
      expect(await readFile(file, 'utf8')).toBe(text)
    }
  })
})

describe('the admin API', () => {
  test('does not exist without a token, and opens to the right one only', async () => {
    await using closed = await startEmulator({ adminToken: undefined as never })
    expect((await closed.advance('1d')).status).toBe(404)
    await using bench = await startEmulator()
    expect((await bench.post('/emulator/commands', { advance: '1d' })).status).toBe(401)
  })

  test('moves the clock, forward only and within its range', async () => {
    await using bench = await startEmulator()
    expect((await bench.advance('30d')).body['now']).toBe('2026-04-14T12:00:00Z')
    expect((await bench.advance('90m')).body['now']).toBe('2026-04-14T13:30:00Z')
    expect((await bench.advance('now')).status).toBe(200)
    for (const duration of ['-1d', '1w', '', '999999999d']) {
      expect(await bench.advance(duration)).toMatchObject({
        status: 400,
        body: { error: { field: 'duration' } },
      })
    }
  })

  test('gives the status: the clock and the Items', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const response = await fetch(`${bench.url()}/emulator/status`, {
      headers: { authorization: 'Bearer admin-token-of-the-test' },
    })
    expect(await response.json()).toMatchObject({
      now: '2026-03-15T12:00:00Z',
      clock: 'stands',
      item_count: 1,
      items: [{ item_id: item.itemId, institution_id: PLATYPUS }],
    })
  })

  test('orders an error for an endpoint or an Item, so many times', async () => {
    await using bench = await startEmulator()
    const [item, other] = [await bench.link(), await bench.link(GINGHAM)]
    const endpoint = '/transactions/sync'
    const order = { endpoint, item_id: item.itemId, error_code: 'INSTITUTION_DOWN', times: 2 }
    expect((await bench.command({ fault: order })).status).toBe(200)
    expect((await bench.sync(other)).status).toBe(200)
    for (const status of [400, 400, 200]) expect((await bench.sync(item)).status).toBe(status)
    await bench.command({ fault: { endpoint, error_code: 'INTERNAL_SERVER_ERROR' } })
    expect([(await bench.sync(other)).status, (await bench.sync(other)).status]).toEqual([500, 200])
    const unknown = await bench.command({ fault: { endpoint, error_code: 'NO_SUCH' } })
    expect(unknown).toMatchObject({ status: 400, body: { error: { field: 'error_code' } } })
  })
})

const LINK = {
  client_name: 'Test <script>',
  language: 'en',
  country_codes: ['US'],
  user: { client_user_id: 'user' },
  products: ['transactions'],
  transactions: { days_requested: 365 },
  hosted_link: {},
}
const CONSENT = new URLSearchParams({
  institution_id: GINGHAM,
  username: 'user_good',
  password: 'pass_good',
  action: 'consent',
})

describe('the large Item', () => {
  test('has as many rows as its user name says, and is mutated like any other', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS, { override_username: 'user_scale_3210' })
    const ids = new Set<string>()
    let cursor = ''
    for (let more = true; more;) {
      const { body } = await bench.sync(item, cursor)
      for (const row of body.added) ids.add(row.transaction_id)
      cursor = body.next_cursor
      more = body.has_more
    }
    expect(ids.size).toBe(3210)
    const mutation = { add: 11, modify: 22, remove: 33 }
    await bench.mutate(item, mutation)
    const { added, modified, removed } = (await bench.sync(item, cursor)).body
    expect([added.length, modified.length, removed.length]).toEqual([11, 22, 33])
    expect(removed.every(({ transaction_id }) => ids.has(transaction_id))).toBe(true)
  })
})
