// The institutions stream: the banks where Items are linked, as Plaid describes them. They are
// nobody's, so they stay. The logo is served by plaid-api, and is no column.
import { Type } from '../std/type.ts'
import { boolOrNull, extra, feedFields, text, textOrNull, textsOrNull } from './field.ts'
import type { Stream } from './stream.ts'

const schema = Type.Object({
  institution_id: text('Plaid’s id of it.'),
  name: textOrNull('Its name.'),
  products: textsOrNull('What Plaid offers of it.'),
  country_codes: textsOrNull('Where it is, ISO 3166-1.'),
  url: textOrNull('Its website.'),
  primary_color: textOrNull('Its colour, `#` and six hexadecimal digits.'),
  routing_numbers: textsOrNull('Its ABA routing numbers.'),
  dtc_numbers: textsOrNull('Its numbers at the Depository Trust Company.'),
  oauth: boolOrNull('Its login is its own page.'),
  extra: extra(),
  ...feedFields(),
})

export const institutions: Stream = {
  name: 'institutions',
  doc: 'The institutions where Items are linked.',
  schema,
  primaryKey: ['institution_id'],
  cursorField: 'updated_at',
  deletion: { kind: 'none' },
  indexes: [],
  notAtBank: 'it is of no Item, and Plaid is asked for it once a month',
  product: null,
  brings: 'changes',
}
