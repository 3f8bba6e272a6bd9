// The admin API and its page: closed to who has no token, and the same table of commands on both.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { followEvents } from '../../../test/support/event-stream.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { loginCodes } from '../src/admin/codes.ts'
import { COMMANDS } from '../src/control/commands.ts'
import { type Bench, GINGHAM, startEmulator } from './support/emulator.ts'

const TOKEN = 'admin-token-of-the-test'
let bench: Bench

beforeAll(async () => {
  bench = await startEmulator()
})

afterAll(() => bench[Symbol.asyncDispose]())

async function signIn(token = TOKEN): Promise<Response> {
  return fetch(`${bench.url()}/emulator/login`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
    redirect: 'manual',
  })
}

async function cookie(): Promise<string> {
  return (await signIn()).headers.get('set-cookie')?.split(';', 1)[0] ?? ''
}

/** Fills in a command's form and gives the page that follows. */
async function submit(name: string, fields: Record<string, string>): Promise<string> {
  const headers = { cookie: await cookie() }
  const body = new URLSearchParams(fields)
  const answer = await fetch(`${bench.url()}/emulator/do/${name}`, {
    method: 'POST',
    headers,
    body,
  })
  expect([answer.status, new URL(answer.url).pathname]).toEqual([200, '/emulator'])
  return answer.text()
}

describe('the admin page', () => {
  test('asks for the token, and keeps it from scripts and from other sites', async () => {
    const page = await (await fetch(`${bench.url()}/emulator`)).text()
    expect(page).toContain('Admin token')
    expect(page).not.toContain('World’s clock')
    const wrong = await signIn('guess')
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    const right = await signIn()
    const given = right.headers.get('set-cookie') ?? ''
    expect([right.status, right.headers.get('location')]).toEqual([303, '/emulator'])
    expect(given).toMatch(
      /^emulator_admin=[0-9a-f]{64}; Path=\/emulator; HttpOnly; SameSite=Strict$/,
    )
    expect(given).not.toContain(TOKEN)
    const inside = await fetch(`${bench.url()}/emulator`, { headers: { cookie: await cookie() } })
    expect(await inside.text()).toContain('World’s clock')
    expect(inside.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-anc/)
  })

  test('is opened once by a code that only the token gives', async () => {
    const make = (authorization: string) =>
      fetch(`${bench.url()}/emulator/codes`, { method: 'POST', headers: { authorization } })
    expect((await make('Bearer guess')).status).toBe(401)
    const { code } = (await (await make(`Bearer ${TOKEN}`)).json()) as { code: string }
    expect((await signIn(code)).status).toBe(303)
    expect((await signIn(code)).status).toBe(401)
    const clock = { ...systemClock, now: () => nowMs }
    let nowMs = 0
    const codes = loginCodes(clock)
    const [early, late] = [codes.make().code, codes.make().code]
    nowMs = 59_999
    expect(codes.spend(early)).toBe(true)
    nowMs = 60_000
    expect(codes.spend(late)).toBe(false)
  })

  test('each command is told, whoever runs it', async () => {
    const url = `${bench.url()}/emulator/events`
    expect((await fetch(url)).status).toBe(401)
    await using follower = await followEvents(url, { authorization: `Bearer ${TOKEN}` })
    await follower.next('open')
    await submit('advance', { duration: '1h' })
    expect((await follower.next('command')).data).toEqual({ command: 'advance' })
  })

  test('runs nothing for who is not signed in, or comes from another site', async () => {
    const run = (headers: Record<string, string>) =>
      fetch(`${bench.url()}/emulator/do/advance`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ duration: '1d' }),
        redirect: 'manual',
      })
    const before = await bench.status()
    expect((await run({})).status).toBe(401)
    expect((await run({ cookie: 'emulator_admin=0' })).status).toBe(401)
    expect((await run({ cookie: await cookie(), 'sec-fetch-site': 'cross-site' })).status).toBe(401)
    expect((await fetch(`${bench.url()}/emulator/live`)).status).toBe(401)
    expect(await bench.status()).toEqual(before)
  })

  test('has a form for every command, with an input for every field', async () => {
    const headers = { cookie: await cookie() }
    const page = await (await fetch(`${bench.url()}/emulator`, { headers })).text()
    for (const { name, fields } of COMMANDS) {
      expect(page, name).toContain(`action="/emulator/do/${name}"`)
      for (const field of Object.keys(fields))
        expect(page, field).toContain(`id="${name}-${field}"`)
    }
  })

  test('runs what is filled in, and says what came of it', async () => {
    const item = await bench.link(GINGHAM)
    const done = await submit('fault', {
      endpoint: '/transactions/*',
      item_id: `{institution_id: ${GINGHAM}}`,
      error_code: 'ITEM_LOCKED',
      times: '2',
      error_message: '',
    })
    expect(done).toContain('fault: done')
    expect(done).toContain('Clear #')
    expect((await bench.sync(item)).body.error_code).toBe('ITEM_LOCKED')
    await submit('clear_faults', {})
    expect((await bench.sync(item)).status).toBe(200)
    const wrong = await submit('fault', { error_code: '<b>NO_SUCH</b>' })
    expect(wrong).toMatch(/role="alert"[^]*fault\.error_code must be one of Plaid’s/)
    expect(wrong).not.toContain('<b>NO_SUCH')
    expect(await submit('mutate', { item_id: '{', add: '1' })).toMatch(/item_id is not YAML/)
    const names = { item_id: item.itemId, accounts: 'Cash Card, Joint Checking' }
    expect(await submit('select_accounts', names)).toContain('select_accounts: done')
    const shown = bench.truth(item).accounts.map(({ name }) => name)
    expect(shown.toSorted()).toEqual(['Cash Card', 'Joint Checking'])
    expect(await submit('jump', {})).toContain('there is no such command')
    const fresh = await fetch(`${bench.url()}/emulator`, { headers: { cookie: await cookie() } })
    expect(await fresh.text()).not.toContain('there is no such command')
  })

  test('shows what a stranger sent as text', async () => {
    await bench.post('/<img src=x onerror=alert(1)>', {})
    const headers = { cookie: await cookie() }
    const page = await (await fetch(`${bench.url()}/emulator/live`, { headers })).text()
    expect(page).not.toContain('<img')
  })

  test('lets go of who signs out', async () => {
    const out = await fetch(`${bench.url()}/emulator/logout`, {
      method: 'POST',
      redirect: 'manual',
    })
    expect(out.headers.get('set-cookie')).toMatch(/^emulator_admin=; .*Max-Age=0/)
  })
})

