// window.Plaid in a real browser, from an application on another origin: by hand, and through the
// real npm package react-plaid-link.
import { join } from 'node:path'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, openPage, type Screen } from './support/browser.ts'
import { createLink, LINK, sessionsOf, startApp } from './support/link.ts'
import { type Bench, startEmulator, temporaryFolder } from './support/emulator.ts'

/** What the application's callbacks were given, in order. */
type Call = [callback: string, ...given: unknown[]]
type Metadata = Record<string, unknown>

const OAUTH_PAGE = /\/oauth\//

function appPage(bench: Bench, token: string, options = ''): string {
  return `<!doctype html><html lang="en"><title>Acme Books</title>
<script src="${bench.url()}/link/v2/stable/link-initialize.js"></script>
<h1>Acme Books</h1><button id="open">Connect a bank</button><p style="height:3000px">Far down</p>
<script>
  window.calls = []
  const note = (name) => (...given) => window.calls.push([name, ...given])
  window.handler = Plaid.create({
    token: ${JSON.stringify(token)},
    onSuccess: note('onSuccess'), onExit: note('onExit'), onEvent: note('onEvent'),
    onLoad: note('onLoad'), ${options}
  })
  document.getElementById('open').onclick = () => handler.open()
</script>`
}

async function open(browser: Browser, url: string, screen: Screen = {}) {
  const page = await openPage(browser, screen)
  await page.goto(url)
  await page.getByRole('button', { name: 'Connect a bank' }).click()
  return page
}

const frameOf = (page: Page): FrameLocator => page.frameLocator('iframe')
const click = (frame: FrameLocator, name: string | RegExp) =>
  frame.getByRole('button', { name, exact: true }).first().click()

async function calls(page: Page, until: string): Promise<Call[]> {
  await page.waitForFunction(`calls.some(([name]) => name === ${JSON.stringify(until)})`)
  return page.evaluate('calls')
}

async function toAccounts(frame: FrameLocator): Promise<void> {
  await click(frame, 'Continue')
  await click(frame, /^First Platypus Bank/)
  await frame.getByLabel('User name').fill('user_good')
  await frame.getByLabel('Password').fill('pass_good')
  await click(frame, 'Submit')
}

const eventsOf = (made: Call[]) =>
  made.flatMap(([name, event, metadata]) =>
    name === 'onEvent' ? [[event as string, metadata as Metadata] as const] : [],
  )

