// Every world's money: the same on every machine, in Plaid's categories, and adding up.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Transaction } from 'plaid'
import { type Life, LIVES } from '../src/world/worlds.ts'
import type { Truth } from '../src/emulator.ts'
import { balanceSign } from '../src/world/account.ts'
import { BUSINESS } from '../src/world/business/day.ts'
import { dateText, dayOf, dayOfDate } from '../src/world/calendar.ts'
import { facesOf } from '../src/world/faces.ts'
import { HOUSEHOLD } from '../src/world/household/day.ts'
import { createLife } from '../src/world/life.ts'
import { type Draft, finalCents } from '../src/world/lifecycle.ts'
import type { Persona } from '../src/world/persona.ts'
import { SANDBOX } from '../src/world/sandbox/day.ts'
import { WORKER } from '../src/world/worker/day.ts'
import { YUPPIE } from '../src/world/yuppie/day.ts'
import { GINGHAM, PLATYPUS, startEmulator, TATTERSALL } from './support/emulator.ts'
import { taxonomy } from './support/taxonomy.ts'

const PERSONAS: Readonly<Record<Life, Persona>> = {
  sandbox: SANDBOX,
  household: HOUSEHOLD,
  business: BUSINESS,
  yuppie: YUPPIE,
  worker: WORKER,
}
const BANKS: Readonly<Record<Life, string[]>> = {
  sandbox: [PLATYPUS],
  household: [PLATYPUS, GINGHAM, TATTERSALL],
  business: [PLATYPUS],
  yuppie: [PLATYPUS],
  worker: [PLATYPUS],
}

/** What seed and date fix; a change here changes every user's emulated bank. */
const GOLDEN: Readonly<Record<Life, string>> = {
  sandbox: '0c683df6881a2cc624635626e781a95e1658fe07e1cbbe0be483bab1540f0364',
  household: 'da3bc6fc2ca337a731d007baa9eee28fcc335364f0176c1a3c29da9f11de9dce',
  business: 'cf5b047bd7222029f7842d9207ece07bc2fe00f0e4ccdac5f19a1cea8369da8a',
  yuppie: 'be804c51855e3a0094d5244048a7fc8ccfdfddfb158dd2ddd474230b15ff98a8',
  worker: '15f7c97ae13d64265b9374b8d51bc8b12fc808e5a7153c595a91b28ddbe15673',
}

async function truths(world: Life, seed = 'golden'): Promise<Truth[]> {
  await using bench = await startEmulator({ world, seed })
  const all: Truth[] = []
  // one after another: ids follow from the order
  for (const bank of BANKS[world]) all.push(bench.truth(await bench.link(bank)))
  return all
}

const years = (persona: Persona, seed: string, from: string, to: string): Draft[] =>
  createLife(persona, seed).drafts(new Set(persona.accounts.keys()), dayOfDate(from), dayOfDate(to))

