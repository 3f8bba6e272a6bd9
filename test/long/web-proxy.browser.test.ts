// Below a path of a reverse proxy: the app, its event stream, Link's return, the session's cookie,
// Airbyte's old addresses and its API. Nothing is asked beside that path.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEngineClient } from '../../src/server/keys.ts'
import { freePort } from '../support/postgres.ts'
import { reverseProxy, type ReverseProxy } from '../support/reverse-proxy.ts'
import { startSystem, type System } from '../support/system.ts'
import { type AppPage, describeInBrowser, openApp } from '../support/web-page.ts'

const startMsMax = 300_000
const path = '/tartan'

describeInBrowser('below a path of a proxy', (browser) => {
  let system: System
  let port: number
  let at: string

  beforeAll(async () => {
    port = await freePort()
    at = `http://localhost:${port}${path}`
    system = await startSystem({ TARTAN_WEB_URL: at, TARTAN_WEB_PROXIES: '127.0.0.1' })
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  const proxy = (strips: boolean): Promise<ReverseProxy> =>
    reverseProxy({ port, path, target: system.settings.options.webPort, strips })

  /** Let in by a link that the command line makes. */
  const enter = async (): Promise<AppPage> => {
    const app = await openApp(browser, system, { at })
    const link = (await system.tartan('open', '--print')).trim()
    expect(link.startsWith(`${at}/login#`)).toBe(true)
    await app.page.goto(link)
    await app.page.getByRole('heading', { name: /banks are fresh/ }).waitFor()
    return app
  }

  for (const strips of [true, false]) {
    const how = strips ? 'that takes its part off the path' : 'that hands on the whole path'
    test(`every page is there, by a proxy ${how}`, async () => {
      await using way = await proxy(strips)
      await using app = await enter()
      const { page } = app
      const pages = ['/banks', '/connections', '/jobs/1', '/data/airbyte_plaid/accounts', '/money']
      for (const one of pages) await app.visit(one)
      await page.getByRole('link', { name: 'World' }).first().click()
      await page.getByRole('heading', { name: 'World' }).waitFor()
      expect(page.url()).toBe(`${at}/world`)
      await page.reload()
      await page.getByRole('heading', { name: 'World' }).waitFor()
      const cookies = await page.context().cookies()
      expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/' }])
      expect(way.strayed).toEqual([])
    })
  }

  test('what changes comes by the event stream', async () => {
    await using _way = await proxy(true)
    await using app = await enter()
    const stream = app.page.waitForResponse((answer) => answer.url().endsWith('/web/events'))
    await app.visit('/banks')
    expect((await stream).headers()['content-type']).toContain('text/event-stream')
    const table = app.page.getByRole('table', { name: 'Banks' })
    await table.getByRole('row').nth(3).waitFor()
    const { rows } = await system.store.query<{ item_id: string }>(
      'select item_id from plaid.item order by created_at limit 1',
    )
    await system.emulator({ reset_login: { item_id: rows[0]?.item_id } })
    await system.post('/sync', { item_id: rows[0]?.item_id })
    await table.getByText('log in').waitFor()
    expect(await app.page.getByText('every 10 s').count()).toBe(0)
  })

  test('a bank is linked, and Plaid’s page leads back below the path', async () => {
    await using _way = await proxy(true)
    await using app = await enter()
    const { page } = app
    await app.visit('/banks/link')
    await page.getByRole('button', { name: 'Begin' }).click()
    const opened = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Open Plaid’s page' }).click()
    const bank = await opened
    const press = (name: RegExp) => bank.getByRole('button', { name }).first().click()
    await press(/^Continue/)
    await bank.getByRole('searchbox').fill('houndstooth')
    await press(/^Search/)
    await bank.getByText('1 bank found').waitFor()
    await press(/^Houndstooth/)
    await bank.getByLabel('User name').fill('user_good')
    await bank.getByLabel('Password').fill('pass_good')
    await press(/^Submit/)
    await bank.getByRole('heading', { name: 'Choose accounts' }).waitFor()
    await press(/^Continue/)
    await bank.getByRole('link', { name: /^Back to/ }).click()
    await bank.getByRole('heading', { name: 'Back from Plaid' }).waitFor()
    expect(bank.url().startsWith(`${at}/banks/link/done`)).toBe(true)
    await page.getByText('is linked; its first rows are on their way').waitFor()
  })

  test('Airbyte’s old addresses lead to the app’s', async () => {
    await using _way = await proxy(true)
    const { settings } = system
    const old: [string, string][] = [
      ['/workspaces/w/connections', '/connections'],
      ['/workspaces/w/connections/c/status', '/connections/c'],
      ['/workspaces/w/connections/c/job-history', '/connections/c'],
      ['/workspaces/w/connections/c/replication', '/connections/c?tab=streams'],
      ['/workspaces/w/connections/c/settings', '/connections/c?tab=settings'],
      ['/workspaces/w/source/s', '/sources/s'],
      ['/workspaces/w/destination/d/connections', '/destinations/d'],
    ]
    for (const [from, to] of old) {
      const answer = await fetch(`${at}${from}`, { redirect: 'manual' })
      const location = answer.headers.get('location') ?? ''
      expect([from, answer.status, new URL(location, at).href]).toEqual([from, 302, at + to])
    }
    const outside = await fetch(
      `http://localhost:${settings.options.webPort}/workspaces/w/source`,
      {
        redirect: 'manual',
      },
    )
    expect(new URL(outside.headers.get('location') ?? '', at).href).toBe(`${at}/sources`)
  })

  test('Airbyte’s API answers clients that bring a credential, and nobody else', async () => {
    await using _way = await proxy(true)
    const { clientId, clientSecret } = await readEngineClient(system.settings.dataFolder)
    const api = `${at}/api/public/v1`
    const token = await fetch(`${api}/applications/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: clientId, client_secret: clientSecret.reveal() }),
    })
    const { access_token: bearer } = (await token.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${bearer}` }
    const list = await fetch(`${api}/connections?limit=1&includeDeleted=false`, { headers })
    const { data, next } = (await list.json()) as { data: { name: string }[]; next?: string }
    expect([list.status, data.map(({ name }) => name)]).toEqual([200, ['Plaid to warehouse']])
    if (next) expect((await fetch(new URL(next, api), { headers })).status).toBe(200)
    const jobs = await fetch(`${at}/api/v1/jobs/list`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ configTypes: ['sync'], pagination: { pageSize: 1 } }),
    })
    expect(jobs.status).toBe(200)
    await using app = await enter()
    const refused = await app.page.context().request.get(`${api}/connections`)
    expect(refused.status()).toBe(401)
  })
})
