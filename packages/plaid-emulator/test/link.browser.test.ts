// The Hosted Link page in a real browser: by clicking, by keyboard alone, on a phone.
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import {
  describeInBrowser,
  expectAccessible,
  expectNoSideScroll,
  openPage,
  tabTo,
  typeInFocus,
} from './support/browser.ts'
import { createLink, eventNames, sessionsOf, startApp } from './support/link.ts'
import { type Bench, startEmulator } from './support/emulator.ts'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).waitFor()

async function signIn(page: Page, password = 'pass_good', username = 'user_good'): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await button(page, 'Submit').click()
}

/** To the form where one signs in. */
async function toCredentials(page: Page, url: string, bank = 'First Platypus Bank') {
  await page.goto(url)
  await button(page, 'Continue').click()
  await button(page, new RegExp(`^${bank}`))
    .first()
    .click()
}

/** Everything that the person and the application can see of an Item. */
async function exchange(bench: Bench, publicToken: string | undefined) {
  const { body } = await bench.post('/item/public_token/exchange', { public_token: publicToken })
  const accounts = await bench.post<{ accounts: { name: string }[] }>('/accounts/get', {
    access_token: body['access_token'],
  })
  const names = accounts.body.accounts.map(({ name }) => name)
  return { accessToken: String(body['access_token']), itemId: String(body['item_id']), names }
}

/** Events and views from the opening to the end, with one wrong password. */
const WAY =
  'OPEN CONSENT SELECT_INSTITUTION SEARCH_INSTITUTION SELECT_INSTITUTION CREDENTIAL ' +
  'SUBMIT_CREDENTIALS ERROR SUBMIT_CREDENTIALS SELECT_ACCOUNT CONNECTED HANDOFF'

