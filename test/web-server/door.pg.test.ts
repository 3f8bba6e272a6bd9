// The web server's door (L10): the table of routes walked with every role, foreign names and
// pages, cookies, and what is handed on to the services behind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mayBe, own, passed, type Who } from '../../src/web-server/door/table.ts'
import { canary, page, pageText, testWeb, type TestWeb } from '../support/web.ts'
import { type Role, roles } from '../../src/web-server/shapes.ts'

const routes: { method: string; url: string; who: Who }[] = [
  ...Object.entries(own).map(([route, who]) => {
    const [method = '', url = ''] = route.split(' ')
    return { method, url, who }
  }),
  ...passed,
]
const closed = routes.filter(({ who }) => who !== 'anyone')
const changes = routes.filter(({ method }) => method !== 'GET')

/** An address of the route that names nothing that is there. */
function addressOf(url: string): string {
  return url
    .replace(/^(\/web\/(?:users|invites|sessions)\/):id/, '$100000000-0000-4000-8000-000000000000')
    .replace(':service', 'web')
    .replaceAll(/:\w+/g, 'some_1')
}

let web: TestWeb

beforeAll(async () => {
  web = await testWeb()
})

afterAll(() => web[Symbol.asyncDispose]())

describe('the table of routes', () => {
  test.each(closed)('$method $url opens to nobody without a session', async ({ method, url }) => {
    const headers = page(web.origin)
    const answer = await web.bare(addressOf(url), { method, headers, body: bodyOf(method) })
    expect(answer.status).toBe(401)
    expect(answer.body.error?.code).toBe('UNAUTHENTICATED')
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  describe.each(roles)('as %s', (role) => {
    let call: Awaited<ReturnType<TestWeb['as']>>

    beforeAll(async () => {
      call = await web.as(role)
    })

    test.each(closed)('$method $url needs $who', async ({ method, url, who }) => {
      // a session that some route ends, or that has asked a lot, is another one
      if (url.includes('logout')) return
      const answer = await call(addressOf(url), { method, body: bodyOf(method, role) })
      const isLet = mayBe(role, who as Role)
      if (isLet) expect([401, 403]).not.toContain(answer.status)
      else {
        expect(answer.status).toBe(403)
        expect(answer.body.error?.code).toBe('FORBIDDEN')
      }
    })
  })

  test('a job that is no sync needs an admin: it empties tables', async () => {
    const path = '/web/engine/api/public/v1/jobs'
    const reset = { method: 'POST', body: { connectionId: 'c', jobType: 'reset' } }
    expect((await (await web.as('operator'))(path, reset)).status).toBe(403)
    expect((await (await web.as('admin'))(path, reset)).status).toBe(200)
  })

  test('what is in no table is nowhere', async () => {
    const call = await web.as('admin')
    for (const path of ['/web/nothing', '/web/engine/api/v1/secrets', '/web/plaid/metrics']) {
      expect((await call(path)).status).toBe(404)
    }
    expect((await call('/web/plaid/stats', { method: 'PUT', body: {} })).status).toBe(404)
  })

  test('a GET changes nothing', async () => {
    const call = await web.as('admin')
    const before = await digest()
    for (const { url } of routes.filter(({ method }) => method === 'GET')) {
      await call(addressOf(url))
    }
    expect(await digest()).toEqual(before)
  })
})

describe('a text that PostgreSQL has not is refused', () => {
  test.each([
    ['GET', '/web/tables/a%00b/c', undefined, 'schema'],
    ['GET', '/web/tables/a/c/rows?filter=%00', undefined, 'filter'],
    ['PUT', '/web/settings/theme', { value: { a: '\ud800' } }, 'value'],
    ['PUT', '/web/settings/theme', { value: { '\0': 1 } }, 'value'],
    ['POST', '/web/sql', { query: "select '\0'" }, 'query'],
    ['POST', '/web/login', { email: 'a\0@b.example', password: 'x' }, 'email'],
    ['POST', '/web/invites', { email: 'a\0@b.example', role: 'viewer' }, 'email'],
  ])('%s %s', async (method, path, body, field) => {
    const answer = await (await web.as('admin'))(path, { method, body })
    expect([answer.status, answer.body.error?.field]).toEqual([400, field])
  })
})

/** All that the web server keeps, but for when a session was last seen. */
async function digest(): Promise<unknown> {
  const own = ['person', 'login_code', 'invite', 'setting', 'verification']
  const tables = [...own.map((name) => `web.${name}`), 'audit.entry']
  const rows = tables.map((name) => web.pool.query(`select t::text from ${name} t order by 1`))
  const sessions = web.pool.query('select id, hash, person_id from web.session order by id')
  return (await Promise.all([...rows, sessions])).map((result) => result.rows)
}

function bodyOf(method: string, name = 'x'): unknown {
  return method === 'GET' ? undefined : { name, jobType: 'sync' }
}

describe('the name by which it is called', () => {
  const foreign = [
    'evil.example',
    'localhost',
    'localhost:1',
    '127.0.0.1',
    'localhost.evil.example:0',
  ]

  test.each(foreign)('%s is not ours', async (host) => {
    const headers = { host }
    for (const path of [
      '/',
      '/assets/main-abc.js',
      '/web/session',
      '/workspaces/a/connections/b',
    ]) {
      const answer = await web.bare(path, { headers })
      expect(answer.status).toBe(421)
      expect(answer.text).not.toContain('app</body>')
    }
    const enter = { method: 'POST', headers: { ...page(`http://${host}`) }, body: {} }
    expect((await web.bare('/web/enter', enter)).status).toBe(421)
  })

  test('a probe asks for health by whatever name, and is told nothing else', async () => {
    const answer = await web.bare('/healthz', { headers: { host: '10.0.0.3:8000' } })
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }])
  })
})

