// Getting in and out: by being here, by a link that opens once, by an invitation and a password, by
// a proxy's signed assertion; and what ends a session.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomToken } from '../../src/std/ids.ts'
import { hashToken } from '../../src/std/secrets.ts'
import { insertLoginCode } from '../../src/web-server/store/login.ts'
import { ownerId } from '../../src/web-server/store/person.ts'
import { type Heard, page, testWeb, type TestWeb } from '../support/web.ts'

/** A try of each comes from another machine, so that the limit of tries is not met by chance. */
let machines = 0

function from(headers: Record<string, string>): Record<string, string> {
  machines++
  const address = `10.1.${machines >> 8}.${machines & 255}`
  return { ...headers, 'x-forwarded-for': address }
}

function login(web: TestWeb, body: object, headers = from(page(web.origin))): Promise<Heard> {
  return web.bare('/web/login', { method: 'POST', headers, body })
}

function enter(web: TestWeb, headers: Record<string, string>): Promise<Heard> {
  return web.bare('/web/enter', { method: 'POST', headers, body: {} })
}

async function codeFor(web: TestWeb, msMax = 600_000): Promise<string> {
  const code = randomToken()
  const personId = await ownerId(web.pool)
  await insertLoginCode(web.pool, { hash: hashToken(code), personId, msMax })
  return code
}

function cookieOf({ headers }: Heard): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

async function isIn(web: TestWeb, cookie: string): Promise<boolean> {
  return (await web.bare('/web/sessions', { headers: { cookie } })).status === 200
}

describe('in the emulated world', () => {
  let web: TestWeb

  beforeAll(async () => {
    web = await testWeb({ proxies: '127.0.0.1' })
  })

  afterAll(() => web[Symbol.asyncDispose]())

  test('a browser on this machine enters, by a change of its own page', async () => {
    const outside = await web.bare('/web/session')
    expect(outside.body).toMatchObject({ user: null, world: 'emulator', open: true })
    expect(outside.body['version']).toBeUndefined()
    const answer = await enter(web, page(web.origin))
    expect(answer.body).toMatchObject({ user: { role: 'admin' } })
    const cookie = answer.headers['set-cookie']?.[0] ?? ''
    expect(cookie).toMatch(/; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/)
    expect(cookie.startsWith(`tartan_${web.port}=`)).toBe(true)
    const session = await web.bare('/web/session', { headers: { cookie: cookieOf(answer) } })
    expect(session.body).toMatchObject({
      user: { name: 'Owner', role: 'admin' },
      version: '1.2.3',
      bank_date: '2026-01-01T00:00:00Z',
    })
    const { rows } = await web.pool.query<{ hash: string }>('select hash from web.session')
    const token = cookieOf(answer).split('=')[1]!
    expect(rows.map(({ hash }) => hash)).toContain(hashToken(token))
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  const spoken = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host']

  test.each(spoken)('whom a proxy speaks for (%s) does not', async (name) => {
    const value = name === 'x-forwarded-host' ? `localhost:${web.port}` : '203.0.113.9'
    const answer = await enter(web, { ...page(web.origin), [name]: value })
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'LOGIN_NEEDED'])
  })

  test('over https the cookie is bound to it, and to this host', async () => {
    const origin = `https://localhost:${web.port}`
    const headers = from({ ...page(origin), 'x-forwarded-proto': 'https' })
    const answer = await login(web, { code: await codeFor(web) }, headers)
    const cookie = answer.headers['set-cookie']?.[0] ?? ''
    expect(cookie).toMatch(new RegExp(`^__Host-tartan_${web.port}=[^;]+; Path=/; .*; Secure$`))
    // it would count for whatever else this machine offers
    expect(answer.headers['strict-transport-security']).toBeUndefined()
    // and is none over http
    expect(await isIn(web, cookieOf(answer))).toBe(false)
  })
})

