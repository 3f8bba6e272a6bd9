// What each route of plaid-api needs of a key (L10): the one table, from which the door and the
// OpenAPI document are made.
import { catalog } from '../catalog/catalog.ts'
import type { Need } from '../std/scope.ts'
import { webhookPath } from './webhook/path.ts'

const streams = catalog.flatMap(({ name }): [string, Need][] => [
  [`GET /schema/${name}`, 'read'],
  [`GET /${name}`, 'read'],
  [`GET /${name}/incremental`, 'read'],
])

export const needs: Readonly<Record<string, Need>> = {
  'GET /live': 'open',
  'GET /ready': 'open',
  'GET /health': 'open',
  // Signed by Plaid: their own door looks (routes/webhooks.ts).
  [`POST ${webhookPath}`]: 'open',
  // The metrics token opens it too.
  'GET /metrics': 'read',
  'GET /openapi.json': 'read',
  'GET /stats': 'read',
  'GET /schema': 'read',
  ...Object.fromEntries(streams),
  'GET /accounts/:account_id': 'read',
  'GET /transactions/:transaction_id': 'read',
  'GET /items/standings': 'read',
  'GET /items/:item_id': 'read',
  'GET /institutions/:institution_id': 'read',
  'GET /institutions/:institution_id/status': 'read',
  'GET /institutions/:institution_id/logo': 'read',
  'GET /pulls': 'read',
  'GET /pulls/strips': 'read',
  'GET /events': 'read',
  'GET /sync/:id': 'read',
  'GET /webhooks': 'read',
  'GET /webhooks/status': 'read',
  'POST /sync': 'sync',
  'POST /sync/full': 'sync',
  'POST /link/sessions': 'sync',
  // Looks at Plaid, and takes in what was linked meanwhile.
  'GET /link/sessions/:session_id': 'sync',
  'POST /items/sandbox': 'sync',
  'POST /items/:item_id/verify': 'sync',
  'POST /items/:item_id/resolve': 'sync',
  'DELETE /items/:item_id': 'admin',
  'POST /items/:item_id/erase': 'admin',
  // Whoever could make a key would never be locked out again.
  'GET /keys': 'own',
  'POST /keys': 'own',
  'POST /keys/:id/rotate': 'own',
  'DELETE /keys/:id': 'own',
}
