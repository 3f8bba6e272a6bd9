// Plaid's own OpenAPI document as a judge of requests and answers. Its path comes from an option,
// TARTAN_TEST_PLAID_OPENAPI, since the document is not ours to keep.
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { parse } from 'yaml'

type Json = Record<string, unknown>

export interface PlaidOpenApi {
  paths: string[]
  /** What is wrong with the body that is sent to this endpoint; empty when it is right. */
  request(path: string, body: unknown): string[]
  /** What is wrong with an answer. */
  answer(path: string, status: number, body: unknown): string[]
}

const documentPath = process.env['TARTAN_TEST_PLAID_OPENAPI']

let known: PlaidOpenApi | undefined

/** Undefined where no document was given; under CI that is a failure. */
export function plaidOpenApi(): PlaidOpenApi | undefined {
  if (documentPath === undefined) {
    if (process.env['CI'] === 'true') throw new Error('CI must set TARTAN_TEST_PLAID_OPENAPI')
    return undefined
  }
  known ??= load(documentPath)
  return known
}

function load(path: string): PlaidOpenApi {
  const document = nullable(parse(readFileSync(path, 'utf8'))) as {
    paths: Record<string, { post?: Json }>
  }
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
  formats.default(ajv)
  ajv.addSchema(document, 'plaid')
  const compiled = new Map<string, ValidateFunction>()
  const judge = (pointer: string, body: unknown): string[] => {
    let validate = compiled.get(pointer)
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `plaid#${pointer}` })
      compiled.set(pointer, validate)
    }
    if (validate(body)) return []
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }
  const endpoint = (path: string) => `/paths/${path.replaceAll('/', '~1')}/post`
  const json = 'content/application~1json/schema'
  return {
    paths: Object.keys(document.paths),
    request: (path, body) => judge(`${endpoint(path)}/requestBody/${json}`, body),
    answer: (path, status, body) => {
      if (status === 200) return judge(`${endpoint(path)}/responses/200/${json}`, body)
      return judge('/components/schemas/PlaidError', body)
    },
  }
}

/** OpenAPI 3.0 says `nullable` where JSON Schema says that null is a type too. */
function nullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullable)
  if (typeof value !== 'object' || value === null) return value
  const { nullable: isNullable, example: _, ...rest } = value as Json
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, each]) => [key, nullable(each)]),
  )
  if (isNullable !== true) return schema
  return { anyOf: [schema, { type: 'null' }] }
}
