// What looks at requests: an address says everything as text, so `limit=5` is the number 5; in a
// JSON body a value that is of another type is another value, and refused. Coerced, the null of
// `{"grace_hours": null}` was 0, and a key ended at once.
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'

export function requestValidator(): FastifySchemaCompiler<TSchema> {
  const address = compiler('array')
  const body = compiler(false)
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : address).compile(schema)
}

function compiler(coerceTypes: 'array' | false): Ajv {
  // Not `strictNumbers`: it spares 1e999 from a number's bounds.
  const ajv = new Ajv({ coerceTypes, useDefaults: true, strictNumbers: false })
  formats.default(ajv)
  return ajv
}
