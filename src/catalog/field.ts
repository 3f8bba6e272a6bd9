// The types a field may have, each with its JSON schema as Airbyte types it and so its column type.
// A field that may be absent from Plaid's answer is nullable here, never optional: a row has every
// column. Unknown values of Plaid's enums must pass, so an enum is a string.
import { Type } from 'typebox'
import { DELETED_AT } from './stream.ts'

type Doc = string

/** Postgres varchar. */
export const text = (description: Doc) => Type.String({ description })
export const textOrNull = (description: Doc) => nullable(Type.String(), description)
/** Postgres numeric, from a JSON number; never sum it as a float. */
export const moneyOrNull = (description: Doc) => nullable(Type.Number(), description)
export const boolOrNull = (description: Doc) => nullable(Type.Boolean(), description)
export const yesOrNo = (description: Doc) => Type.Boolean({ description })
/** Postgres date, `YYYY-MM-DD`. */
export const dayOrNull = (description: Doc) =>
  nullable(Type.String({ format: 'date' }), description)
/** Postgres timestamptz; ours have six digits of fraction and end in Z. */
export const instant = (description: Doc) => Type.String({ ...TIMESTAMPTZ, description })
export const instantOrNull = (description: Doc) => nullable(Type.String(TIMESTAMPTZ), description)
/** Postgres jsonb: Plaid's own object, every key kept. */
export const objectOrNull = (description: Doc) =>
  nullable(Type.Object({}, { additionalProperties: true }), description)
export const listOrNull = (description: Doc) =>
  nullable(Type.Array(Type.Object({}, { additionalProperties: true })), description)
/** Postgres jsonb: an array of texts. */
export const textsOrNull = (description: Doc) => nullable(Type.Array(Type.String()), description)
/** A number without a fraction, of our own. */
export const count = (description: Doc) => Type.Number({ description })
/** What Plaid said beside the columns: a field that is new there is never lost. */
export const extra = () =>
  objectOrNull('What Plaid said beyond these columns: fields that are new there.')

/** What the feed adds to every row. */
export const feedFields = () => ({
  created_at: instant('When the store first had it.'),
  updated_at: instant('Its position in the feed: a strictly increasing microsecond stamp.'),
  [DELETED_AT]: instantOrNull('When it went; such a row is a tombstone.'),
})

const TIMESTAMPTZ = { format: 'date-time', airbyte_type: 'timestamp_with_timezone' }

/** Airbyte wants `["string","null"]`, not `anyOf`. */
function nullable<T extends object>(schema: T, description: Doc) {
  const { type } = schema as { type: string }
  return Type.Unsafe<Inner<T> | null>({ ...schema, type: [type, 'null'], description })
}

type Inner<T> = T extends { type: 'string' }
  ? string
  : T extends { type: 'number' }
    ? number
    : T extends { type: 'boolean' }
      ? boolean
      : T extends { type: 'array' }
        ? T extends { items: { type: 'string' } }
          ? string[]
          : Record<string, unknown>[]
        : Record<string, unknown>
