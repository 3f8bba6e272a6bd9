// What is wrong with a request, in plain words: the kinds of errors that the validator of schemas
// has, each said in one place for all services. Never the value itself: it may be a secret (L5).
import type { FastifySchemaValidationError } from 'fastify'
import { ConfigError } from './errors.ts'

/** What stands behind the name of the thing that is wrong. */
export function wrongOf({ keyword, params, message }: FastifySchemaValidationError): string {
  const word = WORDS[keyword]
  return word ? word(params) : (message ?? 'is not valid')
}

/** For services whose errors have a code, a sentence and a field. */
export function requestError(errors: FastifySchemaValidationError[], where: string): ConfigError {
  const [error] = errors
  if (!error) return new ConfigError('REQUEST_INVALID', `${PLACES[where] ?? where} is not valid`)
  const path = error.instancePath.split('/').slice(1)
  const { missingProperty, additionalProperty } = error.params as Params
  const field = missingProperty ?? additionalProperty ?? path[0]
  const subject = path.join('.') || (PLACES[where] ?? where)
  const detail = field === undefined ? {} : { field }
  return new ConfigError('REQUEST_INVALID', `${subject} ${wrongOf(error)}`, detail)
}

/** As Fastify calls them. */
const PLACES: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the address',
}

interface Params {
  missingProperty?: string
  additionalProperty?: string
  type?: string | string[]
  allowedValues?: unknown[]
  allowedValue?: unknown
  limit?: number
  format?: string
}

/** Of a text that no column takes, too. */
export const unstorable = 'has a character or a form that is not taken here'

const WORDS: Readonly<Record<string, (params: Params) => string>> = {
  required: ({ missingProperty }) => `lacks ${missingProperty}`,
  additionalProperties: ({ additionalProperty }) =>
    `has a field that is not known here: ${additionalProperty}`,
  type: ({ type = [] }) => `must be ${[type].flat().map(kindOf).join(' or ')}`,
  enum: ({ allowedValues = [] }) => `must be one of ${allowedValues.join(', ')}`,
  const: ({ allowedValue }) => `must be ${JSON.stringify(allowedValue)}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  minLength: ({ limit }) => `must have ${limit} or more characters`,
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  minItems: ({ limit }) => `must have ${limit} or more entries`,
  maxItems: ({ limit }) => `must have at most ${limit} entries`,
  format: ({ format = '' }) => `must be ${FORMATS[format] ?? `a ${format}`}`,
  pattern: () => unstorable,
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  date: 'a day of the calendar, as 2026-01-31',
  'date-time': 'an instant, as 2026-01-31T12:00:00Z',
}

function kindOf(type: string): string {
  return KINDS[type] ?? type
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
}
