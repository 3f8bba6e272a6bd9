// What each route of the engine needs of a client (L10): the one table, from which the door and the
// OpenAPI document are made. A client of before scopes is an admin.
import type { Need, Scope } from '../../std/scope.ts'

const publicApi = {
  'GET /workspaces': 'read',
  'GET /workspaces/:workspaceId': 'read',
  'POST /workspaces': 'admin',
  'PATCH /workspaces/:workspaceId': 'admin',
  'DELETE /workspaces/:workspaceId': 'admin',
  ...actors('source'),
  ...actors('destination'),
  'GET /connections': 'read',
  'GET /connections/:connectionId': 'read',
  'POST /connections': 'admin',
  'PATCH /connections/:connectionId': 'admin',
  'DELETE /connections/:connectionId': 'admin',
  'GET /jobs': 'read',
  'GET /jobs/:jobId': 'read',
  'POST /jobs': 'sync',
  'DELETE /jobs/:jobId': 'sync',
  'GET /streams': 'read',
  'GET /connector_definitions': 'read',
} as const satisfies Record<string, Scope>

/** Its verbs are all POST. */
const configApi = {
  'GET /events': 'read',
  'POST /attempt/get_logs': 'read',
  'POST /connections/get': 'read',
  'POST /connections/update': 'admin',
  'POST /connections/sync_progress': 'read',
  'POST /jobs/list': 'read',
  'POST /jobs/strips': 'read',
  'POST /jobs/get': 'read',
  'POST /jobs/get_without_logs': 'read',
  'POST /state/get': 'read',
  'POST /web_backend/connections/get': 'read',
  'POST /web_backend/connections/list': 'read',
  'POST /web_backend/connections/shared_tables': 'read',
  'POST /web_backend/describe_cron_expression': 'read',
  'POST /source_definition_specifications/get': 'read',
  'POST /destination_definition_specifications/get': 'read',
  // Has the syncs made that follow it.
  'POST /sources/report_news': 'sync',
  // Runs a connector.
  'POST /sources/discover_schema': 'sync',
  'POST /sources/check_connection': 'sync',
  'POST /destinations/check_connection': 'sync',
  // Runs one with an address that the caller gives.
  'POST /scheduler/sources/check_connection': 'admin',
  'POST /scheduler/destinations/check_connection': 'admin',
  'POST /sources/check_connection_for_update': 'admin',
  'POST /destinations/check_connection_for_update': 'admin',
} as const satisfies Record<string, Scope>

export const needs: Readonly<Record<string, Need>> = {
  'GET /live': 'open',
  'GET /ready': 'open',
  // The metrics token opens it too.
  'GET /metrics': 'read',
  'GET /openapi.json': 'read',
  // Whose engine it is, as Airbyte's own says it to everybody.
  'GET /api/v1/instance_configuration': 'open',
  ...Object.fromEntries(
    ['/api/public/v1', '/api/v1', '/v1', ''].map((prefix) => [
      `POST ${prefix}/applications/token`,
      'open',
    ]),
  ),
  ...below('/api/public/v1', publicApi),
  ...below('/v1', publicApi),
  ...below('/api/v1', configApi),
}

function below(prefix: string, table: Record<string, Scope>): Record<string, Need> {
  const health: [string, Need] = [`GET ${prefix}/health`, 'open']
  const entries = Object.entries(table).map(([route, need]): [string, Need] => [
    route.replace(' ', ` ${prefix}`),
    need,
  ])
  return Object.fromEntries([health, ...entries])
}

function actors(kind: 'source' | 'destination') {
  const [all, one] = [`/${kind}s`, `/${kind}s/:${kind}Id`]
  return {
    [`GET ${all}`]: 'read',
    [`GET ${one}`]: 'read',
    [`POST ${all}`]: 'admin',
    [`PATCH ${one}`]: 'admin',
    [`PUT ${one}`]: 'admin',
    [`DELETE ${one}`]: 'admin',
  } as const
}

/** Where the body decides: a job that is no sync empties tables. */
export function neededByBody(route: string, body: unknown): Scope | undefined {
  if (!/^POST \/(api\/public\/)?v1\/jobs$/.test(route)) return undefined
  const type = typeof body === 'object' && body !== null && 'jobType' in body && body.jobType
  return type === 'sync' ? undefined : 'admin'
}
