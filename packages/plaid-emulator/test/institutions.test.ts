// The institutions of Plaid's Sandbox: what they look like, and what they hold.
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Institution } from 'plaid'
import { INSTITUTIONS } from '../src/world/institutions.ts'
import { logoOf } from '../src/world/logo.ts'
import { startEmulator } from './support/emulator.ts'

const CANADA = 'ins_43'
const BRITAIN = 'ins_117650'

test('every bank has a logo of its own, drawn as a PNG of 152 by 152 points', () => {
  const pictures = INSTITUTIONS.map((institution) => {
    const png = Buffer.from(logoOf(institution), 'base64')
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([152, 152])
    const length = png.readUInt32BE(33)
    expect(png.subarray(37, 41).toString('latin1')).toBe('IDAT')
    return inflateSync(png.subarray(41, 41 + length)).toString('base64')
  })
  expect(new Set(pictures).size).toBe(INSTITUTIONS.length)
})

test('a bank is shown in its own country, with logo, colour and address', async () => {
  await using bench = await startEmulator()
  for (const institution of INSTITUTIONS) {
    const ask = (country_codes: string[]) =>
      bench.post<{ institution: Institution; error_code?: string }>('/institutions/get_by_id', {
        institution_id: institution.id,
        country_codes,
        options: { include_optional_metadata: true },
      })
    const { body } = await ask([institution.country])
    expect(body.institution).toMatchObject({
      name: institution.name,
      oauth: institution.oauth,
      country_codes: [institution.country],
      logo: logoOf(institution),
      primary_color: institution.primaryColor,
      url: institution.url,
    })
    expect((await ask(['ES'])).body.error_code).toBe('INVALID_INSTITUTION')
  }
})

test('a bank abroad holds accounts in its own currency, and its shops are there', async () => {
  await using bench = await startEmulator()
  for (const [id, currency, country, coded] of [
    [CANADA, 'CAD', 'CA', false],
    [BRITAIN, 'GBP', 'GB', true],
  ] as const) {
    const { accounts, transactions } = bench.truth(await bench.link(id))
    expect(accounts.length).toBeGreaterThan(1)
    const codes = [...accounts.map(({ balances }) => balances), ...transactions].map(
      ({ iso_currency_code }) => iso_currency_code,
    )
    expect(new Set(codes)).toEqual(new Set([currency]))
    const countries = transactions.map(({ location }) => location.country)
    expect(new Set(countries)).toEqual(new Set([country, null]))
    expect(transactions.some(({ transaction_code }) => transaction_code !== null)).toBe(coded)
  }
})

test('a bank that is down, and one that Plaid gave up, let nobody in', async () => {
  await using bench = await startEmulator()
  for (const [id, error_code] of [
    ['ins_132361', 'INSTITUTION_DOWN'],
    ['ins_133402', 'INSTITUTION_NO_LONGER_SUPPORTED'],
  ]) {
    const { status, body } = await bench.post('/sandbox/public_token/create', {
      institution_id: id,
      initial_products: ['transactions'],
    })
    expect([status, body]).toMatchObject([400, { error_code }])
  }
})

test('a bank that is down by nature takes part once it is ordered to be well', async () => {
  await using bench = await startEmulator()
  await bench.command({ institution: { institution_id: 'ins_132361', health: 'healthy' } })
  const item = await bench.link('ins_132361')
  expect((await bench.sync(item)).body.added.length).toBeGreaterThan(0)
  await bench.command({ institution: { institution_id: 'ins_132361', health: 'down' } })
  expect((await bench.sync(item)).body.error_code).toBe('INSTITUTION_DOWN')
})
