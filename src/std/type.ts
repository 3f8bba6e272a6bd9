// TypeBox's builders of JSON schemas, those that we use, under its types. Its own are in 370 files,
// which a service loads for longer than all of ours; test/std/type.test.ts holds these to them.
import type { Type as TypeBox } from 'typebox'

export type { Static, TObject, TOptional, TProperties, TSchema, TUnsafe } from 'typebox'

type Schema = Record<string, unknown>

const build = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: (options?: Schema) => ({ type: 'boolean', ...options }),
  Enum: (values: readonly unknown[], options?: Schema) => ({ enum: values, ...options }),
  Integer: (options?: Schema) => ({ type: 'integer', ...options }),
  Literal: (value: unknown, options?: Schema) => ({ type: typeof value, const: value, ...options }),
  Null: (options?: Schema) => ({ type: 'null', ...options }),
  Number: (options?: Schema) => ({ type: 'number', ...options }),
  Object: (properties: Record<string, Schema>, options?: Schema) => {
    const required = Object.keys(properties).filter((name) => !isOptional(properties[name]))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  Optional: optional,
  Partial: ({ properties }: { properties: Record<string, Schema> }) => {
    const all = Object.entries(properties).map(([name, of]) => [name, optional(of)])
    return { type: 'object', properties: Object.fromEntries(all) as Record<string, Schema> }
  },
  /** Of any names. */
  Record: (_names: Schema, of: Schema, options?: Schema) => ({
    type: 'object',
    patternProperties: { '^.*$': of },
    ...options,
  }),
  String: (options?: Schema) => ({ type: 'string', ...options }),
  Union: (anyOf: readonly Schema[], options?: Schema) => ({ anyOf, ...options }),
  Unknown: (options?: Schema) => ({ ...options }),
  Unsafe: (schema: Schema) => ({ ...schema }),
}

export const Type = build as unknown as Pick<typeof TypeBox, keyof typeof build>

function optional(schema: Schema): Schema {
  return Object.defineProperty({ ...schema }, '~optional', { value: true })
}

function isOptional(schema: Schema | undefined): boolean {
  return schema !== undefined && '~optional' in schema
}
