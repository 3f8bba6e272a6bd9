// What looks at requests. Each part of a route is compiled when the first request wants it: most of
// a service's routes are asked seldom or never, and its start would wait for them all.
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from './type.ts'

/** Ajv's options, where they are not the same for the address, with its headers, and the body. */
export function requestValidator(address: Options, body = address): FastifySchemaCompiler<TSchema> {
  const [ofAddress, ofBody] = [compiler(address), compiler(body)]
  return ({ schema, httpPart }) => whenWanted(httpPart === 'body' ? ofBody : ofAddress, schema)
}

/** By its options: what one service of a process has compiled is compiled for the others. */
const compilers = new Map<string, Ajv>()

export function compiler(options: Options): Ajv {
  const key = JSON.stringify(options)
  const known = compilers.get(key)
  if (known) return known
  // A shape that has a name may stand in two routes.
  const ajv = new Ajv({ addUsedSchema: false, ...options })
  formats.default(ajv)
  compilers.set(key, ajv)
  return ajv
}

function whenWanted(ajv: Ajv, schema: TSchema) {
  let compiled: ValidateFunction | undefined
  const validate = (...given: Parameters<ValidateFunction>): boolean => {
    compiled ??= ajv.compile(schema)
    const isValid = compiled(...given)
    validate.errors = compiled.errors ?? null
    return isValid
  }
  validate.errors = null as FastifySchemaValidationError[] | null
  // By which fastify knows a function of Ajv's, and says where the value stands.
  validate.schemaEnv = true
  return validate
}
