// Whoever signs in as user_custom brings a bank along: its accounts, days, rows and payments.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Transaction } from 'plaid'
import { createLife } from '../src/world/life.ts'
import { customPersona } from '../src/world/custom/persona.ts'
import type { CustomUser } from '../src/world/custom/schema.ts'
import { checking, NOON, row } from './support/custom-user.ts'
import { type Bench, PLATYPUS, startEmulator, temporaryFolder } from './support/emulator.ts'
import { taxonomy } from './support/taxonomy.ts'

function custom(bench: Bench, json: unknown) {
  const override_password = typeof json === 'string' ? json : JSON.stringify(json)
  return bench.link(PLATYPUS, { override_username: 'user_custom', override_password })
}

async function truth(json: unknown, advance?: string) {
  await using bench = await startEmulator()
  const item = await custom(bench, json)
  if (advance !== undefined) await bench.advance(advance)
  return bench.truth(item)
}

const shape = ({ date, authorized_date, amount, name, pending }: Transaction) => [
  authorized_date,
  date,
  amount,
  name,
  pending,
]

describe('a custom user’s account', () => {
  test('keeps eight decimals of an amount', async () => {
    const { accounts, transactions } = await truth({
      override_accounts: [
        checking({
          starting_balance: 1.00000001,
          currency: 'BTC',
          transactions: [
            row('2026-03-01', '2026-03-02', 0.00012345),
            row('2026-03-03', '2026-03-03', 0.1),
            row('2026-03-04', '2026-03-04', -0.3),
            row('2026-03-14', '2026-03-16', 0.00000001),
          ],
        }),
      ],
    })
    expect(accounts[0]?.balances).toMatchObject({ current: 1.00000001, available: 1 })
    expect(transactions.map(({ amount }) => amount).sort((a, b) => a - b)).toEqual([
      -0.3, 0.00000001, 0.00012345, 0.1,
    ])
  })

  test('is as the JSON says, to the cent', async () => {
    const { accounts } = await truth({
      override_accounts: [
        checking({
          starting_balance: 1234.56,
          force_available_balance: 1000,
          currency: 'EUR',
          meta: { name: 'Mine', official_name: 'Mine Officially', mask: 'A7' },
          transactions: [row('2026-03-01', '2026-03-02', 10.1)],
        }),
        {
          type: 'credit',
          subtype: 'credit card',
          starting_balance: 500,
          has_null_available_balance: true,
          meta: { limit: 2000, mask: '' },
          transactions: [row('2026-03-03', '2026-03-04', 99.99)],
        },
        { type: 'payroll' },
      ],
    })
    expect(accounts).toMatchObject([
      {
        name: 'Mine',
        official_name: 'Mine Officially',
        mask: 'A7',
        type: 'depository',
        subtype: 'checking',
        balances: { current: 1234.56, available: 1000, iso_currency_code: 'EUR', limit: null },
      },
      {
        mask: null,
        balances: { current: 500, available: null, iso_currency_code: 'USD', limit: 2000 },
      },
      { type: 'other', subtype: 'payroll' },
    ])
  })

  test('has its drawn rows’ balance too, whenever in the day the Item is made', async () => {
    const json = {
      seed: 'midday',
      override_accounts: [checking(), { type: 'loan' }, { type: 'credit' }].map((each) => ({
        ...each,
        starting_balance: 777.77,
      })),
    }
    const { accounts } = await truth(json)
    expect(accounts.map(({ balances }) => balances.current)).toEqual([777.77, 777.77, 777.77])
  })

  test('moves by what posts after the Item was made, and keeps a forced balance', async () => {
    const json = {
      override_accounts: [
        checking({
          starting_balance: 100,
          transactions: [row('2026-03-14', '2026-03-17', 30), row('2026-03-16', '2026-03-18', -5)],
        }),
        checking({ starting_balance: 100, force_available_balance: 7, transactions: [] }),
      ],
    }
    const balances = async (advance?: string) =>
      (await truth(json, advance)).accounts.map(({ balances: b }) => [b.current, b.available])
    expect(await balances()).toEqual([
      [100, 75],
      [100, 7],
    ])
    expect(await balances('10d')).toEqual([
      [75, 75],
      [100, 7],
    ])
  })

  test('is drawn from the seed where nothing is given', async () => {
    const [first, second] = [await truth({ seed: 's' }), await truth({ seed: 's' })]
    expect(first.accounts.map(({ subtype }) => subtype)).toEqual([
      'checking',
      'savings',
      'credit card',
    ])
    expect(first.transactions.length).toBeGreaterThan(500)
    expect(first.transactions.map(shape)).toEqual(second.transactions.map(shape))
    const other = await truth({ seed: 't' })
    expect(other.transactions.map(shape)).not.toEqual(first.transactions.map(shape))
  })

  test('is the same for the same seed and date, to the byte, everywhere', async () => {
    const hash = createHash('sha256')
    hash.update(JSON.stringify(await truth({ seed: 'golden' })))
    expect(hash.digest('hex')).toBe(
      '138f0d8f5714ae27341863fdaf874aaea3066bbd6a0b675006b86568f199624c',
    )
  })

  test('has no rows where an empty list was given', async () => {
    const json = { override_accounts: [checking({ transactions: [] })] }
    expect((await truth(json)).transactions).toEqual([])
  })
})

