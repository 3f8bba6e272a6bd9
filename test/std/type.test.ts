import { Type as TypeBox } from 'typebox'
import { expect, test } from 'vitest'
import { Type } from '../../src/std/type.ts'

type Builders = typeof Type

/** Each builder, with what a service gives it. */
const built = (T: Builders) => {
  const shape = T.Object({ a: T.String(), b: T.Optional(T.Integer()) }, { $id: 'Shape' })
  return {
    Array: T.Array(T.String(), { maxItems: 2 }),
    Boolean: T.Boolean({ description: 'd' }),
    Enum: T.Enum(['a', 'b'], { description: 'd' }),
    Integer: T.Integer({ minimum: 0 }),
    Literal: [T.Literal('a'), T.Literal(1), T.Literal(true, { description: 'd' })],
    Null: T.Null(),
    Number: T.Number({ maximum: 1 }),
    Object: [shape, T.Object({}), T.Object({ a: T.Optional(T.Null()) }), T.Object({ shape })],
    Optional: T.Optional(T.String({ format: 'date' })),
    Partial: [T.Partial(shape), T.Object(T.Partial(shape).properties)],
    Record: T.Record(T.String(), T.Unknown(), { maxProperties: 3 }),
    String: T.String({ $id: 'Name', minLength: 1 }),
    Union: T.Union([T.String(), T.Null()], { description: 'd' }),
    Unknown: [T.Unknown(), T.Unknown({ description: 'd' })],
    Unsafe: T.Unsafe<'a'>({ type: 'string', enum: ['a'] }),
  } satisfies Record<keyof Builders, unknown>
}

test('what they build is what TypeBox builds, to the order of its keys', () => {
  expect(JSON.stringify(built(Type), null, 1)).toBe(JSON.stringify(built(TypeBox), null, 1))
})

test('a shape that is optional in one place is as it was in another', () => {
  const shape = Type.String()
  const { required } = Type.Object({ maybe: Type.Optional(shape), always: shape })
  expect(required).toEqual(['always'])
})
