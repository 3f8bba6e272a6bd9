// L5 in a browser: the secrets of a running system, and the session's own, are looked for in all
// that a browser is told and keeps, over every route: answers and their headers, events, the
// document with what its fields hold, storage, databases, caches, cookies that a script sees.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretsOf } from '../support/secrets.ts'
import { startSystem, type System } from '../support/system.ts'
import { describeInBrowser, openApp } from '../support/web-page.ts'
import { idsOf, placed, routes } from '../support/web-routes.ts'

const startMsMax = 300_000
const walkMsMax = 300_000

describeInBrowser('no secret is in a browser', (browser) => {
  let system: System

  beforeAll(async () => {
    system = await startSystem()
  }, startMsMax)
  afterAll(() => system?.[Symbol.asyncDispose]())

  test(
    'of any page, nor in what it asked for',
    async () => {
      const secrets = await secretsOf(system)
      expect(secrets.size).toBeGreaterThan(8)
      const ids = await idsOf(system)
      await using app = await openApp(browser, system)
      const { page } = app
      const heard: string[] = []
      const bodies: Promise<unknown>[] = []
      page.on('response', (answer) => {
        const { 'set-cookie': _own, ...headers } = answer.headers()
        heard.push(answer.url(), JSON.stringify(headers))
        if (answer.url().endsWith('/web/events')) return // its end does not come: see `hearing`
        bodies.push(
          answer.text().then(
            (text) => heard.push(text),
            () => undefined,
          ),
        )
      })
      await page.addInitScript(hearing)
      for (const route of routes) {
        await app.visit(placed(route, ids))
        await Promise.all(bodies.splice(0))
        heard.push(...(await page.evaluate<string[]>(kept)))
      }
      const [session] = await page.context().cookies()
      expect(session?.httpOnly).toBe(true)
      secrets.set('the session', session?.value ?? '')

      const found = (value: string) => heard.some((text) => text.includes(value))
      // what is there is found: in an answer, an event, a field, the storage
      for (const there of [ids['transaction'] ?? '', 'event: ', 'Plaid to warehouse', 'tartan.']) {
        expect(found(there), there).toBe(true)
      }
      const leaks = [...secrets].filter(([, value]) => value !== '' && found(value))
      expect(leaks.map(([name]) => name)).toEqual([])
    },
    walkMsMax,
  )
})

/** Events are read by fetch: what comes is kept beside. */
const hearing = `
  globalThis.heardEvents = []
  const ask = globalThis.fetch
  globalThis.fetch = async (...asked) => {
    const answer = await ask(...asked)
    if (!answer.url.endsWith('/web/events') || answer.body === null) return answer
    const [own, theirs] = answer.body.tee()
    void (async () => {
      const decoder = new TextDecoder()
      for await (const part of own) heardEvents.push(decoder.decode(part, { stream: true }))
    })().catch(() => {})
    return new Response(theirs, answer)
  }
  localStorage.setItem('tartan.walked', 'yes')
`

const kept = `
  (async () => {
    const fields = [...document.querySelectorAll('input, textarea, select')].map((one) => one.value)
    const databases = await indexedDB.databases()
    const caches_ = await caches.keys()
    return [
      document.documentElement.outerHTML,
      ...fields,
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      JSON.stringify(databases),
      JSON.stringify(caches_),
      document.cookie,
      JSON.stringify(history.state),
      location.href,
      ...heardEvents,
    ]
  })()
`
