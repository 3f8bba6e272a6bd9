// What stands in many requests, as JSON schemas: from an endpoint's fields its validation and its
// type follow. Fields that Plaid knows and we do not read are `any`.
import {
  type Static,
  type TObject,
  type TProperties,
  type TSchema,
  Type,
} from '../../../../src/std/type.ts'
import { historyDays } from '../bank/bank.ts'

const CREDENTIALS = {
  client_id: Type.Optional(Type.String()),
  secret: Type.Optional(Type.String()),
}
const TOKEN_LENGTH_MAX = 256

const closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
/** Left out, or null, or this. */
export const orNull = <S extends TSchema>(schema: S) =>
  Type.Optional(Type.Union([schema, Type.Null()]))
export const maybe = <P extends TProperties>(properties: P) => orNull(closed(properties))
export const any = Type.Optional(Type.Unknown())
export const text = Type.String({ minLength: 1, maxLength: 1_000 })
export const textOrNull = orNull(Type.String({ maxLength: 1_000 }))
/** A custom user's is a JSON of 55 kB; what is longer is told so where it is read. */
export const password = orNull(Type.String({ maxLength: 100_000 }))
export const token = Type.String({ maxLength: TOKEN_LENGTH_MAX })
export const linkToken = Type.String({ pattern: '^link-[a-z]+-[0-9a-f-]{36}$' })
export const bool = Type.Optional(Type.Boolean())
export const boolOrNull = orNull(Type.Boolean())
/** The countries in which Plaid is at home. */
const COUNTRIES = 'US GB ES NL FR IE CA DE IT PL DK NO SE EE LT LV PT BE AT FI'.split(' ')
export const codes = Type.Array(Type.Enum(COUNTRIES), { minItems: 1, maxItems: 50 })
export const products = Type.Array(text, { maxItems: 50 })
export const productsOrNull = orNull(products)
export const days = Type.Optional(
  Type.Integer({ minimum: historyDays.min, maximum: historyDays.max }),
)
/** An address without credentials; the empty one is none. */
export const webhook = orNull(
  Type.String({ pattern: '^(https?://[^\\s/?#@\\\\]+([/?#]\\S*)?)?$', maxLength: 2_000 }),
)
/** YYYY-MM-DD. */
export const date = Type.String({ format: 'date' })
/** As Plaid's are: what has another shape is no id, and told so before anything is looked up. */
export const accountId = Type.String({ pattern: '^[A-Za-z0-9]{30,64}$' })
export const ids = Type.Optional(Type.Array(accountId, { maxItems: 1_000 }))
export const accountIds = maybe({ account_ids: ids })
/** Rows of one page. */
export const count = Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
export const PAGE_ROWS_DEFAULT = 100
/** Of the personal finance categories. */
export const categoryVersion = Type.Optional(Type.Union([Type.Literal('v1'), Type.Literal('v2')]))

export const request = <P extends TProperties>(properties: P) =>
  closed({ ...CREDENTIALS, ...properties })

/** What an endpoint with these fields is sent. */
export type BodyOf<P extends TProperties> = Static<TObject<P>>
