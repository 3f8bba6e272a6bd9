// The types a field may have, each with its JSON schema as Airbyte types it and so its column type.
// A field that may be absent from Plaid's answer is nullable here, never optional: a row has every
// column. Unknown values of Plaid's enums must pass, so an enum is a string.
import type { TUnsafe } from '../std/type.ts'
import { DELETED_AT } from './stream.ts'

type Doc = string

/** Postgres varchar. */
export const text = (description: Doc) => of<string>({ ...TEXT, description })
export const textOrNull = (description: Doc) => orNull<string>(TEXT, description)
/** Postgres numeric, from a JSON number; never sum it as a float. */
export const moneyOrNull = (description: Doc) => orNull<number>({ type: 'number' }, description)
export const boolOrNull = (description: Doc) => orNull<boolean>({ type: 'boolean' }, description)
export const yesOrNo = (description: Doc) => of<boolean>({ type: 'boolean', description })
/** Postgres date, `YYYY-MM-DD`. */
export const dayOrNull = (description: Doc) =>
  orNull<string>({ ...TEXT, format: 'date' }, description)
/** Postgres timestamptz; ours have six digits of fraction and end in Z. */
export const instant = (description: Doc) => of<string>({ ...TIMESTAMPTZ, description })
export const instantOrNull = (description: Doc) => orNull<string>(TIMESTAMPTZ, description)
/** Postgres jsonb: Plaid's own object, every key kept. */
export const objectOrNull = (description: Doc) => orNull<Fields>(OBJECT, description)
export const listOrNull = (description: Doc) =>
  orNull<Fields[]>({ type: 'array', items: OBJECT }, description)
/** Postgres jsonb: an array of texts. */
export const textsOrNull = (description: Doc) =>
  orNull<string[]>({ type: 'array', items: TEXT }, description)
/** A number without a fraction, of our own. */
export const count = (description: Doc) => of<number>({ type: 'number', description })
/** What Plaid said beside the columns: a field that is new there is never lost. */
export const extra = () =>
  objectOrNull('What Plaid said beyond these columns: fields that are new there.')

/** What the feed adds to every row. */
export const feedFields = () => ({
  created_at: instant('When the store first had it.'),
  updated_at: instant('Its position in the feed: a strictly increasing microsecond stamp.'),
  [DELETED_AT]: instantOrNull('When it went; such a row is a tombstone.'),
})

type Fields = Record<string, unknown>
type Shape = Fields & { type: string }

const TEXT = { type: 'string' }
const OBJECT = { type: 'object', properties: {}, additionalProperties: true }
const TIMESTAMPTZ = { ...TEXT, format: 'date-time', airbyte_type: 'timestamp_with_timezone' }

function of<T>(schema: Shape): TUnsafe<T> {
  return schema as unknown as TUnsafe<T>
}

/** Airbyte wants `["string","null"]`, not `anyOf`. */
function orNull<T>(schema: Shape, description: Doc): TUnsafe<T | null> {
  return { ...schema, type: [schema.type, 'null'], description } as unknown as TUnsafe<T | null>
}
