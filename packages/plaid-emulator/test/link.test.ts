// Link without a browser: what `/link/token/create` refuses, what a program does in one request,
// what came of it, and the machine behind the pages.
import { describe, expect, test } from 'vitest'
import { createLink, eventNames, type Link, LINK, sessionsOf } from './support/link.ts'
import { startReceiver } from './support/receiver.ts'
import { GINGHAM, PLATYPUS, startEmulator, temporaryFolder } from './support/emulator.ts'

const OAUTH = 'ins_127287'

/** A program's one request. */
function finish(url: string, fields: Record<string, string> | [string, string][] = {}) {
  const body = new URLSearchParams(fields)
  if (!body.has('institution_id')) body.set('institution_id', GINGHAM)
  return fetch(url, { method: 'POST', body, redirect: 'manual' })
}

describe('a link token', () => {
  test.each<[object, string, RegExp]>([
    [{ client_name: undefined }, 'MISSING_FIELDS', /client_name/],
    [{ user: undefined }, 'MISSING_FIELDS', /user/],
    [{ user: {} }, 'MISSING_FIELDS', /user.client_user_id/],
    [{ language: 'xx' }, 'INVALID_FIELD', /language/],
    [{ country_codes: ['usa'] }, 'INVALID_FIELD', /country_codes/],
    [{ country_codes: ['US', 'XX'] }, 'INVALID_FIELD', /country_codes/],
    [{ products: [] }, 'INVALID_FIELD', /product/],
    [{ products: undefined }, 'INVALID_FIELD', /product/],
    [{ products: ['balance'] }, 'INVALID_PRODUCT', /balance/],
    [{ products: ['transactions', 'asets'] }, 'INVALID_PRODUCT', /: \["asets"\]/],
    [{ optional_products: ['transactions'] }, 'INVALID_FIELD', /overlap/],
    [{ institution_id: 'ins_0' }, 'INVALID_INSTITUTION', /institution/],
    [{ institution_id: 'ins_43' }, 'INVALID_INSTITUTION', /institution/],
    [{ redirect_uri: 'http://app.example/' }, 'INVALID_FIELD', /redirect_uri must use HTTPS/],
    [{ redirect_uri: 'https://app.example/?a=1' }, 'INVALID_FIELD', /query/],
    [{ redirect_uri: 'https://app.example/#a' }, 'INVALID_FIELD', /fragment/],
    [{ redirect_uri: 'https://*.app.example/' }, 'INVALID_FIELD', /wildcards/],
    [{ redirect_uri: 'app' }, 'INVALID_FIELD', /redirect_uri/],
    [{ update: { account_selection_enabled: true } }, 'INVALID_CONFIGURATION', /update/],
    [{ account_filters: { depository: {} } }, 'MISSING_FIELDS', /account_subtypes/],
    [{ hosted_link: { url_lifetime_seconds: 0 } }, 'INVALID_FIELD', /url_lifetime_seconds/],
    [
      { hosted_link: { completion_redirect_uri: 'javascript://%0aalert(1)', is_mobile_app: true } },
      'INVALID_FIELD',
      /completion_redirect_uri/,
    ],
  ])('is refused with %j', async (more, code, message) => {
    await using bench = await startEmulator()
    const { status, body } = await bench.post('/link/token/create', { ...LINK, ...more })
    expect([status, body['error_code'], body['error_message']]).toEqual([
      400,
      code,
      expect.stringMatching(message),
    ])
  })

  test('is given with what is right, for four hours, and says what it was asked', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench, {
      redirect_uri: 'http://localhost:3000/back',
      account_filters: { depository: { account_subtypes: ['checking'] } },
    })
    const { body } = await bench.post('/link/token/get', { link_token: link.link_token })
    expect(body).toMatchObject({
      created_at: '2026-03-15T12:00:00Z',
      expiration: '2026-03-15T16:00:00Z',
      link_sessions: [],
      metadata: {
        account_filters: { depository: { account_subtypes: ['checking'] } },
        redirect_uri: 'http://localhost:3000/back',
      },
    })
  })
})