describe('a change', () => {
  test.each(changes)('$method $url comes from our own page', async ({ method, url }) => {
    const token = await web.session('admin')
    const asked = web.asked.length
    const send = (headers: Record<string, string | undefined>) => {
      const all = { ...page(web.origin), cookie: web.cookie(token), ...headers }
      const given = Object.entries(all).filter(([, value]) => value !== undefined)
      const sent = Object.fromEntries(given) as Record<string, string>
      return web.bare(addressOf(url), { method, headers: sent, body: {} })
    }
    const origins = ['http://evil.example', 'null', undefined, `http://localhost:1`]
    for (const origin of [...origins, `https://localhost:${web.port}`]) {
      expect((await send({ origin })).status).toBe(403)
    }
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect((await send({ 'sec-fetch-site': site })).status).toBe(403)
    }
    const types = ['text/plain', 'application/x-www-form-urlencoded', undefined, 'text/json']
    for (const type of types) expect((await send({ 'content-type': type })).status).toBe(415)
    expect(web.asked.length).toBe(asked)
  })
})

describe('every answer', () => {
  test('lets a browser run nothing but our own files, and no other origin read it', async () => {
    const call = await web.as('viewer')
    for (const path of ['/', '/assets/main-abc.js', '/web/session', '/web/nothing', '/api/v1/x']) {
      const { headers } = await call(path, { headers: { origin: 'http://evil.example' } })
      const policy = headers['content-security-policy']
      expect(policy).toContain("default-src 'none'; script-src 'self'")
      expect(policy).toContain("trusted-types 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(Number(headers['x-tartan-time'])).toBeGreaterThan(1.7e12)
    }
    const preflight = { 'access-control-request-method': 'POST', origin: 'http://evil.example' }
    const options = await web.bare('/web/enter', { method: 'OPTIONS', headers: preflight })
    expect(options.headers['access-control-allow-methods']).toBeUndefined()
    expect(options.status).toBeGreaterThanOrEqual(400)
    expect((await call('/web/session')).headers['cache-control']).toBe('no-store')
  })
})

describe('what is handed on', () => {
  test('goes with our own credential, and comes back without what is not the browser’s', async () => {
    const call = await web.as('viewer')
    const answer = await call('/web/plaid/items?limit=5&status=a?b%20c')
    const asked = web.asked.at(-1)!
    expect([asked.method, asked.url]).toEqual(['GET', '/items?limit=5&status=a?b%20c'])
    expect(asked.headers.authorization).toBe(`Bearer ${canary}`)
    expect(asked.headers.cookie).toBeUndefined()
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['www-authenticate']).toBeUndefined()
    expect(answer.headers['x-next-cursor']).toBe('next')
  })

  test('a session of Link, whose GET exchanges tokens there, is asked for by POST here', async () => {
    const call = await web.as('operator')
    expect((await call('/web/plaid/link/sessions/abc')).status).toBe(404)
    await call('/web/plaid/link/sessions/abc', { method: 'POST', body: {} })
    const { method, url, body } = web.asked.at(-1)!
    expect([method, url, body]).toEqual(['GET', '/link/sessions/abc', ''])
  })

  test('that a service refuses our credential is no word about the session', async () => {
    const call = await web.as('viewer')
    const answer = await call('/web/plaid/items/refused')
    expect([answer.status, answer.body.error?.code]).toEqual([502, 'CREDENTIAL_REFUSED'])
  })

  const astray = ['..', '%2e%2e', '.', '..%2f..%2fkeys', 'a%2fb', '..%5cx', 'a%00', 'a%3Fb', '%']

  test.each(astray)('the id %s leads nowhere', async (id) => {
    const call = await web.as('viewer')
    const asked = web.asked.length
    const answer = await call(`/web/plaid/items/${id}`)
    expect([400, 404]).toContain(answer.status)
    expect(web.asked.length).toBe(asked)
  })
})