describeInBrowser('Hosted Link', (browser) => {
  test('leads a person who clicks from consent to the accounts that were chosen', async () => {
    await using bench = await startEmulator()
    await using app = await startApp(() => '<title>Acme</title>thanks')
    const link = await createLink(bench, {
      hosted_link: { completion_redirect_uri: `${app.url}/done` },
    })
    await using page = await openPage(browser)
    await page.goto(link.hosted_link_url)
    await heading(page, 'Acme Books uses Link to connect your bank')
    await button(page, 'Continue').click()
    await page.getByRole('searchbox').fill('gingham')
    await button(page, 'Search').click()
    await page.getByText('1 bank found').waitFor()
    await button(page, /^First Gingham/).click()
    await signIn(page, 'wrong')
    await page.getByRole('alert').waitFor()
    expect(await page.getByLabel('User name').inputValue()).toBe('user_good')
    await signIn(page)
    await heading(page, 'Choose accounts')
    const boxes = page.getByRole('checkbox')
    const count = await boxes.count()
    expect(count).toBeGreaterThan(1)
    await boxes.first().uncheck()
    await button(page, 'Continue').click()
    await heading(page, 'Success')
    await page.getByRole('link', { name: 'Back to Acme Books' }).click()
    await page.waitForURL(`${app.url}/done`)
    const [session] = await sessionsOf(bench, link)
    const [result] = session?.results?.item_add_results ?? []
    expect(result?.accounts?.length).toBe(count - 1)
    expect((await exchange(bench, result?.public_token)).names.length).toBe(count - 1)
    expect(eventNames(session)).toEqual(WAY.split(' '))
  })

  test('can be gone through by keyboard alone', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await using page = await openPage(browser)
    await page.goto(link.hosted_link_url)
    await tabTo(page, 'Continue')
    await page.keyboard.press('Enter')
    await heading(page, 'Choose your bank')
    await typeInFocus(page, 'Search for your bank', 'houndstooth')
    await page.keyboard.press('Enter')
    await page.getByText('1 bank found').waitFor()
    await tabTo(page, 'Houndstooth')
    await page.keyboard.press('Enter')
    await heading(page, /^Sign in/)
    await typeInFocus(page, 'User name', 'user_good')
    await page.keyboard.press('Tab')
    await typeInFocus(page, 'Password', 'mfa_device')
    await page.keyboard.press('Enter')
    await heading(page, 'Verify that it is you')
    await tabTo(page, 'Text message')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Send code')
    await page.keyboard.press('Enter')
    await heading(page, 'Enter your security code')
    await typeInFocus(page, 'Code', '1234')
    await page.keyboard.press('Enter')
    await heading(page, 'Choose accounts')
    await page.keyboard.press('Tab')
    await tabTo(page, 'Continue')
    await page.keyboard.press('Enter')
    await heading(page, 'Success')
    const [session] = await sessionsOf(bench, link)
    expect(session?.results?.item_add_results?.length).toBe(1)
  })

  test('has no pane with a grave fault, on a phone, light or dark', async () => {
    await using bench = await startEmulator()
    const { hosted_link_url: url } = await createLink(bench)
    await using page = await openPage(browser, { width: 320, height: 640 })
    const look = async (name: string | RegExp): Promise<void> => {
      await heading(page, name)
      await expectAccessible(page)
      await expectNoSideScroll(page)
      await page.emulateMedia({ colorScheme: 'dark' })
      await expectAccessible(page, ['color-contrast'])
      await page.emulateMedia({ colorScheme: 'light' })
    }
    await page.goto(url)
    await look(/^Acme Books uses/)
    await button(page, 'Continue').click()
    await look('Choose your bank')
    await page.getByRole('searchbox').fill('nowhere')
    await button(page, 'Search').click()
    await page.getByText('No bank is called').waitFor()
    await look('Choose your bank')
    await toCredentials(page, url, 'Platypus OAuth Bank')
    await look(/^Continue to/)
    await button(page, 'Continue to sign in').click()
    await look('Platypus OAuth Bank')
    await toCredentials(page, url)
    await look(/^Sign in/)
    await signIn(page, 'wrong')
    await page.getByRole('alert').waitFor()
    await look(/^Sign in/)
    await signIn(page, 'mfa_selections')
    await look('Answer your bank’s questions')
    await toCredentials(page, url)
    await signIn(page, 'mfa_device')
    await look('Verify that it is you')
    await button(page, 'Send code').click()
    await look('Enter your security code')
    await page.getByLabel('Security code').fill('9')
    await button(page, 'Submit').click()
    await look('That answer was not right')
    await button(page, 'Try again').click()
    await signIn(page)
    await look('Choose accounts')
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck()
    await button(page, 'Continue').click()
    await page.getByText('Choose at least one account.').waitFor()
    await look('Choose accounts')
    await page.getByRole('checkbox').first().check()
    await button(page, 'Continue').click()
    await look('Success')
    await page.goto(url)
    await look('This link does not work')
  })

  test('asks again after an error, and can be left from it', async () => {
    await using bench = await startEmulator()
    await using app = await startApp(() => '<title>Acme</title>bye')
    const link = await createLink(bench, { hosted_link: { completion_redirect_uri: app.url } })
    await using page = await openPage(browser)
    await toCredentials(page, link.hosted_link_url)
    await signIn(page, 'error_ITEM_LOCKED')
    await heading(page, 'Your account is locked')
    await button(page, 'Try again').click()
    await signIn(page, 'error_ITEM_LOCKED')
    await page.locator('main').getByRole('button', { name: 'Exit' }).click()
    await page.waitForURL(`${app.url}/`)
    await toCredentials(page, link.hosted_link_url, 'Unhealthy Platypus Bank - Down')
    await heading(page, 'This bank is not available')
    await button(page, 'Choose another bank').click()
    await heading(page, 'Choose your bank')
    const [first, second] = await sessionsOf(bench, link)
    expect(first).toMatchObject({
      exit: {
        error: { error_code: 'ITEM_LOCKED' },
        metadata: { status: 'requires_credentials', institution: { institution_id: 'ins_109508' } },
      },
    })
    expect(second).toMatchObject({ finished_at: null, exit: null })
  })

  test('keeps two tabs apart, and survives the way back', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await using one = await openPage(browser)
    await using two = await openPage(browser)
    await toCredentials(one, link.hosted_link_url, 'Tartan Bank')
    await toCredentials(two, link.hosted_link_url, 'Houndstooth Bank')
    await signIn(one)
    await heading(one, 'Choose accounts')
    await one.goBack()
    await heading(two, 'Sign in to Houndstooth Bank')
    await one.reload()
    await heading(one, 'Choose accounts')
    await button(one, 'Continue').click()
    await heading(one, 'Success')
    await signIn(two)
    await heading(two, 'This link does not work')
    const sessions = await sessionsOf(bench, link)
    const results = sessions.flatMap((session) => session.results?.item_add_results ?? [])
    expect(results.map(({ institution }) => institution?.name)).toEqual(['Tartan Bank'])
  })

  test('repairs a login in update mode, under the same access token', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const access_token = item.accessToken
    await bench.post('/sandbox/item/reset_login', { access_token })
    expect((await bench.sync(item)).body.error_code).toBe('ITEM_LOGIN_REQUIRED')
    const link = await createLink(bench, { access_token, products: undefined })
    await using page = await openPage(browser)
    await page.goto(link.hosted_link_url)
    await heading(page, 'Reconnect First Platypus Bank')
    await page.getByText('what was paid and received').waitFor()
    await button(page, 'Continue').click()
    expect(await page.getByLabel('User name').inputValue()).toBe('user_good')
    await page.getByLabel('Password').fill('pass_good')
    await button(page, 'Submit').click()
    await heading(page, 'Reconnected')
    expect((await bench.sync(item)).status).toBe(200)
    expect(await sessionsOf(bench, link)).toMatchObject([{ results: { item_add_results: [] } }])
  })

  test('shows new accounts in update mode where the application asks for that', async () => {
    await using bench = await startEmulator()
    const first = await createLink(bench)
    await using page = await openPage(browser)
    await toCredentials(page, first.hosted_link_url)
    await signIn(page)
    await page.getByRole('checkbox').first().uncheck()
    await button(page, 'Continue').click()
    await heading(page, 'Success')
    const [session] = await sessionsOf(bench, first)
    const token = session?.results?.item_add_results?.[0]?.public_token
    const { accessToken: access_token, names } = await exchange(bench, token)
    const update = { account_selection_enabled: true }
    const link = await createLink(bench, { access_token, products: undefined, update })
    await page.goto(link.hosted_link_url)
    await button(page, 'Continue').click()
    await page.getByLabel('Password').fill('pass_good')
    await button(page, 'Submit').click()
    await page.getByText('New', { exact: true }).waitFor()
    await page.getByRole('checkbox').first().check()
    await page.getByRole('checkbox').last().uncheck()
    await button(page, 'Continue').click()
    await heading(page, 'Reconnected')
    const after = await bench.post<{ accounts: { name: string }[] }>('/accounts/get', {
      access_token,
    })
    const now = after.body.accounts.map(({ name }) => name)
    expect(now.length).toBe(names.length)
    expect(now).not.toEqual(names)
  })

  test('goes by the bank’s own page where the bank has one, and back', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await using page = await openPage(browser)
    await toCredentials(page, link.hosted_link_url, 'Platypus OAuth Bank')
    await button(page, 'Continue to sign in').click()
    await button(page, 'Do not allow').click()
    await heading(page, 'Access was not given')
    await button(page, 'Try again').click()
    await button(page, 'Continue to sign in').click()
    await page.waitForURL(/\/oauth\//)
    await page.getByLabel('User name').fill('user_good')
    await page.getByLabel('Password').fill('pass_good')
    await button(page, 'Sign in and allow access').click()
    await button(page, 'Continue').click()
    await heading(page, 'Success')
    const [session] = await sessionsOf(bench, link)
    expect(session?.results?.item_add_results?.length).toBe(1)
    expect(eventNames(session)).toEqual(expect.arrayContaining(['OPEN_OAUTH', 'FAIL_OAUTH']))
  })

  test('links several banks in one session where the application asks for that', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench, { enable_multi_item_link: true })
    await using page = await openPage(browser)
    await toCredentials(page, link.hosted_link_url)
    await signIn(page)
    await button(page, 'Continue').click()
    await button(page, 'Add another bank').click()
    await button(page, /^Tartan Bank/).click()
    await signIn(page)
    await button(page, 'Continue').click()
    await button(page, 'Finish').click()
    await page.getByText('You may close this page.').waitFor()
    const [session] = await sessionsOf(bench, link)
    const tokens = session?.results?.item_add_results?.map(({ public_token }) => public_token)
    const items = [await exchange(bench, tokens?.[0]), await exchange(bench, tokens?.[1])]
    expect(new Set(items.map(({ itemId }) => itemId)).size).toBe(2)
  })
})