describe('the Hosted Link page', () => {
  test('names the application safely, runs nothing, and is kept by nobody', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench, { client_name: '<script>"x', language: 'fr' })
    const answer = await fetch(link.hosted_link_url)
    const page = await answer.text()
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;&quot;x')
    expect(page).toContain('<html lang="fr">')
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('is not opened by a look at its address', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    await fetch(link.hosted_link_url, { method: 'HEAD' })
    expect(await sessionsOf(bench, link)).toEqual([])
    await fetch(link.hosted_link_url)
    expect(await sessionsOf(bench, link)).toMatchObject([{ finished_at: null, exit: null }])
  })

  test('is finished by a program in one request; one that fails leaves no trace', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    const refused = await finish(link.hosted_link_url, { username: 'x', password: 'y' })
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('role="alert"'),
    ])
    expect(await sessionsOf(bench, link)).toEqual([])
    expect((await finish(link.hosted_link_url)).status).toBe(200)
    const [session, ...others] = await sessionsOf(bench, link)
    expect(others).toEqual([])
    expect(session).toMatchObject({
      exit: null,
      finished_at: '2026-03-15T12:00:00Z',
      on_success: { metadata: { institution: { institution_id: GINGHAM } } },
      started_at: '2026-03-15T12:00:00Z',
    })
    const [result] = session?.results?.item_add_results ?? []
    expect(result?.public_token).toBe(session?.on_success?.public_token)
    const exchanged = await bench.post('/item/public_token/exchange', {
      public_token: result?.public_token,
    })
    expect(exchanged.status).toBe(200)
    const again = await finish(link.hosted_link_url)
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining('been used')])
  })

  test('asked three times at once makes one Item', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    const answers = await Promise.all([1, 2, 3].map(() => finish(link.hosted_link_url)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
    expect((await sessionsOf(bench, link)).length).toBe(1)
  })

  test('can be left, and sends the person where the application wants', async () => {
    await using bench = await startEmulator()
    const completion_redirect_uri = 'https://app.example/done'
    const link = await createLink(bench, { hosted_link: { completion_redirect_uri } })
    const answer = await finish(link.hosted_link_url, { action: 'leave' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, completion_redirect_uri])
    const [session] = await sessionsOf(bench, link)
    expect(session).toMatchObject({
      on_success: null,
      exit: { error: null, metadata: { status: 'requires_credentials' } },
    })
    expect(eventNames(session)).toEqual(['OPEN', 'CONSENT', 'EXIT', 'EXIT'])
    expect((await finish(link.hosted_link_url)).headers.get('location')).toBe(
      completion_redirect_uri,
    )
    expect((await sessionsOf(bench, link)).length).toBe(2)
  })

  test('is about a bank of the application’s countries, and no other', async () => {
    await using bench = await startEmulator()
    const answers = []
    for (const country_codes of [['US'], ['US', 'CA']]) {
      const link = await createLink(bench, { country_codes })
      answers.push((await finish(link.hosted_link_url, { institution_id: 'ins_43' })).status)
    }
    expect(answers).toEqual([400, 200])
  })

  test('lives as long as the application says', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench, { hosted_link: { url_lifetime_seconds: 60 } })
    const page = (await fetch(link.hosted_link_url)).url
    await bench.advance('2m')
    for (const url of [link.hosted_link_url, page]) {
      const late = await finish(url, { action: 'continue' })
      expect([late.status, await late.text()]).toEqual([400, expect.stringContaining('expired')])
    }
  })

  test('goes on after a restart with what was finished, and begins again with the rest', async () => {
    await using folder = await temporaryFolder()
    await using bench = await startEmulator({ dataFolder: folder.path })
    const [done, open] = [await createLink(bench), await createLink(bench)]
    await finish(done.hosted_link_url)
    const path = new URL((await fetch(open.hosted_link_url)).url).pathname
    await bench.restart()
    expect(await sessionsOf(bench, done)).toMatchObject([
      { results: { item_add_results: [{ public_token: expect.any(String) }] } },
    ])
    const answer = await fetch(bench.url() + path)
    expect([answer.status, new URL(answer.url).pathname === path]).toEqual([200, false])
  })
})

