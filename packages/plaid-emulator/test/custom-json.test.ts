// Plaid's JSON of a custom user: what is wrong with it is named, and nothing stops the emulator.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../../src/std/errors.ts'
import { createLife } from '../src/world/life.ts'
import { customPersona } from '../src/world/custom/persona.ts'
import { readCustomUser } from '../src/world/custom/read.ts'
import { CUSTOM_USER, type CustomUser } from '../src/world/custom/schema.ts'
import { plaidOpenApi } from './support/plaid-openapi.ts'
import { type Shape, shapeOf } from './support/shape.ts'
import { checking, NOON, row } from './support/custom-user.ts'
import { createLink, type Link, sessionsOf } from './support/link.ts'
import { PLATYPUS, startEmulator } from './support/emulator.ts'

function refused(json: unknown): string {
  try {
    readCustomUser(JSON.stringify(json))
  } catch (error) {
    if (error instanceof ConfigError) return error.field ?? error.message
    throw error
  }
  return 'nothing is wrong'
}

describe.skipIf(plaidOpenApi() === undefined)('the JSON', () => {
  test('has every field of Plaid’s', () => {
    const compare = (ours: Shape | undefined, plaids: Shape | undefined, path: string): void => {
      if (ours === undefined) return expect(OPEN).toContain(path)
      for (const field of plaids?.fields ?? []) {
        expect(ours.fields, path).toContain(field)
        if (plaids?.at(field) !== undefined) {
          compare(ours.at(field), plaids.at(field), `${path}/${field}`)
        }
      }
    }
    /** Shown nowhere, so anything may be in it. */
    const OPEN = ['/override_accounts/income/paystubs', '/override_accounts/income/w2s']
    compare(shapeOf(CUSTOM_USER), plaidOpenApi()?.schemaShape('UserCustomPassword'), '')
  })
})

