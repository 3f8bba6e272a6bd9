// What tests of Link need beside an emulator: link tokens, what came of them, and an application
// on an origin of its own whose page uses window.Plaid.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LinkTokenGetResponse } from 'plaid'
import type { Bench } from './emulator.ts'

export interface Link {
  link_token: string
  hosted_link_url: string
}

export const LINK = {
  client_name: 'Acme Books',
  language: 'en',
  country_codes: ['US'],
  user: { client_user_id: 'user' },
  products: ['transactions'],
}

export async function createLink(bench: Bench, more: object = {}): Promise<Link> {
  const { body } = await bench.post<Link>('/link/token/create', {
    ...LINK,
    hosted_link: {},
    ...more,
  })
  if (body.link_token === undefined) throw new Error(JSON.stringify(body))
  return body
}

type Sessions = NonNullable<LinkTokenGetResponse['link_sessions']>

export async function sessionsOf(bench: Bench, { link_token }: Link): Promise<Sessions> {
  const { body } = await bench.post<LinkTokenGetResponse>('/link/token/get', { link_token })
  return body.link_sessions ?? []
}

/** Names of a session's events, each view by its name. */
export function eventNames(session: Sessions[number] | undefined): string[] {
  return (session?.events ?? []).map(({ event_name, event_metadata }) =>
    event_name === 'TRANSITION_VIEW' ? String(event_metadata.view_name) : event_name,
  )
}

/** The application: whatever page it is given, on every path. */
export async function startApp(page: (path: string) => string) {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page(request.url ?? '/'))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
