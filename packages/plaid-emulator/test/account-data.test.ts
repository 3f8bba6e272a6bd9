// Who owns accounts, and by which numbers money reaches them.
import type { AccountIdentity, AuthGetNumbers } from 'plaid'
import { describe, expect, test } from 'vitest'
import {
  GINGHAM,
  type LinkedItem,
  PLATYPUS,
  startEmulator,
  TATTERSALL,
  temporaryFolder,
} from './support/emulator.ts'

interface Auth {
  accounts: { account_id: string; mask: string }[]
  numbers: AuthGetNumbers
}

describe('/identity/get', () => {
  test('names the same person at each bank, and two on a joint account', async () => {
    await using bench = await startEmulator()
    const names = async (item: LinkedItem): Promise<string[][]> => {
      const { body } = await bench.post<{ accounts: AccountIdentity[] }>('/identity/get', {
        access_token: item.accessToken,
      })
      return body.accounts.flatMap(({ owners }) => owners.map((owner) => owner.names))
    }
    const platypus = await names(await bench.link(PLATYPUS, {}, ['identity']))
    const gingham = await names(await bench.link(GINGHAM, {}, ['identity']))
    const [person] = platypus[0] ?? []
    expect(person).toMatch(/^\w+ \w+$/)
    expect(platypus).toEqual([[person], [person], [person]])
    expect(gingham.map((owners) => owners.length)).toEqual([2, 1, 1, 2])
    expect(gingham.every((owners) => owners[0] === person)).toBe(true)
  })
})

describe('/auth/get', () => {
  const ask = async (institutionId: string, ids?: (all: Auth) => string[]): Promise<Auth> => {
    await using bench = await startEmulator()
    const item = await bench.link(institutionId, {}, ['auth'])
    const access_token = item.accessToken
    const { body } = await bench.post<Auth>('/auth/get', { access_token })
    if (ids === undefined) return body
    const options = { account_ids: ids(body) }
    return (await bench.post<Auth>('/auth/get', { access_token, options })).body
  }

  test('gives numbers that end as the mask does, of deposits alone', async () => {
    const { accounts, numbers } = await ask(PLATYPUS)
    expect(accounts.map(({ mask }) => mask)).toEqual(['0417', '1128'])
    expect(numbers.ach.map(({ account }) => account.slice(-4))).toEqual(['0417', '1128'])
    expect(numbers.ach.every(({ routing }) => /^\d{9}$/.test(routing))).toBe(true)
    expect([numbers.eft, numbers.bacs, numbers.international]).toEqual([[], [], []])
    const one = await ask(PLATYPUS, (all) => all.accounts.slice(1).map((each) => each.account_id))
    expect(one.numbers.ach.map(({ account }) => account)).toEqual([numbers.ach[1]?.account])
  })

  test('gives transit numbers in Canada; sort codes and IBANs that check in Britain', async () => {
    const canada = await ask('ins_43')
    expect(canada.numbers.ach).toEqual([])
    expect(canada.numbers.eft.length).toBe(canada.accounts.length)
    expect(canada.numbers.eft[0]?.institution).toMatch(/^\d{3}$/)
    expect(canada.numbers.eft[0]?.branch).toMatch(/^\d{5}$/)
    const britain = await ask('ins_117650')
    expect(britain.numbers.bacs[0]?.sort_code).toMatch(/^\d{6}$/)
    expect(britain.numbers.international.length).toBe(britain.accounts.length)
    for (const { iban } of britain.numbers.international) {
      const turned = iban.slice(4) + iban.slice(0, 4)
      const digits = turned.replaceAll(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)))
      expect(BigInt(digits) % 97n).toBe(1n)
    }
  })
})

describe('a product', () => {
  test('moves from available to billed when it is first used, and stays after a restart', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const item = await bench.link(GINGHAM)
    const access_token = item.accessToken
    const products = async () => {
      const { body } = await bench.post<{
        item: { available_products: string[]; billed_products: string[] }
      }>('/item/get', { access_token })
      return body.item
    }
    const before = await products()
    expect(before.billed_products).toEqual(['transactions'])
    expect(before.available_products).toContain('liabilities')
    expect(before.available_products).not.toContain('investments')
    await bench.post('/liabilities/get', { access_token })
    const after = await products()
    expect(after.billed_products).toEqual(['transactions', 'liabilities'])
    expect(after.available_products).toContain('balance')
    expect(after.available_products).not.toContain('liabilities')
    await bench.restart()
    expect(await products()).toEqual(after)
  })

  test('that an Item lacks is refused with the reason', async () => {
    await using bench = await startEmulator()
    const refusal = async (item: LinkedItem, path: string, body: object = {}) => {
      const answer = await bench.post(path, { access_token: item.accessToken, ...body })
      return [answer.body['error_code'], answer.body['error_message']]
    }
    const platypus = await bench.link(PLATYPUS)
    const tattersall = await bench.link(TATTERSALL)
    const [investments] = await refusal(platypus, '/investments/holdings/get')
    expect(investments).toBe('NO_INVESTMENT_ACCOUNTS')
    const [liabilities] = await refusal(tattersall, '/liabilities/get')
    expect(liabilities).toBe('NO_LIABILITY_ACCOUNTS')
    const british = await bench.link('ins_117650')
    expect(await refusal(british, '/liabilities/get')).toEqual([
      'PRODUCTS_NOT_SUPPORTED',
      'the following products are not supported by this institution: ["liabilities"]',
    ])
    await bench.post('/sandbox/item/reset_login', { access_token: platypus.accessToken })
    expect((await refusal(platypus, '/identity/get'))[0]).toBe('ITEM_LOGIN_REQUIRED')
    const unlinked = await bench.post('/sandbox/public_token/create', {
      institution_id: PLATYPUS,
      initial_products: ['investments'],
    })
    expect(unlinked.body['error_code']).toBe('NO_INVESTMENT_ACCOUNTS')
  })
})
