// The directory of institutions, the legacy categories, and what an Item's token and user lead to.
import type { Category, Institution } from 'plaid'
import { describe, expect, test } from 'vitest'
import { INSTITUTIONS } from '../src/world/institutions.ts'
import { GINGHAM, PLATYPUS, startEmulator } from './support/emulator.ts'

const UNSUPPORTED = 'ins_133402'

interface Found {
  institutions: Institution[]
  total: number
  error_code?: string
}

describe('/institutions', () => {
  const all = { country_codes: ['US', 'CA', 'GB'], count: 500, offset: 0 }

  test('are listed page by page, each once, with their total', async () => {
    await using bench = await startEmulator()
    const ids: string[] = []
    const offered = INSTITUTIONS.map(({ id }) => id).filter((id) => id !== UNSUPPORTED)
    for (let offset = 0; offset < offered.length; offset += 5) {
      const { body } = await bench.post<Found>('/institutions/get', { ...all, count: 5, offset })
      expect(body.total).toBe(offered.length)
      ids.push(...body.institutions.map(({ institution_id }) => institution_id))
    }
    expect(ids).toEqual(offered)
  })

  test('that Plaid gave up are found by their id alone, and say so', async () => {
    await using bench = await startEmulator()
    const search = { country_codes: ['US'], query: 'unsupported platypus' }
    const { body } = await bench.post<Found>('/institutions/search', search)
    expect(body.institutions).toEqual([])
    const availability = async (institution_id: string) => {
      const request = { institution_id, country_codes: ['US'] }
      return (await bench.post('/institutions/get_by_id', request)).body['institution']
    }
    const [gone, here] = ['NOT_SUPPORTED', 'SUPPORTED']
    expect(await availability(UNSUPPORTED)).toMatchObject({ connection_availability: gone })
    expect(await availability(PLATYPUS)).toMatchObject({ connection_availability: here })
  })

  test('are all those that the tests of Plaid’s clients ask for', async () => {
    await using bench = await startEmulator()
    const find = async (path: string, request: object) => {
      const { body } = await bench.post<Found>(`/institutions/${path}`, request)
      return body.institutions
    }
    const options = { oauth: true }
    const british = { country_codes: ['GB'], options }
    const three = await find('get', { ...british, count: 3, offset: 1 })
    expect(three.map(({ oauth }) => oauth)).toEqual([true, true, true])
    const platypus = { ...british, query: 'Platypus', products: ['transactions'] }
    expect((await find('search', platypus)).length).toBeGreaterThan(0)
    const numbered = { routing_numbers: ['021200339', '052001633'] }
    const one = { country_codes: ['US'], count: 1, offset: 0, options: numbered }
    expect(await find('get', one)).toMatchObject([{ institution_id: 'ins_127989' }])
    const get = async (institution_id: string) => {
      const request = { institution_id, country_codes: ['US'] }
      const metadata = { options: { include_optional_metadata: true } }
      return (await bench.post('/institutions/get_by_id', { ...request, ...metadata })).body
    }
    expect(await get('ins_12')).toMatchObject({
      institution: { products: expect.arrayContaining(['transactions']), url: expect.any(String) },
    })
    expect(await get('ins_109511')).toMatchObject({
      institution: { url: 'https://www.plaid.com/' },
    })
  })

  test('are those of the country, the products, the login and the routing number', async () => {
    await using bench = await startEmulator()
    const names = async (more: object, options: object = {}) => {
      const { body } = await bench.post<Found>('/institutions/get', { ...all, ...more, options })
      return body.institutions?.map(({ name }) => name) ?? body.error_code
    }
    expect(await names({ country_codes: ['CA'] })).toEqual(['Tartan-Dominion Bank of Canada'])
    expect(await names({ country_codes: ['US'] }, { oauth: true })).toEqual([
      'Platypus OAuth Bank',
      'Bank of America',
    ])
    expect(await names({ country_codes: ['GB'] }, { products: ['liabilities'] })).toEqual([])
    const number = INSTITUTIONS[0]?.routingNumbers[0]
    expect(await names({}, { routing_numbers: [number, '123456789'] })).toEqual([
      INSTITUTIONS[0]?.name,
    ])
    expect(await names({}, { routing_numbers: ['123456789'] })).toBe('INVALID_FIELD')
  })

  test('are found by words of their names', async () => {
    await using bench = await startEmulator()
    const find = async (query: string, more: object = {}) => {
      const request = { query, country_codes: ['US'], ...more }
      const { body } = await bench.post<Found>('/institutions/search', request)
      return body.institutions.map(({ institution_id }) => institution_id)
    }
    expect(await find('gingham')).toEqual([GINGHAM])
    expect(await find('bank platypus first')).toContain(PLATYPUS)
    expect(await find('platypus', { options: { oauth: true } })).toEqual(['ins_127287'])
    expect(await find('nothing of the kind')).toEqual([])
    expect((await find('b')).length).toBeLessThanOrEqual(10)
  })

  test('tell what is asked for, and nothing more', async () => {
    await using bench = await startEmulator()
    const get = async (id: string, options: object) => {
      const request = { institution_id: id, country_codes: ['US'], options }
      return (await bench.post<{ institution: Institution }>('/institutions/get_by_id', request))
        .body.institution
    }
    const bare = await get(PLATYPUS, {})
    expect([bare.logo, bare.status, bare.auth_metadata]).toEqual([undefined, undefined, undefined])
    const whole = await get('ins_132361', {
      include_optional_metadata: true,
      include_status: true,
      include_auth_metadata: true,
    })
    expect(
      Buffer.from(whole.logo ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
    expect(whole.status?.auth).toMatchObject({ breakdown: { success: 0, error_institution: 1 } })
    expect(whole.auth_metadata?.supported_methods?.instant_auth).toBe(true)
  })
})

describe('/categories/get', () => {
  test('gives the whole list, each category below its own, to anybody', async () => {
    await using bench = await startEmulator()
    const { status, body } = await bench.post<{ categories: Category[] }>('/categories/get', {}, {})
    expect(status).toBe(200)
    const paths = new Map(body.categories.map((each) => [each.category_id, each.hierarchy]))
    expect(paths.size).toBe(602)
    for (const [id, path] of paths) {
      const above = path.length === 3 ? `${id.slice(0, 5)}000` : `${id.slice(0, 2)}000000`
      if (path.length > 1) expect(paths.get(above)).toEqual(path.slice(0, -1))
    }
    expect(paths.get('19047000')).toEqual(['Shops', 'Supermarkets and Groceries'])
    expect(paths.get('13005043')).toEqual(['Food and Drink', 'Restaurants', 'Coffee Shop'])
    expect(paths.get('18068005')).toEqual(['Service', 'Utilities', 'Electric'])
    expect(paths.has('18002000')).toBe(false)
  })
})

describe('/item/public_token/create', () => {
  test('gives a token for the same Item once more, for half an hour', async () => {
    await using bench = await startEmulator()
    const { accessToken: access_token, itemId } = await bench.link(PLATYPUS)
    await bench.post('/sandbox/item/reset_login', { access_token })
    const create = async () =>
      (await bench.post('/item/public_token/create', { access_token })).body
    const { public_token, expiration } = await create()
    expect(public_token).toMatch(/^public-sandbox-/)
    expect(expiration).toBe('2026-03-15T12:30:00Z')
    const exchanged = await bench.post('/item/public_token/exchange', { public_token })
    expect(exchanged).toMatchObject({ status: 200, body: { item_id: itemId } })
    const replaced = (await create())['public_token']
    const late = (await create())['public_token']
    const old = await bench.post('/item/public_token/exchange', { public_token: replaced })
    expect(old.body['error_code']).toBe('INVALID_PUBLIC_TOKEN')
    await bench.advance('31m')
    const refused = await bench.post('/item/public_token/exchange', { public_token: late })
    expect(refused.body['error_code']).toBe('INVALID_PUBLIC_TOKEN')
    expect((await bench.post('/item/get', { access_token })).status).toBe(200)
  })
})

describe('an access token', () => {
  test('that was rotated is dead at once; the new one leads to the same Item', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS)
    const first = await bench.sync(item)
    const { body } = await bench.post('/item/access_token/invalidate', {
      access_token: item.accessToken,
    })
    const access_token = String(body['new_access_token'])
    const old = await bench.post('/item/get', { access_token: item.accessToken })
    expect(old.body['error_code']).toBe('INVALID_ACCESS_TOKEN')
    const fresh = await bench.post<{ item: { item_id: string } }>('/item/get', { access_token })
    expect(fresh.body.item.item_id).toBe(item.itemId)
    const cursor = first.body.next_cursor
    expect((await bench.post('/transactions/sync', { access_token, cursor })).status).toBe(200)
  })

  test('of an Item whose products were terminated finds nothing', async () => {
    await using bench = await startEmulator()
    const { accessToken: access_token } = await bench.link(PLATYPUS)
    const wrong = { access_token, reason_code: 'BORED' }
    const refused = await bench.post('/item/products/terminate', wrong)
    expect(refused.body['error_code']).toBe('INVALID_FIELD')
    const right = { access_token, reason_code: 'USER_OFFBOARDING' }
    expect((await bench.post('/item/products/terminate', right)).status).toBe(200)
    const gone = await bench.post('/accounts/get', { access_token })
    expect(gone.body['error_code']).toBe('ITEM_NOT_FOUND')
  })
})

