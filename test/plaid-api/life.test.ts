// The state machine of an Item's life, alone: its table is the one that ARCHITECTURE.md shows, and
// no way through it leads back from where nothing is left.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adviceOf } from '../../src/plaid-api/item/advice.ts'
import { isPulled, type ItemEvent, type Life, live } from '../../src/plaid-api/item/life.ts'
import { likenessOf, successors } from '../../src/plaid-api/item/likeness.ts'
import { type ItemStatus, itemStatuses } from '../../src/plaid-api/shapes.ts'

const project = resolve(import.meta.dirname, '../..')
const now = Date.parse('2026-03-15T00:00:00Z')
const soon = '2026-03-18T00:00:00Z'
const later = '2027-03-15T00:00:00Z'

function at(status: ItemStatus, more: Partial<Life> = {}): Life {
  return {
    status,
    code: null,
    message: null,
    failures: 0,
    consentEndsAt: null,
    disconnectAt: null,
    newAccounts: false,
    pause: 'kept',
    ...more,
  }
}

function failure(code: string, error: 'config' | 'transient' = 'config'): ItemEvent {
  return { kind: 'failed', code, message: 'the bank says so', error }
}

/** One column each, by what happened. */
const events: [string, ItemEvent][] = [
  ['pulled', { kind: 'pulled', ready: true, now }],
  ['ITEM_LOGIN_REQUIRED', failure('ITEM_LOGIN_REQUIRED')],
  ['USER_PERMISSION_REVOKED', failure('USER_PERMISSION_REVOKED')],
  ['ITEM_NOT_FOUND', failure('ITEM_NOT_FOUND')],
  ['other failure', failure('INSTITUTION_DOWN', 'transient')],
  ['PENDING_EXPIRATION', { kind: 'consent_ends', at: soon }],
  ['PENDING_DISCONNECT', { kind: 'disconnect_announced', at: soon }],
  ['repaired', { kind: 'repaired' }],
  ['second link', { kind: 'duplicate' }],
  ['chosen', { kind: 'released' }],
  ['replaced', { kind: 'replaced' }],
  ['restored', { kind: 'restored', hasToken: true }],
  ['disconnect', { kind: 'disconnect' }],
  ['erase', { kind: 'erase' }],
  ['done', { kind: 'done' }],
]

/** A row for each outcome of an event; what an event does not change is not in it. */
function tableText(): string {
  const pulled = itemStatuses.filter(isPulled)
  const rows = events.flatMap(([name, event]) => {
    const outcomes = Map.groupBy(itemStatuses, (status) => {
      const next = live(at(status), event)
      if (next.status === status && next.pause === 'kept') return ''
      return `\`${next.status}\` | ${next.pause}`
    })
    outcomes.delete('')
    return [...outcomes].map(([outcome, from]) => {
      const all = pulled.every((status) => from.includes(status))
      const rest = from.filter((status) => !(all && isPulled(status)))
      const names = [...(all ? ['each that is pulled'] : []), ...rest.map((one) => `\`${one}\``)]
      return `| ${name} | ${names.join(', ')} | ${outcome} |`
    })
  })
  return ['| event | in | becomes | looked at again |', '|---|---|---|---|', ...rows].join('\n')
}

