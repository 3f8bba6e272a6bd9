// What a person sees of alerts and does about them, and what is known of webhooks.
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { endsOf, readAlerts, silence, testWays, unsilence } from '../../src/server/alerts/book.ts'
import { look } from '../../src/server/alerts/keeper.ts'
import { openIncidents } from '../../src/server/store/alert.ts'
import { systemClock } from '../../src/std/clock.ts'
import { authority, certificateOf } from '../support/certificate.ts'
import { alertWorld, type AlertWorld, inOrder } from '../support/alert-world.ts'

const hour = 3_600_000
let world: AlertWorld
let now: number

beforeAll(async () => {
  world = await alertWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

beforeEach(async () => {
  await world.empty()
  now = systemClock.now()
})

test('webhooks that came before and come no more are told; an address that Plaid refuses, too', async () => {
  await world.pool.query(`
    update plaid.installation set webhook = 'https://a.example/webhooks/plaid';
    insert into plaid.item (item_id, client_user_id, access_token, status, webhook, webhook_error,
                            next_pull_at)
    values ('1', 'me', 't', 'healthy', 'https://a.example/webhooks/plaid', null, 'infinity'),
           ('2', 'me', 't', 'healthy', 'https://b.example/', 'not https', 'infinity')`)
  await look(world.watch, now)
  expect((await openIncidents(world.pool)).map(({ rule }) => rule)).toEqual([
    'WebhookAddressRefused',
  ])
  await world.pool.query(
    `insert into plaid.webhook_event
       (token_hash, body_hash, webhook_type, webhook_code, body, act, received_at)
     values ('t', 'b', 'ITEM', 'ERROR', '{}', 'item', now() - interval '4 days')`,
  )
  await look(world.watch, now + hour)
  const fired = (await openIncidents(world.pool)).filter(({ firedAt }) => firedAt !== null)
  expect(fired.map(({ rule }) => rule).toSorted(inOrder)).toEqual([
    'WebhookAddressRefused',
    'WebhooksSilent',
    'WebhooksWaiting',
  ])
})

test('a certificate that ends within two weeks is told; one that lasts is not', async () => {
  const issuer = authority('Test')
  const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => join(world.folder, name))
  const made = certificateOf('localhost', issuer)
  await writeFile(certificate!, made.certificate)
  await writeFile(key!, made.key)
  const options = { tlsCertificateFile: certificate, tlsKeyFile: key }
  const settings = { ...world.watch.settings }
  const watch = {
    ...world.watch,
    settings: { ...settings, options: { ...settings.options, ...options } },
  }
  await look(watch, now)
  expect(await openIncidents(world.pool)).toEqual([])
  const ends = new X509Certificate(made.certificate).validToDate.getTime()
  await look(watch, ends - 13 * 24 * hour)
  const [ending] = (await openIncidents(world.pool)).filter(
    ({ rule }) => rule === 'CertificateEnds',
  )
  expect(ending?.title).toBe('The TLS certificate ends in 13 days')
})

test('a person sees what is firing, silences it with a reason and an end, and ends that', async () => {
  await world.needsUser(1)
  await look(world.watch, now)
  expect((await readAlerts(world.pool, world.watch.settings)).pending).toHaveLength(1)
  await look(world.watch, now + hour)
  const rule = 'BanksNeedTheirOwner'
  const asked = { rule, labels: { status: 'needs_user' }, reason: 'on it', hours: 2 }
  const id = await silence(world.pool, asked, 'me')
  const seen = await readAlerts(world.pool, world.watch.settings)
  expect(seen).toMatchObject({
    firing: [{ rule, silence_id: id, todo: expect.stringContaining('repair') }],
    pending: [],
    silences: [{ id, reason: 'on it', made_by: 'me' }],
  })
  expect(seen.ways.map(({ way }) => way)).toEqual(WAYS)
  for (const [wrong, code] of [
    [{ rule: 'Nothing' }, 'RULE_UNKNOWN'],
    [{ reason: ' ' }, 'REASON_INVALID'],
    [{ hours: 0 }, 'HOURS_INVALID'],
    [{ hours: 9_000 }, 'HOURS_INVALID'],
    [{ hours: NaN }, 'HOURS_INVALID'],
  ] as const) {
    await expect(silence(world.pool, { ...asked, ...wrong }, 'me')).rejects.toMatchObject({ code })
  }
  await unsilence(world.pool, id)
  for (const gone of [id, 'nonsense']) {
    await expect(unsilence(world.pool, gone)).rejects.toMatchObject({ code: 'SILENCE_UNKNOWN' })
  }
  expect((await readAlerts(world.pool, world.watch.settings)).silences).toEqual([])
})

test('a test goes by every way, and says which took it', async () => {
  world.receiver.status = 500
  const ids = await testWays(world.pool, world.watch.settings)
  await world.deliverAll(systemClock.now)
  const ends = await endsOf(world.pool, ids, 0)
  expect(ends.map(({ way, sent }) => `${way} ${sent}`)).toEqual(
    WAYS.toSorted(inOrder).map((way) => `${way} ${way === 'email' || way === 'command'}`),
  )
  const none = { ...world.watch.settings, options: { ...world.watch.settings.options, ...NO_WAYS } }
  await expect(testWays(world.pool, none)).rejects.toMatchObject({ code: 'NO_WAY_OUT' })
})

const WAYS = ['webhook', 'airbyte', 'slack', 'email', 'command']
const NO_WAYS = {
  alertWebhook: undefined,
  alertAirbyte: undefined,
  alertSlack: undefined,
  alertEmail: undefined,
  alertCommand: undefined,
}
