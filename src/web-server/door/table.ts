// Who may do what: the one table of the web server's routes (L10). Nothing is offered that does not
// stand here, and a test walks it with every role. A viewer reads; an operator also syncs, links,
// verifies, silences alerts and asks in SQL; an admin also configures, invites, disconnects and
// erases.
import { type Role, roles } from '../shapes.ts'

export type Who = 'anyone' | Role

export function mayBe(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

/** The web server's own. */
export const own = {
  'GET /web/session': 'anyone',
  'POST /web/enter': 'anyone',
  'POST /web/login': 'anyone',
  'POST /web/logout': 'anyone',
  'GET /web/sessions': 'viewer',
  'DELETE /web/sessions/:id': 'viewer',
  'GET /web/settings': 'viewer',
  'PUT /web/settings/:name': 'viewer',
  'GET /web/events': 'viewer',
  'GET /web/status': 'viewer',
  'GET /web/options': 'viewer',
  'GET /web/logs/:service': 'operator',
  'GET /web/tables': 'viewer',
  'GET /web/tables/:schema/:table': 'viewer',
  'GET /web/tables/:schema/:table/rows': 'viewer',
  'POST /web/sql': 'operator',
  'POST /web/sql/explain': 'operator',
  'POST /web/sql/cancel': 'operator',
  'GET /web/alerts': 'viewer',
  'POST /web/alerts/silences': 'operator',
  'DELETE /web/alerts/silences/:id': 'operator',
  'POST /web/alerts/test': 'operator',
  'GET /web/verify': 'viewer',
  'POST /web/verify': 'operator',
  'GET /web/follow/:transaction': 'viewer',
  'GET /web/world': 'viewer',
  'POST /web/world': 'operator',
  'POST /web/world/page': 'operator',
  'GET /web/users': 'admin',
  'PATCH /web/users/:id': 'admin',
  'DELETE /web/users/:id': 'admin',
  'GET /web/invites': 'admin',
  'POST /web/invites': 'admin',
  'DELETE /web/invites/:id': 'admin',
  'GET /web/audit': 'admin',
} as const satisfies Record<string, Who>

export type OwnRoute = keyof typeof own

/** What the engine is asked for a session: its own paths, behind /web/engine. */
const engine = {
  'GET /api/public/v1/workspaces': 'viewer',
  'GET /api/public/v1/connector_definitions': 'viewer',
  'GET /api/public/v1/streams': 'viewer',
  'GET /api/public/v1/sources': 'viewer',
  'GET /api/public/v1/sources/:id': 'viewer',
  'POST /api/public/v1/sources': 'admin',
  'PATCH /api/public/v1/sources/:id': 'admin',
  'DELETE /api/public/v1/sources/:id': 'admin',
  'GET /api/public/v1/destinations': 'viewer',
  'GET /api/public/v1/destinations/:id': 'viewer',
  'POST /api/public/v1/destinations': 'admin',
  'PATCH /api/public/v1/destinations/:id': 'admin',
  'DELETE /api/public/v1/destinations/:id': 'admin',
  'GET /api/public/v1/connections': 'viewer',
  'GET /api/public/v1/connections/:id': 'viewer',
  'POST /api/public/v1/connections': 'admin',
  'PATCH /api/public/v1/connections/:id': 'admin',
  'DELETE /api/public/v1/connections/:id': 'admin',
  'GET /api/public/v1/jobs': 'viewer',
  'GET /api/public/v1/jobs/:id': 'viewer',
  'POST /api/public/v1/jobs': 'operator',
  'DELETE /api/public/v1/jobs/:id': 'operator',
  'POST /api/v1/jobs/get_without_logs': 'viewer',
  'POST /api/v1/jobs/list': 'viewer',
  'POST /api/v1/jobs/strips': 'viewer',
  'POST /api/v1/attempt/get_logs': 'viewer',
  'POST /api/v1/web_backend/connections/list': 'viewer',
  'POST /api/v1/web_backend/connections/shared_tables': 'viewer',
  'POST /api/v1/source_definition_specifications/get': 'viewer',
  'POST /api/v1/destination_definition_specifications/get': 'viewer',
  'POST /api/v1/scheduler/sources/check_connection': 'admin',
  'POST /api/v1/scheduler/destinations/check_connection': 'admin',
  'POST /api/v1/sources/check_connection_for_update': 'admin',
  'POST /api/v1/destinations/check_connection_for_update': 'admin',
  'POST /api/v1/state/get': 'viewer',
  'POST /api/v1/web_backend/describe_cron_expression': 'viewer',
  'POST /api/v1/sources/check_connection': 'operator',
  'POST /api/v1/destinations/check_connection': 'operator',
} as const satisfies Record<string, Role>

/** What plaid-api is asked, behind /web/plaid. */
const plaid = {
  'GET /stats': 'viewer',
  'GET /schema': 'viewer',
  'GET /items': 'viewer',
  'GET /items/standings': 'viewer',
  'GET /items/:id': 'viewer',
  'GET /institutions/:id/status': 'viewer',
  'GET /accounts': 'viewer',
  'GET /accounts/:id': 'viewer',
  'GET /transactions': 'viewer',
  'GET /sync/:id': 'viewer',
  'GET /pulls': 'viewer',
  'GET /webhooks': 'viewer',
  'GET /webhooks/status': 'viewer',
  'GET /pulls/strips': 'viewer',
  'POST /sync': 'operator',
  'POST /sync/full': 'operator',
  'POST /link/sessions': 'operator',
  'POST /link/sessions/:id': 'operator',
  'POST /items/:id/verify': 'operator',
  'POST /items/:id/resolve': 'operator',
  'DELETE /items/:id': 'admin',
  'POST /items/:id/erase': 'admin',
  'GET /keys': 'admin',
  'POST /keys': 'admin',
  'POST /keys/:id/rotate': 'admin',
  'DELETE /keys/:id': 'admin',
} as const satisfies Record<string, Role>

/** A GET that changes something there (it exchanges tokens) is a POST here. */
const asked: Record<string, string | undefined> = { 'POST /link/sessions/:id': 'GET' }

export type Service = 'engine' | 'plaid'

export interface Passed {
  service: Service
  method: string
  /** As it is offered here. */
  url: string
  who: Role
  /** As it is asked there. */
  askMethod: string
  path: string
}

export const passed: Passed[] = [
  ...Object.entries(engine).map(([route, who]) => passedOf('engine', route, who)),
  ...Object.entries(plaid).map(([route, who]) => passedOf('plaid', route, who)),
]

function passedOf(service: Service, route: string, who: Role): Passed {
  const [method = '', path = ''] = route.split(' ')
  const askMethod = asked[route] ?? method
  return { service, method, path, who, askMethod, url: `/web/${service}${path}` }
}

/** Where the body decides: a job that is no sync empties tables. */
export function neededByBody({ method, url }: Passed, body: unknown): Role | undefined {
  if (method !== 'POST' || url !== '/web/engine/api/public/v1/jobs') return undefined
  const type = typeof body === 'object' && body !== null && 'jobType' in body && body.jobType
  return type === 'sync' ? undefined : 'admin'
}
