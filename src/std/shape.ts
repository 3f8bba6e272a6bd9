// What the shapes of answers are made of. A shape with a `$id` stands under that name in the
// OpenAPI document; its TypeScript type is its `Static`.
import { type TSchema, Type } from './type.ts'

type Doc = string

export function orNull<T extends TSchema>(shape: T, description?: Doc) {
  return Type.Union([shape, Type.Null()], described(description))
}

export const textOrNull = (description?: Doc) => orNull(Type.String(), description)

/** An instant in UTC. */
export const instant = (description?: Doc) =>
  Type.String({ format: 'date-time', ...described(description) })

export const instantOrNull = (description?: Doc) => orNull(instant(), description)

/** How many: never negative, never a fraction. */
export const count = (description?: Doc) => Type.Integer({ minimum: 0, ...described(description) })

/** Whatever it holds: a connector's own configuration, a JSON schema. */
export const anyObject = (description?: Doc) =>
  Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    ...described(description),
  })

function described(description: Doc | undefined): { description?: Doc } {
  return description === undefined ? {} : { description }
}
