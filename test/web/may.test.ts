// What the web app says a page takes is what the door asks of the act that the page is for.
import { expect, test } from 'vitest'
import { own, passed } from '../../src/web-server/door/table.ts'
import { pages, refusal } from '../../web/src/words/may.ts'

const acts: Record<string, string> = {
  '/banks/link': 'POST /web/plaid/link/sessions',
  '/data/sql': 'POST /web/sql',
  '/money': 'POST /web/sql',
  '/connections/new': 'POST /web/engine/api/public/v1/connections',
  '/sources/new': 'POST /web/engine/api/public/v1/sources',
  '/destinations/new': 'POST /web/engine/api/public/v1/destinations',
  '/settings?tab=users': 'GET /web/users',
  '/settings?tab=invitations': 'GET /web/invites',
  '/settings?tab=keys': 'GET /web/plaid/keys',
  '/settings?tab=audit': 'GET /web/audit',
}

test('a page takes the role that the door asks of its act', () => {
  const door: Record<string, string> = {
    ...own,
    ...Object.fromEntries(passed.map(({ method, url, who }) => [`${method} ${url}`, who])),
  }
  expect(pages).toEqual(
    Object.fromEntries(Object.entries(acts).map(([page, act]) => [page, door[act]])),
  )
})

test('a role does what a lesser one does, and is told what another takes', () => {
  expect(refusal('admin', 'operator')).toBeUndefined()
  expect(refusal('viewer', 'viewer')).toBeUndefined()
  expect(refusal('viewer', 'admin')).toBe('This takes the role admin; yours is viewer.')
})