describe('a custom user’s days', () => {
  test('count from the Item’s creation, for one seed', () => {
    const user: CustomUser = { seed: 'same' }
    const rows = (createdAt: number) => {
      const persona = customPersona(user, `item ${createdAt}`, createdAt)
      const life = createLife(persona, 'world')
      const today = Math.floor(createdAt / 86_400_000)
      return life
        .drafts(new Set([0, 1, 2]), today - 400, today + 60)
        .map(({ account, payee, store, cents, occurredAt }) => [
          account,
          payee.name,
          store,
          cents,
          occurredAt - createdAt,
        ])
    }
    expect(rows(NOON).length).toBeGreaterThan(300)
    expect(rows(NOON + 17 * 86_400_000)).toEqual(rows(NOON))
  })

  test('are taken as they stand while the newest is near', async () => {
    const transactions = [row('2026-02-01', '2026-02-03', 12), row('2026-03-01', '2026-03-01', 3)]
    const { transactions: shown } = await truth({ override_accounts: [checking({ transactions })] })
    expect(shown.map(shape)).toEqual([
      ['2026-02-01', '2026-02-03', 12, 'Some shop', false],
      ['2026-03-01', '2026-03-01', 3, 'Some shop', false],
    ])
  })

  test('move together when they are old, or ahead of the clock: the newest is today', async () => {
    for (const year of [2019, 2033]) {
      const transactions = [
        row(`${year}-05-01`, `${year}-05-03`, 12),
        row(`${year}-05-10`, `${year}-05-11`, 3),
      ]
      const json = { override_accounts: [checking({ transactions })] }
      expect((await truth(json)).transactions.map(shape)).toEqual([
        ['2026-03-05', '2026-03-07', 12, 'Some shop', false],
        ['2026-03-14', '2026-03-15', 3, 'Some shop', false],
      ])
    }
  })

  test('of posting that lie ahead make pending rows, which post in time', async () => {
    const transactions = [
      row('2026-03-14', '2026-03-17', 12, 'Underway'),
      row('2026-03-20', '2026-03-20', 3, 'Ahead'),
    ]
    const json = { override_accounts: [checking({ transactions })] }
    const now = (await truth(json)).transactions
    expect(now.map(({ name, pending }) => [name, pending])).toEqual([
      ['Underway', true],
      ['Ahead', true],
    ])
    const later = (await truth(json, '6d')).transactions
    expect(later.map(shape).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['2026-03-14', '2026-03-17', 12, 'Underway', false],
      ['2026-03-20', '2026-03-20', 3, 'Ahead', false],
    ])
    expect(later.every((each) => each.pending_transaction_id !== null)).toBe(true)
  })
})