describe.each(LIVES)('the %s', (world) => {
  const persona = PERSONAS[world]

  test('is the same world for the same seed and date, to the byte, everywhere', async () => {
    const [first, second] = [await truths(world), await truths(world)]
    expect(second).toEqual(first)
    expect(await truths(world, 'another')).not.toEqual(first)
    const hash = createHash('sha256').update(JSON.stringify(first)).digest('hex')
    expect(hash).toBe(GOLDEN[world])
  })

  test('moves no wages, bill or check on a weekend, when nothing is cleared', () => {
    const cleared = years(persona, 'weekends', '2024-01-01', '2026-12-31').filter(({ payee }) =>
      ['ACH', 'Check'].includes(facesOf(payee, 0, 'US').paymentMeta.payment_method ?? ''),
    )
    expect(cleared.length).toBeGreaterThan(50)
    const onWeekends = cleared.filter(({ occurredAt }) =>
      [0, 6].includes(new Date(occurredAt).getUTCDay()),
    )
    expect(onWeekends.map(({ payee }) => payee.name)).toEqual([])
  })

  test('pays each company that the clearing house knows under one number', () => {
    for (const { payee } of years(persona, 'numbers', '2025-01-01', '2026-12-31')) {
      const { payment_method, ppd_id } = facesOf(payee, 1, 'US').paymentMeta
      expect(ppd_id).toBe(facesOf(payee, 0, 'US').paymentMeta.ppd_id)
      expect(ppd_id !== null).toBe(payment_method === 'ACH')
    }
  })

  test('has categories of Plaid’s taxonomy only, in both versions', async () => {
    await using bench = await startEmulator({ world })
    for (const bank of BANKS[world]) {
      const item = await bench.link(bank)
      for (const version of ['v1', 'v2'] as const) {
        const known = taxonomy(version)
        const said = bench
          .truth(item, { categoryVersion: version })
          .transactions.map(({ personal_finance_category: category }) => {
            expect(category?.version).toBe(version)
            return `${category?.primary}/${category?.detailed}`
          })
        expect([...new Set(said)].filter((each) => !known.has(each))).toEqual([])
      }
    }
  })

  test('holds balances that a bank would allow, over thirty years', () => {
    for (const seed of ['a', 'b', 'c']) {
      const balances = persona.accounts.map(({ openingCents }) => openingCents)
      for (const draft of years(persona, seed, '2020-01-01', '2050-01-01')) {
        const account = persona.accounts[draft.account]
        if (account === undefined) throw new Error('a row of no account')
        const cents = (balances[draft.account] ?? 0) + balanceSign(account) * finalCents(draft)
        balances[draft.account] = cents
        const where = `${account.name} of ${seed} on ${dateText(dayOf(draft.occurredAt))}: ${cents}`
        if (account.limitCents !== null && cents > account.limitCents) throw new Error(where)
        if (cents < 0 && account.limitCents === null) throw new Error(where)
      }
    }
  })

  test('gives two payees never the same number', () => {
    const drafts = years(persona, 'a', '2024-01-01', '2026-01-01')
    const byNumber = new Map(drafts.map(({ payee }) => [payee.number, payee.name]))
    const names = new Set(drafts.map(({ payee }) => payee.name))
    expect(byNumber.size).toBe(names.size)
  })
})

describe('what leaves one own account arrives at another', () => {
  /** Sums of the rows of these payees; a pair is no sum when its second half is a day later. */
  const sums = (drafts: Draft[]) => (name: string) =>
    drafts.filter(({ payee }) => payee.name === name).reduce((sum, { cents }) => sum + cents, 0)

  test('in the business', () => {
    const sum = sums(years(BUSINESS, 'sums', '2020-01-01', '2029-12-20'))
    const pairs = [
      ['Transfer to tax reserve', 'Deposit from operating'],
      ['Withdrawal to operating', 'Transfer from tax reserve'],
    ] as const
    for (const [out, back] of pairs) {
      expect(sum(out)).toBeGreaterThan(0)
      expect(sum(out) + sum(back)).toBe(0)
    }
    const lent = sum('Line of credit advance') + sum('Equipment loan disbursement')
    expect(lent).toBeLessThan(0)
    expect(lent + sum('Advance to checking')).toBe(0)
    const paid = ['Credit card payment', 'Millwright Equipment Finance', 'Line of credit payment']
    expect(paid.reduce((all, name) => all + sum(name), 0)).toBe(-sum('Payment received, thank you'))
  })

  test('in the yuppie’s currencies, at the rate of the week', () => {
    const drafts = years(YUPPIE, 'sums', '2024-01-01', '2026-12-20')
    const sum = sums(drafts)
    expect(sum('Ledgerly Coins')).toBeGreaterThan(0)
    expect(sum('Ledgerly Coins') + sum('USDT purchase')).toBe(0)
    const dollars = sum('Currency exchange to EUR')
    const euros = -sum('Currency exchange from USD')
    expect(euros).toBeGreaterThan(0)
    expect(dollars / euros).toBeGreaterThan(1.05)
    expect(dollars / euros).toBeLessThan(1.12)
  })
})