describe('what is wrong with the JSON is named', () => {
  const account = (more: object) => ({ override_accounts: [checking(more)] })

  test.each([
    ['override_accounts', { override_accounts: 'x' }],
    ['override_accounts[0].type', { override_accounts: [{}] }],
    ['override_accounts[0].type', { override_accounts: [{ type: 'bank' }] }],
    ['override_accounts[0].subtype', account({ subtype: 'brokerage' })],
    ['override_accounts[0].starting_balance', account({ starting_balance: '12' })],
    [
      'override_accounts[0].force_available_balance',
      account({ force_available_balance: 1, has_null_available_balance: true }),
    ],
    ['overide_accounts', { overide_accounts: [] }],
    ['override_accounts[0].curency', account({ curency: 'USD' })],
    [
      'override_accounts[0].transactions[0].amuont',
      account({ transactions: [{ ...row('2026-01-01', '2026-01-01', 1), amuont: 1 }] }),
    ],
    ['override_accounts[0].currency', account({ currency: 'dollars' })],
    ['override_accounts[0].currency', account({ currency: 'XXY' })],
    [
      'override_accounts[0].transactions[0].currency',
      account({ transactions: [{ ...row('2026-01-01', '2026-01-01', 1), currency: 'usd' }] }),
    ],
    ['override_accounts[0].meta.mask', account({ meta: { mask: '12345' } })],
    ['override_accounts[0].numbers.eft_branch', account({ numbers: { eft_institution: '1' } })],
    ['override_accounts[0].numbers.ach_routing', account({ numbers: { ach_routing: '12' } })],
    [
      'override_accounts[0].transactions[1].amount',
      account({
        transactions: [
          row('2026-01-01', '2026-01-01', 1),
          { ...row('2026-01-01', '2026-01-01', 1), amount: undefined },
        ],
      }),
    ],
    [
      'override_accounts[0].transactions[0].date_posted',
      account({ transactions: [row('2026-01-01', '2026-02-30', 1)] }),
    ],
    [
      'override_accounts[0].holdings[0].security',
      account({
        holdings: [{ institution_price: 1, quantity: 1, currency: 'USD', security: { name: 'x' } }],
      }),
    ],
    [
      'override_accounts[0].investment_transactions[0].type',
      account({
        investment_transactions: [
          { date: '2026-01-01', name: 'x', quantity: 1, price: 1, type: 'gift', currency: 'USD' },
        ],
      }),
    ],
    [
      'override_accounts[0].identity.emails[0].data',
      account({ identity: { emails: [{ primary: true }] } }),
    ],
    [
      'override_accounts[0].liability.nominal_apr',
      account({ liability: { type: 'credit', nominal_apr: 3 } }),
    ],
    [
      'override_accounts[0].inflow_model.income_amount',
      account({
        inflow_model: { type: 'monthly-income', payment_day_of_month: 1, transaction_name: 'x' },
      }),
    ],
    ['override_accounts[0].income.paystubs', account({ income: { paystubs: 4 } })],
    ['version', { version: '3' }],
    ['seed', { seed: 4 }],
    ['mfa.type', { mfa: { type: 'smoke' } }],
    ['mfa.question_rounds', { mfa: { type: 'questions', questions_per_round: 2 } }],
    ['recaptcha', { recaptcha: 'ugly' }],
    ['force_error', { force_error: 'NO_SUCH' }],
    [
      'override_accounts',
      { override_accounts: Array.from({ length: 11 }, () => checking({ transactions: [] })) },
    ],
    [
      'override_accounts',
      account({
        transactions: Array.from({ length: 251 }, () => row('2026-01-01', '2026-01-01', 1)),
      }),
    ],
  ])('%s', (field, json) => {
    expect(refused(json)).toBe(field)
  })

  test('and nothing is wrong with Plaid’s currencies, nor with its files of documents', () => {
    for (const currency of ['USD', 'VED', 'DEM', 'BTC', 'USDT']) {
      expect(refused(account({ currency }))).toBe('nothing is wrong')
    }
    expect(refused({ ocr_status: 'failure', w2: { tax_year: '2022' } })).toBe('nothing is wrong')
  })

  test('by the API, as an invalid field; what is no JSON, as wrong credentials', async () => {
    await using bench = await startEmulator()
    const ask = async (override_password: string) => {
      const { status, body } = await bench.post('/sandbox/public_token/create', {
        institution_id: PLATYPUS,
        initial_products: ['transactions'],
        options: { override_username: 'user_custom', override_password },
      })
      expect(status).toBe(400)
      return [body['error_code'], body['error_message']]
    }
    expect(await ask('{"override_accounts":[{"type":"depository","meta":{"mask":"!"}}]}')).toEqual([
      'INVALID_FIELD',
      expect.stringContaining('override_accounts[0].meta.mask'),
    ])
    const code = async (json: string) => (await ask(json))[0]
    expect(await code('pass_good')).toBe('INVALID_CREDENTIALS')
    expect(await code('[]')).toBe('INVALID_CREDENTIALS')
    expect(await code(`{"seed":"${'x'.repeat(60_000)}"}`)).toBe('INVALID_CREDENTIALS')
    expect(await code('{"force_error":"ITEM_LOCKED"}')).toBe('ITEM_LOCKED')
    expect(await code('{"recaptcha":"bad"}')).toBe('RECAPTCHA_BAD')
    expect(await code('['.repeat(50_000))).toBe('INVALID_CREDENTIALS')
    const deep = `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`
    expect(await code(deep)).toBe('INVALID_FIELD')
    expect(await ask('{"overide_accounts":[]}')).toEqual([
      'INVALID_FIELD',
      'user_custom: overide_accounts is not a field of Plaid’s',
    ])
  })

  test('in Link, where right JSON brings its own accounts and its own questions', async () => {
    await using bench = await startEmulator()
    const json = (mask: string) =>
      JSON.stringify({
        mfa: { type: 'device' },
        override_accounts: [checking({ meta: { name: 'Mine', mask } })],
      })
    const finish = async (link: Link, password: string) => {
      const fields = { institution_id: PLATYPUS, username: 'user_custom', password, mfa: '1234' }
      const body = new URLSearchParams(fields)
      const answer = await fetch(link.hosted_link_url, { method: 'POST', body })
      return [answer.status, await answer.text()]
    }
    const link = await createLink(bench)
    expect(await finish(link, json('!'))).toEqual([
      400,
      expect.stringContaining('override_accounts[0].meta.mask'),
    ])
    expect((await finish(link, json('42')))[0]).toBe(200)
    const added = (await sessionsOf(bench, link)).flatMap(
      ({ results }) => results?.item_add_results ?? [],
    )
    expect(added).toMatchObject([{ accounts: [{ name: 'Mine', mask: '42' }] }])
  })

  test('or it works, whatever the JSON', () => {
    const name = fc.constantFrom(
      ...'type subtype starting_balance transactions override_accounts meta mask limit'.split(' '),
      ...'date_transacted date_posted amount description currency seed numbers mfa'.split(' '),
      ...'holdings security liability inflow_model identity names __proto__ constructor'.split(' '),
    )
    const leaf = fc.oneof(
      fc.constantFrom('depository', 'credit', 'loan', 'investment', 'checking', 'student', 'USD'),
      fc.constantFrom('2026-01-01', '2026-02-31', '0000-00-00', '9999-12-31', 'last', '§date§'),
      fc.constantFrom(0, -1, 1e308, Number.MIN_VALUE, 12.345, true, false, null),
      fc.string(),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(name, tie('tree'), { maxKeys: 6 }),
      ),
    }))
    const amount = fc.double({ min: -1.1e11, max: 1.1e11 })
    const account = fc.record(
      {
        type: fc.constantFrom('depository', 'credit', 'loan', 'investment', 'payroll', 'other'),
        starting_balance: fc.oneof(amount, tree),
        currency: fc.oneof(fc.constantFrom('USD', 'JPY', 'BTC', 'XXY'), tree),
        meta: fc.oneof(fc.record({ limit: amount, name: fc.string() }), tree),
        transactions: fc.array(
          fc.record({
            date_transacted: fc.oneof(fc.constantFrom('2026-03-01', '1999-01-01'), tree),
            date_posted: fc.constantFrom('2026-03-02', '2026-03-30', '2199-01-01'),
            amount: fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), tree),
            description: fc.string(),
          }),
          { maxLength: 3 },
        ),
        liability: tree,
        inflow_model: tree,
      },
      { requiredKeys: ['type'] },
    )
    const users = fc.oneof(
      tree,
      { weight: 3, arbitrary: fc.record({ override_accounts: fc.array(account) }) },
      fc.object(),
    )
    const seen = { worked: 0, named: 0 }
    fc.assert(
      fc.property(users, (json) => {
        let user: CustomUser
        try {
          user = readCustomUser(JSON.stringify(json))
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          expect(error.message).toMatch(/^user_custom: \S+ .+/)
          seen.named++
          return
        }
        seen.worked++
        const persona = customPersona(user, 'item', NOON)
        const life = createLife(persona, 'world')
        const today = Math.floor(NOON / 86_400_000)
        const all = new Set(persona.accounts.keys())
        for (const draft of life.drafts(all, today - 730, today + 30)) {
          expect(Number.isSafeInteger(draft.cents)).toBe(true)
        }
        for (const place of all) {
          expect(Number.isSafeInteger(life.balanceBefore(place, today + 30))).toBe(true)
        }
      }),
      { numRuns: 400, seed: 7 },
    )
    expect(Math.min(seen.worked, seen.named)).toBeGreaterThan(20)
  })
})
