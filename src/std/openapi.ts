// A service's OpenAPI document, made of what its routes say when they are registered: the schemas
// that requests are looked at with, and the shapes of the answers. So it names every route there
// is. Answers are not validated where they are given; the tests do that (test/support/document.ts).
import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { TSchema } from './type.ts'

declare module 'fastify' {
  interface FastifySchema {
    summary?: string
    description?: string
    /** Empty where nobody has to say who they are; std/scope.ts says it of every route. */
    security?: object[]
  }
}

export interface DocumentBasis {
  info: { title: string; version: string; description: string }
  securitySchemes: Record<string, object>
  /** The shape of every answer that is no success. */
  failure: TSchema
  /** What each route may answer, whatever it is asked; 401 only where it asks who it is. */
  failures: readonly number[]
}

/** By status: a shape, one of `null` for no content, or an answer that is not JSON alone. */
type Answers = Record<string, TSchema | Content>

interface Content {
  description?: string
  headers?: Record<string, object>
  content: Record<string, { schema: TSchema }>
}

/** The failures that a route may answer beside those that every route may. */
export function failing(failure: TSchema, statuses: readonly number[]): Record<number, TSchema> {
  return Object.fromEntries(statuses.map((status) => [status, failure]))
}

/**
 * Call it before the routes are registered; what it gives makes the document. Shapes of answers
 * shall not slow them down: they are written as JSON says, not field by field.
 */
export function documented(app: FastifyInstance, basis: DocumentBasis): () => object {
  const routes: RouteOptions[] = []
  app.setSerializerCompiler(() => JSON.stringify)
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  let document: object | undefined
  return () => (document ??= documentOf(routes, basis))
}

function documentOf(routes: RouteOptions[], basis: DocumentBasis): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    for (const method of [route.method].flat().filter((one) => !UNTOLD.has(one))) {
      paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, method, basis) }
    }
  }
  const { info, securitySchemes } = basis
  const schemas: Record<string, unknown> = {}
  const named = hoisted(paths, schemas)
  const components = { securitySchemes, schemas }
  return { openapi: '3.1.0', info, paths: named, components }
}

/** They are given of every GET. */
const UNTOLD = new Set(['HEAD', 'OPTIONS'])

interface Fields {
  properties: Record<string, object>
  required?: string[]
}

function operation({ schema = {} }: RouteOptions, method: string, basis: DocumentBasis): object {
  const { summary, description, security, body } = schema
  const isOpen = security?.length === 0
  const common = [
    ...basis.failures.filter((status) => status !== 401 || !isOpen),
    ...(schema.params === undefined ? [] : [414]),
    ...(method === 'GET' ? [] : [413, 415]),
  ]
  const own = schema.response as Answers | undefined
  const answers: Answers = { ...failing(basis.failure, common), ...own }
  return {
    summary,
    description,
    security,
    parameters: [
      ...parameters('path', schema.params),
      ...parameters('query', schema.querystring),
      ...parameters('header', schema.headers),
    ],
    requestBody: body === undefined ? undefined : requestBody(body as TSchema),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, response(status, answer)]),
    ),
  }
}

function parameters(place: 'path' | 'query' | 'header', fields: unknown): object[] {
  const { properties = {}, required = [] } = (fields ?? {}) as Partial<Fields>
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }))
}

function requestBody(schema: TSchema): object {
  const { anyOf = [] } = schema as { anyOf?: { type?: string }[] }
  const isOptional = anyOf.some(({ type }) => type === 'null')
  return { required: !isOptional, content: { 'application/json': { schema } } }
}

function response(status: string, answer: TSchema | Content): object {
  const { description = STATUS_CODES[status] ?? status } = answer as { description?: string }
  if ('content' in answer) return { ...answer, description }
  if ((answer as { type?: string }).type === 'null') return { description }
  return { description, content: { 'application/json': { schema: answer } } }
}

/** As plain JSON, with each shape that has a name under it in `schemas`, once. */
function hoisted(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => hoisted(one, schemas))
  if (typeof value !== 'object' || value === null) return value
  const { $id: name, ...rest } = value as Record<string, unknown>
  const entries = Object.entries(rest).map(([key, inner]) => [key, hoisted(inner, schemas)])
  const plain: unknown = Object.fromEntries(entries)
  if (typeof name !== 'string') return plain
  schemas[name] = plain
  return { $ref: `#/components/schemas/${name}` }
}