test('the last requests are told without tokens, queries and bodies', async () => {
  const item = await bench.link()
  await bench.sync(item)
  await bench.post('/item/get', { access_token: 'x' })
  await bench.post(`/nowhere/${item.accessToken}?secret=1`, {})
  await bench.command({ fault: { answer: 'dropped' } })
  await bench.sync(item).catch(() => {})
  const { requests } = (await bench.ask('/emulator/requests')) as {
    requests: { path: string; status: number; item_id: string | null; error_code: string | null }[]
  }
  const [dropped, nowhere, refused, synced] = requests
  expect(dropped).toMatchObject({ path: '/transactions/sync', status: 0, item_id: item.itemId })
  expect(nowhere).toMatchObject({ path: '/nowhere/…', status: 404, error_code: 'NOT_FOUND' })
  expect(refused).toMatchObject({ path: '/item/get', error_code: 'INVALID_ACCESS_TOKEN' })
  expect(synced).toMatchObject({ status: 200, item_id: item.itemId, error_code: null })
  const text = JSON.stringify(requests)
  expect(text).not.toContain(item.accessToken)
  expect(text).not.toContain('secret')
  expect(text).not.toContain('/emulator')
})

test('nothing of the page is there without an admin token', async () => {
  await using closed = await startEmulator({ adminToken: undefined as never })
  for (const path of ['', '/status', '/faults', '/requests', '/live', '/assets/admin.js']) {
    expect((await fetch(`${closed.url()}/emulator${path}`)).status, path).toBe(404)
  }
})