describe('the app’s files', () => {
  test('its page is at every address of its own, with the base of its assets', async () => {
    for (const path of ['/', '/banks/x', '/index.html', '/data/sql?q=1']) {
      const answer = await web.bare(path)
      expect(answer.text.replace(/\s+(?=<base)/, '')).toBe(pageText)
      expect(answer.headers['cache-control']).toBe('no-cache')
      const known = { headers: { 'if-none-match': String(answer.headers.etag) } }
      expect((await web.bare(path, known)).status).toBe(304)
    }
    expect((await web.bare('/assets/gone-1.js')).status).toBe(404)
  })

  test('a file with its hash in its name is kept for good, and packed where that is taken', async () => {
    const plain = await web.bare('/assets/main-abc.js')
    expect(plain.headers['cache-control']).toContain('immutable')
    expect(plain.text).toBe('export {}')
    const packed = { headers: { 'accept-encoding': 'br, gzip' } }
    const answer = await web.bare('/assets/main-abc.js', packed)
    expect([answer.headers['content-encoding'], answer.text]).toEqual(['gzip', 'gz'])
  })

  const traversals = [
    '/../secret.pem',
    '/assets/../secret.pem',
    '/assets/..%2fsecret.pem',
    '/assets/%2e%2e/secret.pem',
    '/assets/%2e%2e%2fsecret.pem',
    '/assets/..%5csecret.pem',
    '/assets/%252e%252e/secret.pem',
    '/assets/..%c0%afsecret.pem',
    '/assets//..//secret.pem',
    '/secret.pem',
    '/%00/secret.pem',
    '//etc/passwd',
    '/assets/../../../../../../etc/passwd',
    '/assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  ]

  test.each(traversals)('%s names no file of the disk', async (path) => {
    const answer = await web.bare(path)
    expect(answer.text).not.toContain(canary)
    expect(answer.text).not.toContain('root:')
  })

  test('addresses of an Airbyte’s pages lead to ours', async () => {
    const answer = await web.bare('/workspaces/w/connections/c1/replication')
    expect([answer.status, answer.headers.location]).toEqual([302, '/connections/c1?tab=streams'])
    const away = await web.bare('/workspaces/w/source/%2F%2Fevil.example')
    expect(away.headers.location).toMatch(/^\/sources\//)
  })
})

describe('clients of an API', () => {
  test('are handed to the engine as they are; a cookie counts for nothing', async () => {
    const token = await web.session('admin')
    const cookie = web.cookie(token)
    const asked = web.asked.length
    for (const path of ['/api/public/v1/jobs', '/api/v1/jobs/list', '/v1/sources']) {
      const answer = await web.bare(path, { headers: { cookie } })
      expect([answer.status, answer.body.error?.code]).toEqual([401, 'UNAUTHORIZED'])
    }
    expect(web.asked.length).toBe(asked)
    const headers = { cookie, authorization: 'Bearer theirs', host: 'tartan.internal' }
    const answer = await web.bare('/api/public/v1/jobs?limit=3&x=a?b', { headers })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([200, 'Basic'])
    const last = web.asked.at(-1)!
    expect([last.url, last.headers.authorization]).toEqual([
      '/api/public/v1/jobs?limit=3&x=a?b',
      'Bearer theirs',
    ])
    expect(last.headers.cookie).toBeUndefined()
    const browser = { ...headers, 'sec-fetch-mode': 'cors' }
    const shown = await web.bare('/api/public/v1/jobs', { headers: browser })
    expect(shown.headers['www-authenticate']).toBeUndefined()
    expect(shown.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('may ask for a token without one, in the form that they use', async () => {
    const body = 'client_id=a&client_secret=b'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const ask = { method: 'POST', headers, body }
    expect((await web.bare('/api/public/v1/applications/token', ask)).status).toBe(200)
    expect(web.asked.at(-1)).toMatchObject({ url: '/api/public/v1/applications/token', body })
  })

  test.each(['/api/public/v1/%2e%2e/%2e%2e/items', '/v1/../items', '/api/v1/..%2fx'])(
    '%s does not leave the API’s own paths',
    async (path) => {
      const headers = { authorization: 'Bearer theirs' }
      await web.bare(path, { headers })
      const urls = web.asked.slice(-1).map(({ url }) => url)
      expect(urls.filter((url) => !/^\/(api\/|v1\/|items\?limit)/.test(url))).toEqual([])
    },
  )
})

test('without a build there is one plain page at every address, which names the cause', async () => {
  await using plain = await testWeb({ app: { missing: 'Vite said <script>alert(1)</script>' } })
  for (const path of ['/', '/banks', '/index.html']) {
    const { status, text, headers } = await plain.bare(path)
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(text).toContain('Vite said &#60;script&#62;')
    expect(text).not.toContain('<script')
  }
  const call = await plain.as('viewer')
  expect((await call('/web/status')).status).toBe(200)
})

test('no answer has a secret of ours', () => {
  expect(web.heard.length).toBeGreaterThan(300)
  expect(web.heard.filter((answer) => answer.includes(canary))).toEqual([])
})