describe('with a real Plaid', () => {
  let web: TestWeb

  beforeAll(async () => {
    web = await testWeb({ world: 'sandbox', emulator: undefined, proxies: '127.0.0.1' })
  })

  afterAll(() => web[Symbol.asyncDispose]())

  test('nobody enters without a login, though it be asked for', async () => {
    const answer = await enter(web, page(web.origin))
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'LOGIN_NEEDED'])
    expect((await web.bare('/web/session')).body).toMatchObject({ open: false })
  })

  test('a link opens once', async () => {
    const code = await codeFor(web)
    const answers = await Promise.all([login(web, { code }), login(web, { code })])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401])
    expect((await login(web, { code })).body.error?.code).toBe('CODE_REFUSED')
  })

  test('a link that is too old opens nothing, nor does a guess', async () => {
    expect((await login(web, { code: await codeFor(web, -1) })).status).toBe(401)
    for (const code of [randomToken(), 'x', "' or true --"]) {
      expect((await login(web, { code })).status).toBe(401)
    }
  })

  test('five tries a minute, of a machine and of an account', async () => {
    const headers = from(page(web.origin))
    const tries: number[] = []
    for (let i = 0; i < 6; i++) tries.push((await login(web, { code: 'x' }, headers)).status)
    expect(tries).toEqual([401, 401, 401, 401, 401, 429])
    const of = { email: 'Guess@example.com', password: 'no' }
    for (let i = 0; i < 5; i++) expect((await login(web, of)).status).toBe(401)
    const late = await login(web, { ...of, email: 'guess@example.com' })
    expect(late.status).toBe(429)
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0)
  })

  test('a login makes a new session, whatever cookie came with it, and ends the old one', async () => {
    const planted = `tartan_${web.port}=${randomToken()}`
    const headers = { ...from(page(web.origin)), cookie: planted }
    const first = cookieOf(await login(web, { code: await codeFor(web) }, headers))
    expect(first).not.toBe(planted)
    expect(await isIn(web, planted)).toBe(false)
    const again = { ...from(page(web.origin)), cookie: first }
    const second = cookieOf(await login(web, { code: await codeFor(web) }, again))
    expect([await isIn(web, first), await isIn(web, second)]).toEqual([false, true])
  })

  test('a session that was idle for half a day, or is a week old, is none', async () => {
    const age = async (column: string, interval: string) => {
      const token = await web.session('viewer')
      await web.pool.query(
        `update web.session set ${column} = now() - $1::interval where hash = $2`,
        [interval, hashToken(token)],
      )
      return isIn(web, web.cookie(token))
    }
    expect(await age('seen_at', '11 hours 59 minutes')).toBe(true)
    expect(await age('seen_at', '12 hours 1 minute')).toBe(false)
    expect(await age('created_at', '7 days 1 minute')).toBe(false)
  })

  test('logging out ends the session and what goes on for it', async () => {
    const cookie = web.cookie(await web.session('viewer'))
    const ended = Promise.withResolvers<void>()
    await web.bare('/web/events', { headers: { cookie }, onText: () => {}, onEnd: ended.resolve })
    const headers = { ...page(web.origin), cookie }
    const out = await web.bare('/web/logout', { method: 'POST', headers, body: {} })
    expect(out.headers['set-cookie']?.[0]).toContain('Max-Age=0')
    await ended.promise
    expect(await isIn(web, cookie)).toBe(false)
  })

  test('a session has so many requests a minute, whatever they ask for', async () => {
    const headers = { cookie: web.cookie(await web.session('viewer')) }
    const ask = async () => (await web.bare('/web/settings', { headers })).status
    for (let i = 0; i < 600; i++) if ((await ask()) !== 200) throw new Error(`refused at ${i}`)
    expect(await ask()).toBe(429)
    const other = { cookie: web.cookie(await web.session('viewer')) }
    expect((await web.bare('/web/settings', { headers: other })).status).toBe(200)
  })

  test('a session has a few streams: one more ends the oldest', async () => {
    const headers = { cookie: web.cookie(await web.session('viewer')) }
    const open: Promise<void>[] = []
    for (let i = 0; i < 5; i++) {
      const ended = Promise.withResolvers<void>()
      await web.bare('/web/events', { headers, onText: () => {}, onEnd: ended.resolve })
      open.push(ended.promise)
    }
    const more = await web.bare('/web/events', { headers, onText: () => {} })
    expect(more.status).toBe(200)
    await open[0]
    const admin = await web.as('admin')
    const { body } = await admin('/web/sessions')
    const mine = (body['sessions'] as { id: string; current: boolean; name: string }[]).find(
      ({ current, name }) => !current && name === 'viewer',
    )!
    expect((await admin(`/web/sessions/${mine.id}`, { method: 'DELETE' })).status).toBe(204)
  })
})

