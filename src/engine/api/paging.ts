// Lists: their query, and Airbyte's wrapper {previous, next, data}.
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import type { Page } from '../store/workspace.ts'
import { ApiProblem } from './problem.ts'

const limitMax = 100
const offsetMax = 1_000_000_000

export const Paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: 20 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: offsetMax, default: 0 })),
}

export const PageQuery = Type.Object({
  ...Paging,
  includeDeleted: Type.Optional(Type.Boolean({ default: false })),
  workspaceIds: Type.Optional(Type.Array(Type.String())),
})

export function pageOf(request: FastifyRequest): Page {
  const query = request.query as Static<typeof PageQuery>
  return {
    limit: query.limit ?? 20,
    offset: query.offset ?? 0,
    includeDeleted: query.includeDeleted ?? false,
    workspaceIds: idsOf(query.workspaceIds) ?? null,
  }
}

/** Ids come repeated or with commas between them. */
export function idsOf(given: string[] | undefined): string[] | undefined {
  const ids = (given ?? []).flatMap((one) => one.split(',')).filter((one) => one !== '')
  const wrong = ids.find((id) => !UUID.test(id))
  if (wrong !== undefined) throw new ApiProblem('bad-request', `${wrong} is not a UUID`)
  return ids.length === 0 ? undefined : ids
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** `next` is empty on the last page: some clients follow it until then. */
export function listOf<T>(
  request: FastifyRequest,
  page: Pick<Page, 'limit' | 'offset'>,
  data: T[],
): { previous: string; next: string; data: T[] } {
  const base = `${request.protocol}://${request.host}`
  if (!URL.canParse(request.url, base)) {
    throw new ApiProblem('bad-request', 'the Host or the path is none that a link could have.')
  }
  const at = (offset: number) => {
    const url = new URL(request.url, base)
    url.searchParams.set('limit', String(page.limit))
    url.searchParams.set('offset', String(offset))
    return url.href
  }
  return {
    previous: page.offset > 0 ? at(Math.max(0, page.offset - page.limit)) : '',
    next: data.length === page.limit ? at(page.offset + page.limit) : '',
    data,
  }
}

/** Path parameters that are ids. */
export function idParams<const K extends string>(name: K) {
  return Type.Object({ [name]: Type.String({ format: 'uuid' }) } as Record<
    K,
    ReturnType<typeof Type.String>
  >)
}

export function paramOf(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? ''
}
