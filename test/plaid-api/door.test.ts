// The door between bank and store: whatever a bank sends, a row comes out that PostgreSQL can hold,
// or none, and what was changed of it is told by field and reason.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Misfits } from '../../src/plaid-api/door.ts'
import { accountRow, stagedRemoval, stagedTransaction } from '../../src/plaid-api/row.ts'
import { parseExact } from '../../src/std/exact-json.ts'

const good = {
  transaction_id: 't',
  account_id: 'a',
  amount: 12.5,
  date: '2026-01-02',
  name: 'Coffee',
  pending: false,
  iso_currency_code: 'USD',
  personal_finance_category: { primary: 'FOOD', detailed: 'FOOD_COFFEE' },
  location: { city: 'Zürich', lat: 47.3 },
  counterparties: [{ name: 'Blue Door' }],
}

function taken(given: unknown) {
  const misfits = new Misfits()
  const row = stagedTransaction('item', given, misfits)
  const told = misfits.list().map(({ field, reason }) => `${field} ${reason}`)
  const body = row && (JSON.parse(`{${row.body}`) as Record<string, unknown>)
  return { row, body, told }
}

/** `depth` objects in one another. */
function nested(depth: number): unknown {
  return JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))
}

describe('a transaction', () => {
  test('that fits is taken as it is, and nothing is told', () => {
    const { row, body, told } = taken(good)
    expect(told).toEqual([])
    expect(body).toMatchObject({ ...good, category: 'FOOD', subcategory: 'FOOD_COFFEE' })
    expect(row).toMatchObject({ amount: '12.5', date: '2026-01-02', category: 'FOOD' })
  })

  test('keeps what is new at Plaid in `extra`, where its columns do not have it', () => {
    const given = parseExact(
      JSON.stringify({
        ...good,
        location: { ...good.location, floor: 3 },
        personal_finance_category: { ...good.personal_finance_category, tertiary: 'BEANS' },
        category: ['Food and Drink', 'Coffee'], // retired
        carbon: { grams: 4, of: ['beans', null] },
        extra: 'of Plaid’s own',
        tip: 1,
      }).replace('"tip":1', '"__proto__":{"tip":12345678901234567.89},"nothing":null'),
    )
    const { row, body, told } = taken(given)
    expect(told).toEqual([])
    expect(body).toMatchObject({
      location: { city: 'Zürich', floor: 3 },
      personal_finance_category: { tertiary: 'BEANS' },
    })
    expect(row?.body).toContain(
      ',"extra":{"carbon":{"grams":4,"of":["beans",null]},"extra":"of Plaid’s own",' +
        '"__proto__":{"tip":12345678901234567.89},"nothing":null}}',
    )
    expect(taken(good).body).not.toHaveProperty('extra')
    expect(taken({ ...good, deep: nested(201) })).toMatchObject({
      told: ['extra nested_too_deep'],
      body: { ...good, extra: null },
    })
  })

  test.each(['1e-20000', `0.${'0'.repeat(17_000)}1`, '1e400', '-1e99999'])(
    'an amount that no numeric holds is none: %#',
    (digits) => {
      const given = { ...good, amount: parseExact(digits) }
      expect(taken(given).told).toEqual(['amount out_of_range'])
    },
  )

  test.each<[string, unknown, string]>([
    ['amount', '12.50', 'wrong_type'],
    ['amount', 'NaN', 'wrong_type'],
    ['amount', Infinity, 'out_of_range'], // what JSON.parse makes of 1e400
    ['amount', true, 'wrong_type'],
    ['amount', undefined, 'missing'],
    ['date', '2026-02-31', 'no_such_day'],
    ['date', '0000-01-01', 'no_such_day'],
    ['date', 'infinity', 'no_such_day'],
    ['date', 20260102, 'wrong_type'],
    ['datetime', '2026-01-02T25:00:00Z', 'no_such_instant'],
    ['datetime', 'noon', 'no_such_instant'],
    ['name', undefined, 'missing'],
    ['name', null, 'missing'],
    ['name', 5, 'wrong_type'],
    ['name', ['Coffee'], 'wrong_type'],
    ['pending', 'no', 'wrong_type'],
    ['location', 'Zürich', 'wrong_type'],
    ['location', [], 'wrong_type'],
    ['location', { lat: -Infinity }, 'out_of_range'],
    ['counterparties', {}, 'wrong_type'],
    ['counterparties', [1], 'wrong_type'],
    ['account_id', undefined, 'no_usable_id'],
    ['account_id', 'a\0', 'no_usable_id'],
  ])('whose %s is %j has none, and says %s', (field, value, reason) => {
    const { body, told } = taken({ ...good, [field]: value })
    expect(told).toEqual([`${field} ${reason}`])
    expect(body).toMatchObject({ ...good, [field]: null })
  })

  test.each([201, 9_000])('with a field nested %i deep has it no more', (depth) => {
    const { body, told } = taken({ ...good, location: nested(depth) })
    expect(told).toEqual(['location nested_too_deep'])
    expect(body).toMatchObject({ ...good, location: null })
    expect(taken({ ...good, counterparties: [nested(100)] }).told).toEqual([])
  })

  test.each(['2026-01-02T10:00:00Z', '2026-01-02 10:00:00.123456+05:30', '2026-01-02'])(
    'keeps the instant %s',
    (datetime) => expect(taken({ ...good, datetime }).body).toMatchObject({ datetime }),
  )

  test('loses a character that cannot be stored, wherever it is, and nothing else', () => {
    const name = 'Caf\ud83d\0é'
    const location = { 'ci\0ty': 'Z\udc00', lat: 1 }
    const { row, body, told } = taken({ ...good, name, location })
    expect(told).toEqual(['name unstorable_character', 'location unstorable_character'])
    expect(body).toMatchObject({ name: 'Caf\ufffdé', location: { city: 'Z\ufffd', lat: 1 } })
    expect(row?.name).toBe('Caf\ufffdé')
    expect(taken({ ...good, name: '\\u0000 \\ud83d' })).toMatchObject({
      told: [],
      body: { name: '\\u0000 \\ud83d' },
    })
  })

  test('keeps the digits of a number that a double would round', () => {
    const text = JSON.stringify(good).replace('12.5', '12345678901234567.89')
    const { row } = taken(parseExact(text))
    expect(row?.amount).toBe('12345678901234567.89')
    expect(row?.body).toContain('"amount":12345678901234567.89,')
  })

  test.each<[string, unknown]>([
    ['no_record', null],
    ['no_record', 'text'],
    ['no_record', [good]],
    ['no_usable_id', { ...good, transaction_id: undefined }],
    ['no_usable_id', { ...good, transaction_id: '' }],
    ['no_usable_id', { ...good, transaction_id: 7 }],
    ['no_usable_id', { ...good, transaction_id: 'a\0b' }],
    ['no_usable_id', { ...good, transaction_id: '\ud83d' }],
    ['no_usable_id', { ...good, transaction_id: 'x'.repeat(3_000) }],
  ])('with %s is left out and told: %j', (reason, given) => {
    expect(taken(given)).toEqual({
      row: undefined,
      body: undefined,
      told: [`transaction_id ${reason}`],
    })
    const misfits = new Misfits()
    expect(stagedRemoval('item', given, misfits)).toBeUndefined()
    expect(misfits.list()).toHaveLength(1)
  })

  test('of any JSON at all gives a text without what PostgreSQL refuses', () => {
    const fields = fc.constantFrom(
      ...Object.keys(good),
      'datetime',
      'payment_meta',
      'new',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.dictionary(fields, fc.jsonValue({ stringUnit: 'binary' })), (given) => {
        const { row, body } = taken({ ...good, ...given, transaction_id: 't' })
        expect(body).toBeDefined()
        expect(row?.body).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/)
        expect(row?.body.isWellFormed()).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('an account', () => {
  const account = {
    account_id: 'a',
    name: 'Checking',
    type: 'depository',
    balances: { current: 1 },
  }
  const row = (given: unknown) => {
    const misfits = new Misfits()
    const found = accountRow('item', { id: 'ins', name: 'Bank' }, given, misfits)
    const told = misfits.list().map(({ field, reason }) => `${field} ${reason}`)
    return { body: found && (JSON.parse(`{${found.body}`) as unknown), told }
  }

  test('that fits is taken', () => {
    expect(row(account)).toMatchObject({
      told: [],
      body: { name: 'Checking', institution_name: 'Bank', current_balance: 1 },
    })
  })

  test.each<[unknown, string[], object]>([
    [{ ...account, balances: null }, ['balances missing'], { current_balance: null }],
    [
      { ...account, balances: { current: '1', limit: Infinity } },
      ['current_balance wrong_type', 'credit_limit out_of_range'],
      { current_balance: null, credit_limit: null },
    ],
    [{ ...account, name: undefined, mask: 5 }, ['name missing', 'mask wrong_type'], { mask: null }],
    [{ ...account, type: ['x'] }, ['type wrong_type'], { type: null }],
  ])('%j', (given, told, body) => expect(row(given)).toMatchObject({ told, body }))

  test('without an id is left out', () => {
    expect(row({ ...account, account_id: null })).toEqual({
      body: undefined,
      told: ['account_id no_usable_id'],
    })
  })
})
