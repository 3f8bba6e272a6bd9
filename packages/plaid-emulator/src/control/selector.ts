// Which Item a command means: by its id, as the first or the last one there is, or by what a
// scenario can know before any Item exists: its institution and its user.
import { Type } from '../../../../src/std/type.ts'
import { ConfigError } from '../../../../src/std/errors.ts'
import type { Bank } from '../bank/bank.ts'
import type { ItemRecord, Selector } from '../bank/state.ts'

const name = Type.String({ minLength: 1, maxLength: 100 })

/** `first`, `last`, an id, or `{ institution_id, username, number }`; numbers begin at 1. */
export const itemSelector = Type.Union([
  name,
  Type.Object(
    {
      institution_id: Type.Optional(name),
      username: Type.Optional(name),
      number: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
])

export function selected(bank: Bank, selector: Selector): ItemRecord | undefined {
  if (selector === 'first') return bank.items.all()[0]
  if (selector === 'last') return bank.items.all().at(-1)
  if (typeof selector === 'string') return bank.items.byId(selector)
  const { number = 1, institution_id, username } = selector
  return bank.items
    .all()
    .filter((item) => institution_id === undefined || item.institutionId === institution_id)
    .filter((item) => username === undefined || item.username === username)[number - 1]
}

export function itemOf({ bank }: { bank: Bank }, selector: Selector): ItemRecord {
  const item = selected(bank, selector)
  if (item !== undefined) return item
  const detail = { status: 404, field: 'item_id' }
  throw new ConfigError('ITEM_NOT_FOUND', 'there is no such Item', detail)
}