describe('money looks real', () => {
  async function rows(world: Life, view: object = {}): Promise<Transaction[]> {
    await using bench = await startEmulator({ world })
    return bench.truth(await bench.link(PLATYPUS), view).transactions
  }

  test('checks have numbers, each once', async () => {
    const checks = (await rows('business')).filter(({ name }) => name.startsWith('CHECK #'))
    expect(checks.length).toBeGreaterThan(50)
    for (const { name, check_number, payment_meta } of checks) {
      expect(name).toBe(`CHECK #${check_number}`)
      expect(payment_meta.payment_method).toBe('Check')
    }
    expect(new Set(checks.map(({ check_number }) => check_number)).size).toBe(checks.length)
  })

  test('staff with cards of one account are told apart', async () => {
    const owners = (await rows('business')).map(({ account_owner }) => account_owner)
    expect(new Set(owners)).toEqual(new Set([null, 'Nadia Flores', 'Theo Lindqvist', 'Ren Okada']))
  })

  test('an advance on wages is paid back before the next is given', () => {
    for (const seed of ['a', 'b']) {
      const advances = years(WORKER, seed, '2024-01-01', '2025-12-31')
        .filter(({ payee }) => payee.category.endsWith('_EWA'))
        .toSorted((a, b) => a.occurredAt - b.occurredAt)
      expect(advances.length).toBeGreaterThan(40)
      let owed = 0
      for (const { payee, cents } of advances) {
        if (payee.category === 'LOAN_DISBURSEMENTS_EWA') expect(owed).toBe(0)
        owed -= cents
      }
    }
  })

  test('terminals and apps are counterparties beside the merchant', async () => {
    const kinds = [...(await rows('business')), ...(await rows('yuppie'))].flatMap(
      ({ counterparties }) => counterparties?.map(({ type }) => type) ?? [],
    )
    expect(new Set<string>(kinds)).toEqual(
      new Set([
        'merchant',
        'financial_institution',
        'payment_app',
        'marketplace',
        'payment_terminal',
        'income_source',
      ]),
    )
  })

  test('accounts in other currencies have rows in them, official or not', async () => {
    const said = (await rows('yuppie')).map(
      (row) => `${row.iso_currency_code}/${row.unofficial_currency_code}`,
    )
    expect(new Set(said)).toEqual(new Set(['USD/null', 'EUR/null', 'null/USDT']))
  })

  test('a journey is paid abroad, with the foreign amount in the text and a fee', async () => {
    const all = await rows('yuppie', { originalDescription: true })
    const abroad = all.filter(({ location }) => ['FR', 'JP'].includes(location.country ?? ''))
    expect(abroad.length).toBeGreaterThan(20)
    const paidByCard = abroad.filter(({ iso_currency_code }) => iso_currency_code === 'USD')
    for (const { name, original_description } of paidByCard) {
      expect(name).toMatch(/ (EUR \d+\.\d\d|JPY \d+)$/)
      expect(original_description).toMatch(/ (EUR \d+\.\d\d|JPY \d+)$/)
    }
    expect(all.some(({ name }) => name === 'FOREIGN TRANSACTION FEE')).toBe(true)
  })
})

describe('whose life is shown', () => {
  test('is the world’s for user_good, and their own for the Sandbox’s other users', async () => {
    await using bench = await startEmulator({ world: 'yuppie' })
    const names = async (username: string) => {
      const item = await bench.link(PLATYPUS, { override_username: username })
      return bench.truth(item).accounts.map(({ name, holder_category }) => [name, holder_category])
    }
    const named = (persona: Persona) => persona.accounts.map(({ name, holder }) => [name, holder])
    expect(await names('user_good')).toEqual(named(YUPPIE))
    expect(await names('user_yuppie')).toEqual(named(YUPPIE))
    expect(await names('user_small_business')).toEqual(named(BUSINESS))
    expect(await names('user_ewa_user')).toEqual(named(WORKER))
  })
})