describe('/user/items/get', () => {
  test('gives the Items of one user', async () => {
    await using bench = await startEmulator()
    const link = async (user_id: string): Promise<string> => {
      const created = await bench.post('/sandbox/public_token/create', {
        institution_id: PLATYPUS,
        initial_products: ['transactions'],
        user_id,
      })
      const { public_token } = created.body
      const { body } = await bench.post('/item/public_token/exchange', { public_token })
      return String(body['item_id'])
    }
    const mine = [await link('usr_one'), await link('usr_one')]
    const other = await link('usr_two')
    const items = async (user_id: string) => {
      const { body } = await bench.post<{ items: { item_id: string }[] }>('/user/items/get', {
        user_id,
      })
      return body.items.map(({ item_id }) => item_id)
    }
    expect(await items('usr_one')).toEqual(mine)
    expect(await items('usr_two')).toEqual([other])
    expect(await items('usr_three')).toEqual([])
    const nobody = await bench.post('/user/items/get', {})
    expect(nobody.body['error_code']).toBe('MISSING_FIELDS')
  })

  test('knows a user of Link by the id that the link was answered with', async () => {
    await using bench = await startEmulator()
    const ask = (client_user_id: string) =>
      bench.post('/link/token/create', {
        client_name: 'Test',
        language: 'en',
        country_codes: ['US'],
        products: ['transactions'],
        user: { client_user_id },
      })
    const [one, same, other] = [await ask('one'), await ask('one'), await ask('other')]
    expect(one.body['user_id']).toMatch(/^usr_\w+$/)
    expect(same.body['user_id']).toBe(one.body['user_id'])
    expect(other.body['user_id']).not.toBe(one.body['user_id'])
  })
})

