// One source or destination: what its connector wants to be told, whether that works, and its
// keeping. Secrets come masked, and the mask sent back keeps the one that is there.
import { queryOptions } from '@tanstack/react-query'
import type { Schema, Values } from '../words/spec.ts'
import { call, type FieldError } from './call.ts'
import { type Actor, type ActorAnswer, actorOf, type Kind } from './engine.ts'

const base = 'web/engine/api/public/v1'
const config = 'web/engine/api/v1'

interface Definition {
  id: string
  name: string
  version: string
}

export const definitionsQuery = (kind: Kind) =>
  queryOptions({
    queryKey: ['definitions', kind],
    queryFn: async ({ signal }) => {
      const query = { type: kind }
      const path = `${base}/connector_definitions`
      return (await call<{ data: Definition[] }>(path, { query, signal })).data
    },
    staleTime: Infinity,
  })

export const specQuery = (kind: Kind, definitionId: string) =>
  queryOptions({
    queryKey: ['definitions', kind, definitionId],
    queryFn: async ({ signal }) => {
      const body = { [`${kind}DefinitionId`]: definitionId }
      const path = `${config}/${kind}_definition_specifications/get`
      const asked = { method: 'POST', body, signal } as const
      return (await call<{ connectionSpecification: Schema }>(path, asked)).connectionSpecification
    },
    enabled: definitionId !== '',
    staleTime: Infinity,
  })

export const actorQuery = (kind: Kind, id: string) =>
  queryOptions({
    queryKey: ['actors', kind, id],
    queryFn: async ({ signal }) =>
      actorOf(await call<ActorAnswer>(`${base}/${kind}s/${id}`, { signal })),
    enabled: id !== '',
  })

export interface Draft {
  kind: Kind
  /** Of one that is there already. */
  id?: string | undefined
  definitionId: string
  name: string
  configuration: Values
}

export interface Checked {
  status: 'succeeded' | 'failed'
  message?: string
  errors?: FieldError[]
}

/** Of exactly what is written, and nothing of it is kept. */
export function checkDraft({ kind, id, definitionId, configuration }: Draft): Promise<Checked> {
  const path =
    id === undefined
      ? `${config}/scheduler/${kind}s/check_connection`
      : `${config}/${kind}s/check_connection_for_update`
  const of = id === undefined ? { [`${kind}DefinitionId`]: definitionId } : { [`${kind}Id`]: id }
  const body = { ...of, connectionConfiguration: configuration }
  return call(path, { method: 'POST', body })
}

export interface ActorChange {
  name?: string
  /** A merge patch. */
  configuration?: Values
}

export async function changeActor(kind: Kind, id: string, body: ActorChange): Promise<Actor> {
  return actorOf(await call<ActorAnswer>(`${base}/${kind}s/${id}`, { method: 'PATCH', body }))
}

export async function makeActor(draft: Draft): Promise<Actor> {
  const { kind, definitionId, name, configuration } = draft
  const { data } = await call<{ data: { workspaceId: string }[] }>(`${base}/workspaces`)
  const body = { name, definitionId, configuration, workspaceId: data[0]?.workspaceId }
  return actorOf(await call<ActorAnswer>(`${base}/${kind}s`, { method: 'POST', body }))
}

export function deleteActor(kind: Kind, id: string): Promise<unknown> {
  return call(`${base}/${kind}s/${id}`, { method: 'DELETE' })
}