describe('a team', () => {
  let web: TestWeb
  let admin: Awaited<ReturnType<TestWeb['as']>>
  const password = 'correct horse battery'

  beforeAll(async () => {
    web = await testWeb({ world: 'production', emulator: undefined, proxies: '127.0.0.1' })
    admin = await web.as('admin')
  })

  afterAll(() => web[Symbol.asyncDispose]())

  async function invite(email: string, role: string): Promise<string> {
    const answer = await admin('/web/invites', { method: 'POST', body: { email, role } })
    expect(answer.status).toBe(201)
    const link = new URL(String(answer.body['link']))
    expect([link.origin, link.pathname]).toEqual([web.origin, '/login'])
    return link.hash.slice(1)
  }

  test('joins by invitation, with a password of twelve characters, once', async () => {
    const code = await invite('Ann@Example.com', 'operator')
    const asked = await login(web, { code })
    expect(asked.body).toEqual({ user: null, invited: 'ann@example.com' })
    expect([asked.status, asked.headers['set-cookie']]).toEqual([200, undefined])
    expect((await login(web, { code, password: 'short' })).body.error?.code).toBe(
      'PASSWORD_TOO_SHORT',
    )
    const joined = await login(web, { code, name: 'Ann', password })
    expect(joined.body).toMatchObject({ user: { name: 'Ann', role: 'operator' } })
    expect((await login(web, { code, password })).status).toBe(401)
    const right = await login(web, { email: 'ann@example.COM', password })
    expect(right.status).toBe(200)
    expect((await login(web, { email: 'ann@example.com', password: `${password}!` })).status).toBe(
      401,
    )
    const { rows } = await web.pool.query('select * from web.person')
    expect(JSON.stringify(rows)).not.toContain(password)
  })

  test('whose role changes, or who is disabled, is so from the next request on', async () => {
    const code = await invite('bob@example.com', 'admin')
    const joined = await login(web, { code, password })
    const { id } = joined.body['user'] as { id: string }
    const cookie = cookieOf(joined)
    const users = () => web.bare('/web/users', { headers: { cookie } })
    expect((await users()).status).toBe(200)
    const change = (body: object) => admin(`/web/users/${id}`, { method: 'PATCH', body })
    await change({ role: 'viewer' })
    expect((await users()).status).toBe(403)
    await change({ disabled: true })
    expect((await users()).status).toBe(401)
    expect((await login(web, { email: 'bob@example.com', password })).status).toBe(401)
  })

  test('somebody stays who can let others in', async () => {
    const owner = await ownerId(web.pool)
    const gone = await admin(`/web/users/${owner}`, { method: 'DELETE' })
    expect([gone.status, gone.body.error?.code]).toEqual([409, 'OWNER_STAYS'])
  })

  test('what was changed is written down, without what was sent', async () => {
    const { body } = await admin('/web/audit')
    const entries = body['entries'] as { action: string; person: string; status: number }[]
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'POST /web/invites', person: 'admin', status: 201 }),
    )
    expect(entries.map(({ action }) => action)).toContain('join by invitation')
    expect(JSON.stringify(entries)).not.toContain(password)
  })
})