describe('an Item’s life', () => {
  test('is as ARCHITECTURE.md has it', () => {
    expect(readFileSync(join(project, 'ARCHITECTURE.md'), 'utf8')).toContain(tableText())
  })

  test('is told in each state but the good ones, with what to do', () => {
    const told = (status: ItemStatus) =>
      adviceOf({
        item_id: 'the-item',
        status,
        consent_expires_at: soon,
        disconnect_at: soon,
        new_accounts: false,
        duplicate_of: 'old',
        replaced_by: 'new',
        pulled_at: null,
      })
    const silent = itemStatuses.filter((status) => told(status) === null)
    expect(silent).toEqual(['linked', 'healthy', 'removed', 'erased'])
    for (const status of ['needs_user', 'consent_ends', 'disconnect_announced'] as const) {
      expect(told(status)).toContain('./tartan repair the-item')
    }
  })

  const anyEvent = fc.oneof(
    fc.constantFrom(...events.map(([, event]) => event)),
    fc.constantFrom<ItemEvent>(
      { kind: 'pulled', ready: false, now },
      { kind: 'new_accounts' },
      { kind: 'restored', hasToken: false },
    ),
  )

  test('ends for good when it is erased, and is pulled only where it may be', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (way) => {
        let life = at('linked')
        for (const event of way) {
          const next = live(life, event)
          if (life.status === 'erased') expect(next).toEqual(life)
          // A plan to end is dropped by nothing but its end.
          if (life.status === 'erasing') expect(['erasing', 'erased']).toContain(next.status)
          if (!isPulled(life.status) && isPulled(next.status)) {
            expect(['released', 'restored', 'repaired']).toContain(event.kind)
          }
          if (next.status === 'healthy') expect([next.code, next.failures]).toEqual([null, 0])
          life = { ...next, pause: 'kept' }
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a pull that goes well leaves what was announced in sight, until the repair', () => {
    const announced = live(at('healthy'), { kind: 'disconnect_announced', at: soon })
    const failed = live(announced, failure('INSTITUTION_DOWN', 'transient'))
    expect(failed.status).toBe('error')
    const pulled = live(failed, { kind: 'pulled', ready: true, now })
    expect(pulled.status).toBe('disconnect_announced')
    const repaired = live(pulled, { kind: 'repaired' })
    expect(live(repaired, { kind: 'pulled', ready: true, now })).toMatchObject({
      status: 'healthy',
      disconnectAt: null,
    })
  })

  test('a consent that ends in a year is no warning yet', () => {
    const life = at('healthy', { consentEndsAt: later })
    expect(live(life, { kind: 'pulled', ready: true, now }).status).toBe('healthy')
    const year = Date.parse(later) - 86_400_000
    expect(live(life, { kind: 'pulled', ready: true, now: year }).status).toBe('consent_ends')
  })

  test('new accounts are told while all else is well', () => {
    const life = live(at('healthy'), { kind: 'new_accounts' })
    expect(life).toMatchObject({ status: 'healthy', newAccounts: true, pause: 'kept' })
  })

  test('failures in a row are counted, and forgotten when it is well', () => {
    let life = at('healthy')
    for (let n = 1; n <= 3; n++) {
      life = live(life, failure('INSTITUTION_DOWN', 'transient'))
      expect(life).toMatchObject({ failures: n, pause: 'backoff' })
    }
    expect(live(life, { kind: 'pulled', ready: false, now })).toMatchObject({
      failures: 0,
      pause: 'soon',
    })
  })
})

describe('an account that comes back under another id', () => {
  const account = (accountId: string, mask: string, persistent_account_id?: string) => ({
    accountId,
    ...likenessOf({
      name: 'Checking',
      mask,
      type: 'depository',
      ...(persistent_account_id === undefined ? {} : { persistent_account_id }),
    }),
  })

  const known = (one: ReturnType<typeof account>) => ({ ...one, listed: true })

  test('is known by what it is like, one for one, and by its persistent id before all', () => {
    const old = [account('a', '1111'), account('b', '1111'), account('c', '2222', 'p')].map(known)
    const listed = [account('x', '1111'), account('y', '9999', 'p'), account('z', '1111')]
    expect(successors(old, listed)).toEqual([
      { accountId: 'a', by: 'x' },
      { accountId: 'c', by: 'y' },
      { accountId: 'b', by: 'z' },
    ])
  })

  test('is not one that is listed still, nor one with another persistent id', () => {
    const old = [account('a', '1111'), account('c', '2222', 'p')].map(known)
    const listed = [account('a', '1111'), account('x', '1111'), account('y', '2222', 'q')]
    expect(successors(old, listed)).toEqual([])
  })

  test('is new where only pages have brought it', () => {
    const paged = { ...account('x', '1111'), listed: false }
    const old = [known(account('a', '1111')), paged]
    const moved = [{ accountId: 'a', by: 'x' }]
    expect(successors(old, [account('x', '1111')])).toEqual(moved)
    expect(successors(old, [account('a', '1111'), account('x', '1111')])).toEqual([])
  })
})