describe('verification', () => {
  test.each<[string, string[]]>([
    ['mfa_device', ['1234']],
    ['mfa_questions_1_1', ['answer_0_0']],
    ['mfa_questions_2_3', [0, 1].flatMap((i) => [0, 1, 2].map((j) => `answer_${i}_${j}`))],
    ['mfa_selections', ['Yes']],
    ['mfa_selections_2_2_3', [0, 1].flatMap((i) => [0, 1].map((j) => `answer_${i}_${j}_0`))],
  ])('by %s is passed with the documented answers only', async (password, answers) => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    const given = (values: string[]) => [
      ['username', 'user_good'] as [string, string],
      ['password', password] as [string, string],
      ...values.map((value) => ['mfa', value] as [string, string]),
    ]
    const wrong = await finish(link.hosted_link_url, given([...answers.slice(0, -1), 'wrong']))
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('INVALID_MFA'),
    ])
    const right = await finish(link.hosted_link_url, given(answers))
    expect(right.status).toBe(200)
    const [session] = await sessionsOf(bench, link)
    const types = session?.events?.flatMap(({ event_name, event_metadata }) =>
      event_name === 'SUBMIT_MFA' ? [event_metadata.mfa_type] : [],
    )
    expect(types?.at(-1)).toMatch(/^(code|questions|selections)$/)
  })

  test('is what a custom user’s JSON says', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    const mfa = { type: 'questions', question_rounds: 1, questions_per_round: 2 }
    const account = { type: 'depository', subtype: 'checking', starting_balance: 5 }
    const password = JSON.stringify({ mfa, override_accounts: [account] })
    const user: [string, string][] = [
      ['username', 'user_custom'],
      ['password', password],
    ]
    expect((await finish(link.hosted_link_url, user)).status).toBe(400)
    const answers: [string, string][] = [
      ['mfa', 'answer_0_0'],
      ['mfa', 'answer_0_1'],
    ]
    expect((await finish(link.hosted_link_url, [...user, ...answers])).status).toBe(200)
    const [session] = await sessionsOf(bench, link)
    expect(session?.results?.item_add_results?.[0]?.accounts?.length).toBe(1)
  })

  test('is not asked for where no person is', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS, { override_password: 'mfa_device' })
    expect((await bench.sync(item)).status).toBe(200)
  })
})

describe('accounts', () => {
  test('are those that the filters leave and the program chooses', async () => {
    await using bench = await startEmulator()
    const account_filters = { depository: { account_subtypes: ['all'] } }
    const filtered = await createLink(bench, { account_filters })
    await finish(filtered.hosted_link_url, { institution_id: PLATYPUS })
    const [session] = await sessionsOf(bench, filtered)
    const [result] = session?.results?.item_add_results ?? []
    expect(new Set(result?.accounts?.map(({ type }) => type))).toEqual(new Set(['depository']))
    const masks = result?.accounts?.map(({ mask }) => mask) ?? []
    const chosen = await createLink(bench)
    await finish(chosen.hosted_link_url, {
      institution_id: PLATYPUS,
      account: String(masks[1]),
    })
    expect(await sessionsOf(bench, chosen)).toMatchObject([
      { on_success: { metadata: { accounts: [{ mask: masks[1] }] } } },
    ])
    const none = await createLink(bench, {
      account_filters: { other: { account_subtypes: ['all'] } },
    })
    const answer = await finish(none.hosted_link_url)
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('NO_ACCOUNTS'),
    ])
  })

  test('are one where the customization allows one', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench, { link_customization_name: 'single_account' })
    const both = await finish(link.hosted_link_url)
    expect([both.status, await both.text()]).toEqual([400, expect.stringContaining('one account')])
  })
})