describe('behind a proxy that logs people in', () => {
  type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
  const audience = 'tartan'
  const issuer = 'https://issuer.example'
  const cleanup = new AsyncDisposableStack()
  let web: TestWeb
  let sign: (claims: object, more?: { audience?: string; expires?: string }) => Promise<string>
  let forge: (claims: object) => Promise<string>

  beforeAll(async () => {
    const [ours, theirs] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')]
    const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'k', alg: 'ES256' }
    const server = createServer((_, answer) => answer.end(JSON.stringify({ keys: [jwk] })))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as { port: number }
    const jwks = new URL(`http://127.0.0.1:${port}/keys`)
    const signWith =
      (key: PrivateKey) =>
      (claims: object, more: Parameters<typeof sign>[1] = {}) =>
        new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'ES256', kid: 'k' })
          .setIssuer(issuer)
          .setAudience(more.audience ?? audience)
          .setExpirationTime(more.expires ?? '5m')
          .sign(key)
    sign = signWith(ours.privateKey)
    forge = signWith(theirs.privateKey)
    web = cleanup.use(
      await testWeb({
        world: 'production',
        publicUrl: 'https://money.example/tartan',
        proxies: '127.0.0.0/8',
        proxyLogin: { jwks, issuer, audience, header: 'X-Assertion' },
      }),
    )
  })

  afterAll(() => cleanup.disposeAsync())

  function assert(assertion: string): Promise<Heard> {
    const headers = from({ ...page('https://money.example'), 'x-assertion': assertion })
    return web.bare('/web/enter', { method: 'POST', headers, body: {} })
  }

  const claims = { email: 'Eve@Example.com', name: 'Eve', groups: ['staff', 'tartan-operator'] }

  test('its signed assertion names the person, and a group their role', async () => {
    const answer = await assert(await sign(claims))
    expect(answer.body).toMatchObject({ user: { name: 'Eve', role: 'operator' } })
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-tartan_/)
    expect(answer.headers['strict-transport-security']).toContain('max-age=')
    const known = await assert(await sign({ ...claims, groups: [] }))
    expect(known.body).toMatchObject({ user: { role: 'operator' } })
  })

  test('whoever is in no group and not known is not let in', async () => {
    const answer = await assert(await sign({ email: 'stranger@example.com' }))
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'NOT_INVITED'])
  })

  test('what is not signed, not for us, not of now, or says no address opens nothing', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const unsigned = `${part({ alg: 'none' })}.${part({ ...claims, iss: issuer, aud: audience })}.`
    const refused = [
      await forge(claims),
      await sign(claims, { audience: 'another' }),
      await sign(claims, { expires: '-1m' }),
      await sign({ ...claims, email: undefined }),
      await sign({ ...claims, email_verified: false }),
      unsigned,
      'Eve@Example.com',
    ]
    for (const assertion of refused) expect((await assert(assertion)).status).toBe(401)
    const headers = from({ ...page('https://money.example'), 'x-forwarded-user': 'eve' })
    const named = await web.bare('/web/enter', { method: 'POST', headers, body: {} })
    expect(named.status).toBe(403)
  })

  test('a sub-path is the app’s base, handed on by the proxy or taken off', async () => {
    const headers = from({ host: 'money.example' })
    for (const path of ['/tartan/', '/tartan/banks', '/banks']) {
      expect((await web.bare(path, { headers })).text).toContain('<base href="/tartan/" />')
    }
    const asset = await web.bare('/tartan/assets/main-abc.js', { headers })
    expect(asset.text).toBe('export {}')
    const old = await web.bare('/tartan/workspaces/w/connections/c', { headers })
    expect(old.headers.location).toBe('/tartan/connections/c')
  })
})
