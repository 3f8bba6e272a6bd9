// docs/webhooks.md says of each code what it leads to, as the code does.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { eventOf } from '../../src/plaid-api/webhook/event.ts'
import { codes } from '../../src/plaid-api/webhook/codes.ts'

const page = join(resolve(import.meta.dirname, '../..'), 'docs', 'webhooks.md')

function tableText(): string {
  const rows = Object.entries(codes).flatMap(([type, ofType]) =>
    Object.entries(ofType).map(([code, { doc }]) => `| ${type} | \`${code}\` | ${doc} |`),
  )
  return ['| type | code | what follows |', '|---|---|---|', ...rows].join('\n')
}

test('the table of codes is the code’s own', () => {
  expect(readFileSync(page, 'utf8')).toContain(tableText())
})

test('each code that says something of its Item is an event of its life', () => {
  const at = '2026-03-22T12:00:00Z'
  const fields = { consent_expiration_time: at, disconnect_time: at }
  for (const [code, { act }] of Object.entries(codes['ITEM'] ?? {})) {
    const event = eventOf({ webhook_code: code, ...fields })
    expect(event !== undefined, code).toBe(act === 'item')
  }
})

test('what a webhook says badly is not believed', () => {
  expect(eventOf({ webhook_code: 'PENDING_DISCONNECT', disconnect_time: 'soon' })).toBe(undefined)
  expect(eventOf({ webhook_code: 'ERROR', error: 7 })).toMatchObject({
    kind: 'failed',
    code: 'ITEM_ERROR',
  })
  const long = { error_code: 'A\0', error_message: 'x'.repeat(9_000) }
  const event = eventOf({ webhook_code: 'ERROR', error: long })
  expect(event).toMatchObject({ kind: 'failed', code: 'ITEM_ERROR' })
  expect(JSON.stringify(event).length).toBeLessThan(3_000)
})