describeInBrowser('window.Plaid', (browser) => {
  test('links a bank over the application’s page, and tells it all that happened', async () => {
    await using bench = await startEmulator()
    const { link_token } = (await bench.post<{ link_token: string }>('/link/token/create', LINK))
      .body
    await using app = await startApp(() => appPage(bench, link_token))
    await using page = await open(browser, app.url)
    await toAccounts(frameOf(page))
    await click(frameOf(page), 'Continue')
    await frameOf(page).getByRole('heading', { name: 'Success' }).waitFor()
    await expectAccessible(page)
    expect((await calls(page, 'onEvent')).some(([name]) => name === 'onSuccess')).toBe(false)
    await click(frameOf(page), 'Finish')
    const made = await calls(page, 'onSuccess')
    expect(await page.locator('iframe').count()).toBe(0)
    const [, publicToken, metadata] = made.find(([name]) => name === 'onSuccess') ?? []
    expect(metadata).toMatchObject({
      institution: { institution_id: 'ins_109508', name: 'First Platypus Bank' },
      link_session_id: expect.any(String),
      transfer_status: null,
    })
    const { accounts } = metadata as { accounts: Metadata[] }
    expect(Object.keys(accounts[0] ?? {}).toSorted()).toEqual(
      ['class_type', 'id', 'mask', 'name', 'subtype', 'type', 'verification_status'].toSorted(),
    )
    const exchanged = await bench.post('/item/public_token/exchange', { public_token: publicToken })
    expect(exchanged.status).toBe(200)
    const events = eventsOf(made)
    expect(events.map(([name, { view_name }]) => view_name ?? name)).toEqual([
      'OPEN',
      'CONSENT',
      'SELECT_INSTITUTION',
      'SELECT_INSTITUTION',
      'CREDENTIAL',
      'SUBMIT_CREDENTIALS',
      'SELECT_ACCOUNT',
      'CONNECTED',
      'HANDOFF',
    ])
    for (const [, event] of events) {
      expect(event).toMatchObject({
        error_code: null,
        link_session_id: (metadata as Metadata)['link_session_id'],
        request_id: expect.any(String),
        timestamp: expect.any(String),
      })
    }
    expect(made[0]).toEqual(['onLoad'])
  })

  test.each<[string, (page: Page) => Promise<unknown>]>([
    ['Escape', (page) => page.keyboard.press('Escape')],
    ['its own button', (page) => click(frameOf(page), 'Exit')],
    ['handler.exit()', (page) => page.evaluate('handler.exit()')],
    ['handler.exit({ force: true })', (page) => page.evaluate('handler.exit({ force: true })')],
  ])('is left by %s, and gives the page back as it was', async (_, leave) => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await using app = await startApp(() => appPage(bench, link.link_token))
    await using page = await open(browser, app.url, { width: 390, height: 900 })
    const frame = frameOf(page)
    expect(await page.locator('iframe').boundingBox()).toMatchObject({ width: 390, height: 900 })
    await click(frame, 'Continue')
    await click(frame, /^First Platypus Bank/)
    await frame.getByLabel('User name').fill('user_good')
    await frame.getByLabel('Password').fill('error_ITEM_LOCKED')
    await click(frame, 'Submit')
    await frame.getByRole('alert').waitFor()
    await page.waitForFunction(`calls.some(([, event]) => event === 'ERROR')`)
    expect(await page.evaluate('getComputedStyle(document.documentElement).overflow')).toBe(
      'hidden',
    )
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.id')).not.toBe('open')
    }
    await frame.getByRole('button', { name: 'Try again' }).focus()
    await leave(page)
    const made = await calls(page, 'onExit')
    const [, error, metadata] = made.find(([name]) => name === 'onExit') ?? []
    expect(error).toMatchObject({ error_code: 'ITEM_LOCKED', error_type: 'ITEM_ERROR' })
    expect(metadata).toMatchObject({
      institution: { institution_id: 'ins_109508' },
      status: 'requires_credentials',
      link_session_id: expect.any(String),
      request_id: expect.any(String),
    })
    expect(eventsOf(made).at(-1)).toMatchObject(['EXIT', { exit_status: 'requires_credentials' }])
    expect(await page.locator('dialog').count()).toBe(0)
    expect(await page.evaluate('getComputedStyle(document.documentElement).overflow')).toBe(
      'visible',
    )
    expect(await page.evaluate('document.activeElement.id')).toBe('open')
    expect(await sessionsOf(bench, link)).toMatchObject([
      { exit: { error: { error_code: 'ITEM_LOCKED' } } },
    ])
  })

  test('repairs a login, after which both the old token and a new one open the Item', async () => {
    await using folder = await temporaryFolder()
    await using bench = await startEmulator({ dataFolder: folder.path })
    const item = await bench.link()
    const { accessToken: access_token } = item
    await bench.post('/sandbox/item/reset_login', { access_token })
    const link = await createLink(bench, { access_token, products: undefined })
    await using app = await startApp(() => appPage(bench, link.link_token))
    await using page = await open(browser, app.url)
    await click(frameOf(page), 'Continue')
    await frameOf(page).getByLabel('Password').fill('pass_good')
    await click(frameOf(page), 'Submit')
    await click(frameOf(page), 'Finish')
    const made = await calls(page, 'onSuccess')
    expect(eventsOf(made)[0]?.[1]).toMatchObject({ is_update_mode: 'true' })
    const [, public_token] = made.find(([name]) => name === 'onSuccess') ?? []
    const { body } = await bench.post('/item/public_token/exchange', { public_token })
    expect(body['item_id']).toBe(item.itemId)
    await bench.restart()
    for (const token of [access_token, String(body['access_token'])]) {
      expect((await bench.sync({ itemId: item.itemId, accessToken: token })).status).toBe(200)
    }
    await bench.post('/item/access_token/invalidate', { access_token })
    for (const token of [access_token, String(body['access_token'])]) {
      const after = await bench.sync({ itemId: item.itemId, accessToken: token })
      expect(after.body.error_code).toBe('INVALID_ACCESS_TOKEN')
    }
  })

  test('stands inside the page where the application wants it, and adds a new account', async () => {
    await using bench = await startEmulator()
    const { itemId: item_id, accessToken: access_token } = await bench.link()
    await bench.command({ new_account: { item_id, name: 'Holiday Pot', mask: '7117' } })
    const update = { account_selection_enabled: true }
    const link = await createLink(bench, { access_token, products: undefined, update })
    const place = `<div id="place" style="height: 500px"></div><script>
      const embed = () => Plaid.createEmbedded({ token: ${JSON.stringify(link.link_token)},
        onSuccess: note('onSuccess'), onEvent: note('onEvent') }, document.getElementById('place'))
      window.embedded = embed()
    </script>`
    await using app = await startApp(() => `${appPage(bench, link.link_token)}${place}`)
    await using page = await openPage(browser, { width: 390 })
    await page.goto(app.url)
    const frame = frameOf(page)
    await click(frame, 'Continue')
    await page.evaluate('embedded.destroy()')
    expect(await page.locator('#place iframe').count()).toBe(0)
    await page.evaluate('void embed()')
    await click(frame, 'Continue')
    await frame.getByLabel('Password').fill('pass_good')
    await click(frame, 'Submit')
    await frame.getByRole('checkbox', { name: /^Holiday Pot.*New$/ }).check()
    await expectAccessible(page)
    await click(frame, 'Continue')
    await click(frame, 'Finish')
    const made = await calls(page, 'onSuccess')
    const [, , metadata] = made.find(([name]) => name === 'onSuccess') ?? []
    const { accounts } = metadata as { accounts: Metadata[] }
    expect(accounts.map(({ mask }) => mask)).toContain('7117')
    expect(await page.locator('iframe').count()).toBe(0)
    const { body } = await bench.post<{ accounts: Metadata[] }>('/accounts/get', { access_token })
    expect(body.accounts.map(({ account_id }) => account_id)).toEqual(accounts.map(({ id }) => id))
  })

  test('is left by an application that cannot wait for the first page', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await using app = await startApp(() => appPage(bench, link.link_token))
    await using page = await openPage(browser)
    await page.goto(app.url)
    await page.evaluate('handler.open(); handler.exit()')
    const [, error] = (await calls(page, 'onExit')).find(([name]) => name === 'onExit') ?? []
    expect(error).toBe(null)
    expect(await sessionsOf(bench, link)).toMatchObject([{ exit: { error: null } }])
  })

  test('says to the application that a token is not valid', async () => {
    await using bench = await startEmulator()
    const token = 'link-sandbox-00000000-0000-0000-0000-000000000000'
    await using app = await startApp(() => appPage(bench, token))
    await using page = await open(browser, app.url)
    await click(frameOf(page), 'Close')
    const [, error] = (await calls(page, 'onExit')).find(([name]) => name === 'onExit') ?? []
    expect(error).toMatchObject({ error_code: 'INVALID_LINK_TOKEN', error_type: 'INVALID_INPUT' })
  })

  test('comes back from a bank’s own page by the application’s redirect URI', async () => {
    await using bench = await startEmulator()
    let token = ''
    await using app = await startApp((path) =>
      appPage(
        bench,
        token,
        path.startsWith('/back') ? 'receivedRedirectUri: window.location.href' : '',
      ),
    )
    const link = await createLink(bench, { redirect_uri: `${app.url}/back` })
    token = link.link_token
    await using page = await open(browser, app.url)
    await click(frameOf(page), 'Continue')
    await click(frameOf(page), /^Platypus OAuth Bank/)
    await click(frameOf(page), 'Continue to sign in')
    await page.waitForURL(OAUTH_PAGE)
    await page.getByLabel('User name').fill('user_good')
    await page.getByLabel('Password').fill('pass_good')
    await page.getByRole('button', { name: 'Sign in and allow access' }).click()
    await page.waitForURL(/\/back\?oauth_state_id=/)
    await page.getByRole('button', { name: 'Connect a bank' }).click()
    await click(frameOf(page), 'Continue')
    await click(frameOf(page), 'Finish')
    const made = await calls(page, 'onSuccess')
    expect(eventsOf(made).map(([name]) => name)).toContain('OPEN_OAUTH')
    const sessions = await sessionsOf(bench, link)
    expect(sessions.map(({ results }) => results?.item_add_results?.length)).toEqual([1])
  })

  test('opens a bank’s own page in a window where there is no redirect URI', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await using app = await startApp(() => appPage(bench, link.link_token))
    await using page = await open(browser, app.url)
    await click(frameOf(page), 'Continue')
    await click(frameOf(page), /^Platypus OAuth Bank/)
    const opened = page.waitForEvent('popup')
    await click(frameOf(page), 'Continue to sign in')
    const popup = await opened
    await popup.getByLabel('User name').fill('user_good')
    await popup.getByLabel('Password').fill('pass_good')
    await popup.getByRole('button', { name: 'Sign in and allow access' }).click()
    await click(frameOf(page), 'Continue')
    await click(frameOf(page), 'Finish')
    await calls(page, 'onSuccess')
    await expect.poll(() => popup.isClosed()).toBe(true)
  })

  test('is what react-plaid-link wants, unchanged', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    const script = await bundle('support/react-app.js')
    await using app = await startApp(
      () => `<!doctype html><html lang="en"><title>Acme</title><div id="root"></div>
<script>${script}</script>
<script>
  window.calls = []
  const note = (name) => (...given) => window.calls.push([name, ...given])
  const App = () => {
    const { open, ready } = usePlaidLink({
      token: ${JSON.stringify(link.link_token)},
      onSuccess: note('onSuccess'), onExit: note('onExit'), onEvent: note('onEvent'),
    })
    const props = { onClick: () => open(), disabled: !ready }
    return createElement('button', props, 'Connect a bank')
  }
  createRoot(document.getElementById('root')).render(createElement(App))
</script>`,
    )
    await using page = await openPage(browser)
    // the hook loads Plaid's own address, which a user of the emulator has lead here
    await page.route('https://cdn.plaid.com/**', async (route) => {
      const { pathname } = new URL(route.request().url())
      await route.fulfill({ response: await route.fetch({ url: bench.url() + pathname }) })
    })
    await page.goto(app.url)
    await page.getByRole('button', { name: 'Connect a bank' }).click()
    await click(frameOf(page), 'Exit')
    await calls(page, 'onExit')
    await page.getByRole('button', { name: 'Connect a bank' }).click()
    await toAccounts(frameOf(page))
    await click(frameOf(page), 'Continue')
    await click(frameOf(page), 'Finish')
    const [, publicToken] = (await calls(page, 'onSuccess')).find(([n]) => n === 'onSuccess') ?? []
    expect(publicToken).toMatch(/^public-sandbox-/)
  })
})

/** One script of a file and all that it imports. */
async function bundle(file: string): Promise<string> {
  const entry = join(import.meta.dirname, file)
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'app' } },
  })
  if (!Array.isArray(built) || built[0] === undefined) throw new Error('nothing was built')
  return built[0].output[0].code
}
