// Plaid's own OpenAPI document as a judge of requests and answers. Its path comes from an option,
// TARTAN_TEST_PLAID_OPENAPI, since the document is not ours to keep.
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { type Shape, shapeOf } from './shape.ts'

type Json = Record<string, unknown>

export interface PlaidOpenApi {
  paths: string[]
  /** What is wrong with the body that is sent to this endpoint; empty when it is right. */
  request(path: string, body: unknown): string[]
  /** What is wrong with an answer. */
  answer(path: string, status: number, body: unknown): string[]
  /** The fields of what is sent to an endpoint. */
  requestShape(path: string): Shape
  /** The fields of a good answer. */
  answerShape(path: string): Shape
  /** The fields of one of the document's schemas. */
  schemaShape(name: string): Shape
  /** The document of these endpoints alone, with what they refer to. */
  extract(paths: readonly string[]): object
}

/** Empty is not set, as with every option. */
const documentPath = process.env['TARTAN_TEST_PLAID_OPENAPI'] || undefined

interface Document {
  paths: Record<string, Json>
  components: { schemas: Json }
}

/** What Plaid's clients have since: its newest knows the plan under this name alone. */
const NEWER_VALUES = [['StudentRepaymentPlan', 'type', 'interest only']] as const

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
  const original = parse(readFileSync(path, 'utf8')) as Document
  for (const [schema, field, value] of NEWER_VALUES) {
    const fields = (original.components.schemas[schema] as Json)['properties'] as Json
    ;((fields[field] as Json)['enum'] as string[]).push(value)
  }
  const document = jsonSchema(original) as Document
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
  const shape = (pointer: string): Shape => {
    const found = shapeOf({ $ref: `#${pointer}` }, (ref) => valueAt(document, ref.slice(1)))
    if (found === undefined) throw new Error(`${pointer} has no fields`)
    return found
  }
  const asked = (path: string) => `${endpoint(path)}/requestBody/${json}`
  const answered = (path: string) => `${endpoint(path)}/responses/200/${json}`
  return {
    paths: Object.keys(document.paths),
    request: (path, body) => judge(asked(path), body),
    answer: (path, status, body) => {
      if (body === null) return ['an answer is never null'] // as PlaidError may be, inside an Item
      return judge(status === 200 ? answered(path) : '/components/schemas/PlaidError', body)
    },
    requestShape: (path) => shape(asked(path)),
    answerShape: (path) => shape(answered(path)),
    schemaShape: (name) => shape(`/components/schemas/${name}`),
    extract: (paths) => extract(original, paths),
  }
}

function extract(document: Document, wanted: readonly string[]): object {
  const paths: Json = {}
  for (const path of wanted) paths[path] = { post: document.paths[path]?.['post'] }
  const schemas: Json = {}
  const follow = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (schemas[name] !== undefined) continue
      schemas[name] = document.components.schemas[name]
      follow(schemas[name])
    }
  }
  follow(paths)
  return {
    openapi: '3.0.0',
    info: { title: 'Plaid', version: '1' },
    paths,
    components: { schemas },
  }
}

function valueAt(document: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1)
  return keys.reduce<unknown>(
    (value, key) => (value as Json)[key.replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  )
}

/**
 * OpenAPI 3.0 says `nullable` where JSON Schema says that null is a type too, and an exclusive
 * bound is a flag beside the bound.
 */
function jsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonSchema)
  if (typeof value !== 'object' || value === null) return value
  const { nullable, example: _, exclusiveMinimum, ...rest } = value as Json
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, each]) => [key, jsonSchema(each)]),
  )
  if (exclusiveMinimum === true) schema['exclusiveMinimum'] = schema['minimum']
  if (nullable !== true) return schema
  return { anyOf: [schema, { type: 'null' }] }
}
