// What may be set of the web app: a part of the table of options (options.ts).
import { PORT, type TartanOption } from './option.ts'

export const webTable = {
  webPort: {
    env: 'TARTAN_WEB_PORT',
    ...PORT,
    default: 8000,
    applies: 'at start',
    group: 'Web app',
    doc: 'The port of the web app.',
  },
  webUrl: {
    env: 'TARTAN_WEB_URL',
    type: 'string',
    applies: 'at start',
    group: 'Web app',
    doc: 'Where a proxy offers the web app, https://host/path; empty: on this machine alone.',
  },
  webOpen: {
    env: 'TARTAN_WEB_OPEN',
    type: 'choice',
    choices: ['auto', 'none'],
    default: 'auto',
    applies: 'at start',
    group: 'Web app',
    doc: 'Who enters without a login; auto: a browser on this machine, emulated Plaid only.',
  },
  webSql: {
    env: 'TARTAN_WEB_SQL',
    type: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    applies: 'at start',
    group: 'Web app',
    doc: 'Whether operators and admins may ask the warehouse in SQL there, read-only.',
  },
  webProxies: {
    env: 'TARTAN_WEB_PROXIES',
    type: 'string',
    applies: 'at start',
    group: 'Web app',
    doc: 'The proxies whose X-Forwarded headers count: addresses or networks, commas between.',
  },
  webJwks: {
    env: 'TARTAN_WEB_JWKS',
    type: 'string',
    applies: 'at start',
    group: 'Web app',
    doc: 'Where a proxy that logs people in offers its keys: the address of its JWKS.',
  },
  webJwksIssuer: {
    env: 'TARTAN_WEB_JWKS_ISSUER',
    type: 'string',
    applies: 'at start',
    group: 'Web app',
    doc: 'The issuer that such a proxy’s signed assertion must name.',
  },
  webJwksAudience: {
    env: 'TARTAN_WEB_JWKS_AUDIENCE',
    type: 'string',
    applies: 'at start',
    group: 'Web app',
    doc: 'The audience that it must name.',
  },
  webJwksHeader: {
    env: 'TARTAN_WEB_JWKS_HEADER',
    type: 'string',
    applies: 'at start',
    group: 'Web app',
    doc: 'The header that it comes in, such as Cf-Access-Jwt-Assertion.',
  },
} as const satisfies Record<string, TartanOption>
