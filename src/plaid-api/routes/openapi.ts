// The OpenAPI document, made from the routes' own schemas as they are registered.
import type { FastifyInstance, RouteOptions } from 'fastify'

declare module 'fastify' {
  interface FastifySchema {
    summary?: string
    description?: string
  }
}

interface Described {
  summary?: string
  description?: string
  querystring?: { properties: Record<string, object>; required?: string[] }
  params?: { properties: Record<string, object> }
  body?: object
}

/** Call it before the routes are registered. */
export function openapiRoute(app: FastifyInstance): void {
  const paths: Record<string, Record<string, object>> = {}
  app.addHook('onRoute', (route) => {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    for (const method of [route.method].flat()) {
      if (method === 'HEAD' || method === 'OPTIONS') continue
      paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route) }
    }
  })
  app.get('/openapi.json', { schema: { summary: 'This document' } }, () => ({
    openapi: '3.1.0',
    info: {
      title: 'plaid-api',
      version: '1',
      description: 'Bank data from Plaid as a change feed.',
    },
    components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
    security: [{ apiKey: [] }],
    paths,
  }))
}

function operation(route: RouteOptions): object {
  const schema = (route.schema ?? {}) as Described
  const required = schema.querystring?.required ?? []
  const parameters = [
    ...Object.entries(schema.params?.properties ?? {}).map(([name, shape]) => ({
      name,
      in: 'path',
      required: true,
      schema: shape,
    })),
    ...Object.entries(schema.querystring?.properties ?? {}).map(([name, shape]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema: shape,
    })),
  ]
  return {
    summary: schema.summary,
    description: schema.description,
    parameters,
    ...(schema.body
      ? { requestBody: { content: { 'application/json': { schema: schema.body } } } }
      : {}),
    responses: { default: { description: 'The answer, or {"error":{"code","message","field"}}' } },
  }
}
