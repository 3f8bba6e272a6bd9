// A service's own OpenAPI document as a judge: an answer that no status or no shape of it tells of
// fails the test that got it. Objects are closed: a field that the document does not name is not
// documented.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

interface Schema {
  [key: string]: unknown
}

interface Operation {
  summary?: string
  security?: object[]
  parameters?: { name: string; in: string }[]
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

export interface OpenApi {
  openapi: string
  security: object[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export interface Exchange {
  method: string
  /** As it was sent, with its query. */
  path: string
  status: number
  type: string | undefined
  text: string
}

interface Judge {
  ajv: Ajv2020
  checks: Map<string, ValidateFunction>
}

/** By document: what one test had compiled serves the next. */
const judges = new Map<string, Judge>()

function judgeOf(api: OpenApi): Judge {
  const text = JSON.stringify(api)
  const known = judges.get(text)
  if (known) return known
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema(closed({ $id: 'api', components: api.components }) as Schema)
  const judge = { ajv, checks: new Map<string, ValidateFunction>() }
  judges.set(text, judge)
  return judge
}

export class Document {
  readonly api: OpenApi
  /** What was answered with which status: `GET /items 200`. */
  readonly answered = new Set<string>()
  readonly #paths: { pattern: RegExp; path: string }[]
  readonly #judge: Judge

  constructor(api: OpenApi) {
    this.api = api
    // A path without parameters is asked before one that would take it for an id.
    const fixed = (path: string) => path.split('{').length
    this.#paths = Object.keys(api.paths)
      .sort((a, b) => fixed(a) - fixed(b))
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
    this.#judge = judgeOf(api)
  }

  /** `POST /items/sandbox` for each operation. */
  operations(): string[] {
    return Object.entries(this.api.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
  }

  /** What an operation lacks of what its callers want to know; and shapes that are not there. */
  flaws(): string[] {
    const flaws = Object.entries(this.api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { summary, security, responses }]) => {
        const has = (status: RegExp) => Object.keys(responses).some((one) => status.test(one))
        const lacks = [
          ...(summary ? [] : ['a summary']),
          ...(has(/^2/) ? [] : ['a success']),
          ...(has(/400/) && has(/500/) ? [] : ['its failures']),
          ...(has(/401/) || security?.length === 0 ? [] : ['who may ask']),
        ]
        return lacks.map((what) => `${method} ${path} lacks ${what}`)
      }),
    )
    const refs = JSON.stringify(this.api).match(/#\/components\/schemas\/\w+/g) ?? []
    const named = new Set(refs.map((ref) => ref.split('/').at(-1) ?? ''))
    const there = new Set(Object.keys(this.api.components.schemas))
    const missing = [...named].filter((name) => !there.has(name))
    const unused = [...there].filter((name) => !named.has(name))
    return [...flaws, ...missing, ...unused]
  }

  /** Operations without an answer so far that is a success. */
  unproven(): string[] {
    const proven = new Set(
      [...this.answered].filter((name) => / 2..$/.test(name)).map((name) => name.slice(0, -4)),
    )
    return this.operations().filter((one) => !proven.has(one))
  }

  /** Throws where the answer is not as the document says. An unknown address is nobody's. */
  judge({ method, path: sent, status, type, text }: Exchange): void {
    const asked = sent.split('?')[0] ?? ''
    const path = this.#paths.find(({ pattern }) => pattern.test(asked))?.path
    const operation = path === undefined ? undefined : this.api.paths[path]?.[method.toLowerCase()]
    if (path === undefined || operation === undefined) return
    const name = `${method} ${path} ${status}`
    this.answered.add(name)
    const answer = operation.responses[status]
    if (!answer) throw new Error(`${name} is not documented: ${text.slice(0, 500)}`)
    if (!answer.content) {
      if (text !== '') throw new Error(`${name} is documented to be empty, and is ${text}`)
      return
    }
    const media = type?.split(';')[0] ?? ''
    if (!answer.content[media]) throw new Error(`${name} is not documented to be ${type}`)
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content']
    const check = this.#check([...pointer, media], answer.content[media].schema)
    for (const value of valuesOf(media, text)) {
      if (check(value)) continue
      const errors = this.#judge.ajv.errorsText(check.errors, { separator: '\n' })
      throw new Error(`${name} does not fit its shape:\n${errors}\n${JSON.stringify(value)}`)
    }
  }

  #check(pointer: string[], schema: Schema): ValidateFunction {
    const key = pointer.join(' ')
    const { ajv, checks } = this.#judge
    const known = checks.get(key)
    if (known) return known
    const check = ajv.compile(closed(schema) as Schema)
    checks.set(key, check)
    return check
  }
}

function valuesOf(media: string, text: string): unknown[] {
  if (media === 'application/json') return [JSON.parse(text)]
  if (media !== 'application/x-ndjson') return []
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

/** With no other properties than those that are named, and references that the judge finds. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === '$ref' && typeof inner === 'string' ? `api${inner}` : closed(inner),
  ])
  const plain = Object.fromEntries(entries) as Schema
  const names = plain['properties']
  const isOpen = plain['additionalProperties'] === undefined && typeof names === 'object'
  const isObject = plain['type'] === 'object' || JSON.stringify(plain['type'])?.includes('object')
  return isOpen && isObject && Object.keys(names ?? {}).length > 0
    ? { ...plain, additionalProperties: false }
    : plain
}