describe('a custom user’s rows', () => {
  test('say what the bank says, in the currency that they name', async () => {
    const transactions = [
      { ...row('2026-03-01', '2026-03-02', 4.5, 'BLUE DOOR COFFEE 12/3'), currency: 'GBP' },
      row('2026-03-01', '2026-03-02', -1500, 'ACME PAYROLL'),
      row('2026-03-01', '2026-03-02', 1, '"§amount§" \\ \u2028 </script>'),
    ]
    const { transactions: shown } = await truth({ override_accounts: [checking({ transactions })] })
    expect(shown).toMatchObject([
      {
        name: 'BLUE DOOR COFFEE 12/3',
        merchant_name: 'Blue Door Coffee',
        iso_currency_code: 'GBP',
        personal_finance_category: { detailed: 'FOOD_AND_DRINK_COFFEE' },
      },
      { personal_finance_category: { detailed: 'INCOME_SALARY' }, iso_currency_code: 'USD' },
      { name: '"§amount§" \\ \u2028 </script>', amount: 1 },
    ])
  })

  test('are guessed a category of Plaid’s taxonomy, in both versions', async () => {
    const words = [
      'payroll interest dividend tax mortgage autopay atm deposit transfer overdraft fee insurance',
      'rent electric mobile coffee grocery restaurant gas taxi airline hotel pharmacy gym nonsense',
    ].flatMap((line) => line.split(' '))
    const transactions = words.flatMap((word) => [
      row('2026-03-01', '2026-03-02', 10, `THE ${word} 7`),
      row('2026-03-01', '2026-03-02', -10, `THE ${word} 8`),
    ])
    await using bench = await startEmulator()
    const item = await custom(bench, { override_accounts: [checking({ transactions })] })
    for (const categoryVersion of ['v1', 'v2'] as const) {
      const known = taxonomy(categoryVersion)
      const said = bench
        .truth(item, { categoryVersion })
        .transactions.map(({ personal_finance_category: c }) => `${c?.primary}/${c?.detailed}`)
      expect(said.length).toBe(transactions.length)
      expect(said.filter((each) => !known.has(each))).toEqual([])
      expect(new Set(said).size).toBeGreaterThan(20)
    }
  })

  test('come from the inflow model too', async () => {
    const { transactions } = await truth(
      {
        override_accounts: [
          checking({
            transactions: [],
            inflow_model: {
              type: 'monthly-income',
              income_amount: 5125.25,
              payment_day_of_month: 'last',
              transaction_name: 'DIRECT DEPOSIT',
            },
          }),
        ],
      },
      '60d',
    )
    expect(new Set(transactions.map(({ name, amount }) => `${name} ${amount}`))).toEqual(
      new Set(['DIRECT DEPOSIT -5125.25']),
    )
    const days = transactions.map(({ date }) => date)
    expect(days).toContain('2026-02-28')
    expect(days).toContain('2026-04-30')
  })

  test('of a debt’s model pay what the statement asks for, with the interest of its rate', async () => {
    const card = (type: string) => ({
      override_accounts: [
        {
          type: 'credit',
          starting_balance: 1200,
          transactions: [],
          liability: { type: 'credit', purchase_apr: 12 },
          inflow_model: {
            type,
            payment_day_of_month: 28,
            transaction_name: 'THANK YOU',
            statement_day_of_month: 20,
          },
        },
      ],
    })
    const after = async (type: string) => {
      const { accounts, transactions } = await truth(card(type), '16d')
      const rows = transactions.filter(({ date }) => date > '2026-03-15')
      return [accounts[0]?.balances.current, rows.map(({ amount }) => amount)]
    }
    expect(await after('monthly-balance-payment')).toEqual([0, [12, -1212]])
    expect(await after('monthly-interest-only-payment')).toEqual([1200, [12, -12]])
  })
})

describe('a restart', () => {
  test('knows custom users, and stores each JSON once while an Item shows it', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const stored = (): string[] => {
      const state = JSON.parse(readFileSync(join(dataFolder, 'emulator.json'), 'utf8')) as {
        customUsers: Record<string, string>
      }
      return Object.values(state.customUsers)
    }
    const json = { seed: 'kept', override_accounts: [checking({ meta: { name: 'Kept' } })] }
    const items = [await custom(bench, json), await custom(bench, json)]
    const before = items.map((item) => bench.truth(item))
    await bench.restart()
    expect(items.map((item) => bench.truth(item))).toEqual(before)
    expect(stored()).toEqual([JSON.stringify(json)])
    for (const { accessToken } of items) {
      expect(stored()).toHaveLength(1)
      await bench.post('/item/remove', { access_token: accessToken })
    }
    expect(stored()).toEqual([])
  })
})