describe('a session’s webhooks', () => {
  test('tell of each Item, of the end, and of all that happened', async () => {
    await using bench = await startEmulator()
    await using receiver = await startReceiver()
    const webhook = receiver.url
    const link = await createLink(bench, { webhook })
    const left = await createLink(bench, { webhook })
    const item = await bench.link()
    const repair = await createLink(bench, { webhook, access_token: item.accessToken })
    await finish(link.hosted_link_url)
    await finish(left.hosted_link_url, { action: 'exit' })
    await finish(repair.hosted_link_url)
    await receiver.until(7)
    const told = ({ link_token }: Link) =>
      receiver.received.map(({ body }) => body).filter((body) => body['link_token'] === link_token)
    const [added, finished, events] = told(link)
    const public_token = added?.['public_token']
    expect(added).toMatchObject({ webhook_type: 'LINK', webhook_code: 'ITEM_ADD_RESULT' })
    expect(finished).toMatchObject({
      webhook_code: 'SESSION_FINISHED',
      status: 'SUCCESS',
      public_tokens: [public_token],
      environment: 'sandbox',
    })
    expect(events).toMatchObject({ webhook_code: 'EVENTS' })
    expect(JSON.stringify(events)).toContain('HANDOFF')
    expect((await bench.post('/item/public_token/exchange', { public_token })).status).toBe(200)
    expect(told(left)).toMatchObject([
      { webhook_code: 'SESSION_FINISHED', status: 'EXITED', public_tokens: [] },
      { webhook_code: 'EVENTS' },
    ])
    expect(told(repair)).toMatchObject([
      { webhook_code: 'SESSION_FINISHED', status: 'SUCCESS', public_tokens: [] },
      { webhook_code: 'EVENTS' },
    ])
  })
})

describe('a bank’s own page', () => {
  test('is not there without a session, and takes a program’s login like any other', async () => {
    await using bench = await startEmulator()
    expect((await fetch(`${bench.url()}/oauth/unknown`)).status).toBe(400)
    const link = await createLink(bench)
    expect((await finish(link.hosted_link_url, { institution_id: OAUTH })).status).toBe(200)
    expect(await sessionsOf(bench, link)).toMatchObject([
      { on_success: { metadata: { institution: { institution_id: OAUTH } } } },
    ])
  })
})

describe('a stranger', () => {
  test('gets no 5xx out of Link’s addresses, and opens no page for another', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench)
    const session = (await fetch(link.hosted_link_url)).url
    const pages = [
      '/link/x',
      '/link/%00/%ff',
      `/link/${link.link_token}/none`,
      '/link/frame',
      `/link/frame?token=${link.link_token}&origin=null`,
      `/link/frame?token=${link.link_token}&origin=https://a.example;script-src *`,
      `/link/frame?token=a&token=b&origin=https://a.example&origin=https://b.example`,
      '/oauth/%22%3E',
      session.slice(bench.url().length),
      link.hosted_link_url.slice(bench.url().length),
    ]
    const bodies = [
      'a'.repeat(200_000),
      'action=accounts&'.concat('account=1&'.repeat(5_000)),
      'action=choose&institution_id=__proto__',
      'action=answers&answer_0=%00&username[]=1',
      '\u0000%%%',
    ]
    for (const path of pages) {
      expect((await fetch(bench.url() + path)).status, path).toBeLessThan(500)
      for (const body of bodies) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const sent = { method: 'POST', body, headers }
        expect((await fetch(bench.url() + path, sent)).status, path).toBeLessThan(500)
      }
    }
    const origin = 'https://app.example'
    const frame = `${bench.url()}/link/frame?token=${link.link_token}&origin=${origin}`
    const policy = (await fetch(frame)).headers.get('content-security-policy')
    expect(policy).toContain(`frame-ancestors ${origin};`)
  })
})
