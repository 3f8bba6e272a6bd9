// The securities stream: what holdings and investment transactions name. A security is the same for
// every Item, so it stays.
import { Type } from '../std/type.ts'
import {
  boolOrNull,
  dayOrNull,
  extra,
  feedFields,
  instantOrNull,
  moneyOrNull,
  objectOrNull,
  text,
  textOrNull,
} from './field.ts'
import type { Stream } from './stream.ts'

const schema = Type.Object({
  security_id: text('The security, by the id that Plaid gives.'),
  name: textOrNull('Its name.'),
  ticker_symbol: textOrNull('Its symbol.'),
  type: textOrNull('equity, etf, mutual fund, fixed income, cash and so on.'),
  subtype: textOrNull('Its kind, closer.'),
  is_cash_equivalent: boolOrNull('As good as cash.'),
  isin: textOrNull('ISO 6166.'),
  cusip: textOrNull('Its number in North America.'),
  sedol: textOrNull('Its number in the United Kingdom.'),
  figi: textOrNull('Its Financial Instrument Global Identifier.'),
  cfi_code: textOrNull('ISO 10962.'),
  market_identifier_code: textOrNull('ISO 10383: where it is traded.'),
  sector: textOrNull('Of the economy.'),
  industry: textOrNull('Within the sector.'),
  close_price: moneyOrNull('Its price when the market closed.'),
  close_price_as_of: dayOrNull('Of which day.'),
  update_datetime: instantOrNull('When that was told.'),
  iso_currency_code: textOrNull('ISO 4217.'),
  unofficial_currency_code: textOrNull('For currencies without an ISO code.'),
  institution_security_id: textOrNull('The institution’s own id of it.'),
  institution_id: textOrNull('Whose id that is.'),
  proxy_security_id: textOrNull('A security that behaves like it.'),
  option_contract: objectOrNull('Of a derivative.'),
  fixed_income: objectOrNull('Of a bond.'),
  extra: extra(),
  ...feedFields(),
})

export const securities: Stream = {
  name: 'securities',
  doc: 'The securities that Items hold or traded.',
  schema,
  primaryKey: ['security_id'],
  cursorField: 'updated_at',
  deletion: { kind: 'none' },
  indexes: [],
  product: 'investments',
  brings: 'changes',
}
