// The categories stream: Plaid's taxonomy behind `category_id` of a transaction, to join with. It
// is the same for everybody. Plaid has retired it and still tells it.
import { Type } from '../std/type.ts'
import { extra, feedFields, text, textOrNull, textsOrNull } from './field.ts'
import type { Stream } from './stream.ts'

const schema = Type.Object({
  category_id: text('As transactions have it.'),
  group: textOrNull('place or special: a shop’s, or a bank’s own movement.'),
  hierarchy: textsOrNull('From the general to the particular.'),
  extra: extra(),
  ...feedFields(),
})

export const categories: Stream = {
  name: 'categories',
  doc: 'Plaid’s taxonomy of transactions, by `category_id`.',
  schema,
  primaryKey: ['category_id'],
  cursorField: 'updated_at',
  deletion: { kind: 'none' },
  indexes: [],
  notAtBank: 'it is of no Item, and Plaid is asked for it once a day',
  product: null,
  brings: 'changes',
}
