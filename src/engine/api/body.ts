// How a body is looked at: a field that is not known is a 400 which names it, and null means "not
// given".
import type { FastifySchemaValidationError } from 'fastify'
import { wrongOf } from '../../std/schema-error.ts'

/** An object of a body: no other fields. */
export const strict = { additionalProperties: false } as const

/** An address says everything as text. */
export const looks = { coerceTypes: 'array', useDefaults: true } as const

export function schemaError(errors: FastifySchemaValidationError[], where: string): Error {
  const [error] = errors
  return new Error(
    `${where}${error?.instancePath ?? ''} ${error ? wrongOf(error) : 'is not valid'}`,
  )
}

/** Null means "not given" here, except inside a connector's own configuration. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    if (item === null) return []
    return [[key, CONFIGURATIONS.has(key) ? item : withoutNulls(item)]]
  })
  return Object.fromEntries(entries)
}

const CONFIGURATIONS = new Set(['configuration', 'connectionConfiguration'])