describe('/accounts/balance/get', () => {
  interface Balances {
    accounts: { type: string; balances: { current: number; last_updated_datetime?: string } }[]
    error_code?: string
  }

  test('is what the bank has now, before Plaid has looked', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS)
    const { accessToken: access_token } = item
    const ask = async (path: string) =>
      (await bench.post<Balances>(path, { access_token })).body.accounts.map(
        ({ balances }) => balances.current,
      )
    let ahead = 0
    for (let hour = 0; hour < 48; hour++) {
      await bench.advance('1h')
      const cached = await ask('/accounts/get')
      const now = await ask('/accounts/balance/get')
      if (JSON.stringify(now) === JSON.stringify(cached)) continue
      ahead++
      const { body } = await bench.sync(item)
      expect(body.accounts.map(({ balances }) => balances.current)).toEqual(cached)
    }
    expect(ahead).toBeGreaterThan(0)
    const now = await ask('/accounts/balance/get')
    await bench.post('/transactions/refresh', { access_token })
    expect(await ask('/accounts/get')).toEqual(now)
  })

  test('of a bank that caches cards says how old they are, where that is young enough', async () => {
    await using bench = await startEmulator()
    const { accessToken: access_token } = await bench.link('ins_130016')
    const ask = async (options: object) =>
      (await bench.post<Balances>('/accounts/balance/get', { access_token, options })).body
    expect((await ask({})).error_code).toBe('INVALID_FIELD')
    const late = { min_last_updated_datetime: '2026-03-16T00:00:00Z' }
    expect((await ask(late)).error_code).toBe('LAST_UPDATED_DATETIME_OUT_OF_RANGE')
    const { accounts } = await ask({ min_last_updated_datetime: '2026-03-14T00:00:00Z' })
    for (const { type, balances } of accounts) {
      expect(balances.last_updated_datetime).toBe(
        type === 'depository' ? undefined : '2026-03-15T12:00:00Z',
      )
    }
    const deposits = await bench.post<{ accounts: { account_id: string; type: string }[] }>(
      '/accounts/get',
      { access_token },
    )
    const account_ids = deposits.body.accounts
      .filter(({ type }) => type === 'depository')
      .map(({ account_id }) => account_id)
    expect((await ask({ account_ids })).error_code).toBeUndefined()
  })
})
