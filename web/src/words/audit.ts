// What stands in the audit is a route or a way in; here it becomes what a person did. What is not
// known stays as it is.
const plaid = '/web/plaid'
const engine = '/web/engine/api'
const actions: Record<string, string> = {
  enter: 'entered, at this machine',
  'enter by proxy': 'entered by the proxy',
  'login by link': 'entered by a link',
  'login by password': 'logged in',
  'join by invitation': 'joined by an invitation',
  open: 'made a link that logs in',
  'keys add': 'made an API key',
  'keys rotate': 'replaced an API key',
  'keys revoke': 'revoked an API key',
  'clients add': 'made a client of the engine',
  'clients revoke': 'revoked a client of the engine',
  'master-key rotate': 'rotated the master key',
  'master-key drop': 'dropped an old master key',
  restore: 'restored a backup',
  'POST /web/sql': 'asked in SQL',
  'POST /web/sql/explain': 'had a query explained',
  'POST /web/sql/cancel': 'cancelled a query',
  'POST /web/verify': 'began a verification',
  'POST /web/alerts/silences': 'silenced an alert',
  'DELETE /web/alerts/silences/:id': 'ended a silence',
  'POST /web/alerts/test': 'tested who is told of alerts',
  'POST /web/world': 'moved the emulated world',
  'POST /web/world/page': 'opened the emulator’s own page',
  'PATCH /web/users/:id': 'changed a user',
  'DELETE /web/users/:id': 'removed a user',
  'POST /web/invites': 'invited',
  'DELETE /web/invites/:id': 'withdrew an invitation',
  [`POST ${plaid}/sync`]: 'pulled banks',
  [`POST ${plaid}/sync/full`]: 'had a bank read anew',
  [`POST ${plaid}/link/sessions`]: 'began to link or repair a bank',
  [`POST ${plaid}/link/sessions/:id`]: 'looked whether a bank is linked',
  [`POST ${plaid}/items/:id/resolve`]: 'chose between two links of a bank',
  [`POST ${plaid}/items/:id/verify`]: 'compared a bank',
  [`DELETE ${plaid}/items/:id`]: 'disconnected a bank',
  [`POST ${plaid}/items/:id/erase`]: 'erased a bank',
  [`POST ${plaid}/keys`]: 'made an API key',
  [`POST ${plaid}/keys/:id/rotate`]: 'replaced an API key',
  [`DELETE ${plaid}/keys/:id`]: 'revoked an API key',
  [`POST ${plaid}/items/sandbox`]: 'linked a sandbox’s bank',
  [`POST ${engine}/public/v1/jobs`]: 'started a job',
  [`DELETE ${engine}/public/v1/jobs/:id`]: 'cancelled a job',
  [`POST ${engine}/public/v1/connections`]: 'made a connection',
  [`PATCH ${engine}/public/v1/connections/:id`]: 'changed a connection',
  [`DELETE ${engine}/public/v1/connections/:id`]: 'deleted a connection',
  [`POST ${engine}/v1/connections/update`]: 'changed a connection',
  [`POST ${engine}/v1/sources/report_news`]: 'told that a source has news',
  [`POST ${engine}/v1/sources/check_connection`]: 'tested a source',
  [`POST ${engine}/v1/destinations/check_connection`]: 'tested a destination',
}

export function inWords(action: string): string {
  // Of a service itself, as of what is passed on to it here.
  const route = action.replaceAll(/:\w+/g, ':id')
  const known = [route, route.replace(' /', ` ${plaid}/`), route.replace(' /api/', ` ${engine}/`)]
  return known.map((one) => actions[one]).find((words) => words !== undefined) ?? action
}
