// Somebody is told, with real parts: what a real database holds, by a webhook, Slack, a mail server
// and a command, each of which may be away; a crash in between loses nothing.
import { createHmac } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { enqueue } from '../../src/server/alerts/delivery.ts'
import { calmMs } from '../../src/server/alerts/judge.ts'
import { look, openAlerts, type Watch } from '../../src/server/alerts/keeper.ts'
import { nameOf, shelve } from '../../src/server/backup/shelf.ts'
import { backupFolder } from '../../src/server/settings.ts'
import {
  endedIncidents,
  insertSilence,
  openIncidents,
  takeMessage,
  wayStates,
} from '../../src/server/store/alert.ts'
import { systemClock } from '../../src/std/clock.ts'
import { alertWorld, type AlertWorld, hookKey, inOrder, silent } from '../support/alert-world.ts'
import { mailUser } from '../support/receivers.ts'

const hour = 3_600_000
const day = 24 * hour
const cleanup = new AsyncDisposableStack()
let world: AlertWorld
let watch: Watch
let now: number

beforeAll(async () => {
  world = cleanup.use(await alertWorld())
})
afterAll(() => cleanup.disposeAsync())

beforeEach(async () => {
  await world.empty()
  watch = world.watch
  now = systemClock.now()
})

/** A look at that moment, and all that it has to tell on its way. */
async function lookAt(at: number): Promise<void> {
  now = at
  await look(watch, at)
  await deliverAll()
}

function deliverAll(): Promise<void> {
  return world.deliverAll(() => now)
}

/** A connection, and how its last syncs ended, oldest first. */
async function syncs(...ends: ('succeeded' | 'failed')[]): Promise<string> {
  const { rows } = await world.pool.query<{ id: string }>(`
    with actors as (
      insert into engine.actor (id, kind, workspace_id, definition_id, name, configuration)
      select gen_random_uuid(), kind, (select id from engine.workspace), gen_random_uuid(),
             'the ' || kind, 'sealed-canary'
      from unnest(array['source', 'destination']) kind returning id, kind)
    insert into engine.connection
      (id, name, source_id, destination_id, status, schedule, streams, catalog,
       namespace_definition, prefix, non_breaking_schema_updates_behavior)
    select gen_random_uuid(), 'bank → warehouse', source.id, destination.id, 'active',
           '{"scheduleType": "manual"}', '[]', '{}', 'destination', '', 'ignore'
    from actors source, actors destination
    where source.kind = 'source' and destination.kind = 'destination' returning id`)
  for (const end of ends) await sync(rows[0]!.id, end)
  return rows[0]!.id
}

async function sync(connectionId: string, end: 'succeeded' | 'failed'): Promise<void> {
  const failures = JSON.stringify([
    { externalMessage: 'the disk is full', failureType: 'system_error', failureOrigin: 'source' },
  ])
  await world.pool.query(
    `with job as (insert into engine.job (connection_id, type, status)
                  values ($1, 'sync', $2) returning id)
     insert into engine.attempt (job_id, number, status, worker, lease_until, failures)
     select id, 0, $2, 'w', now(), $3 from job`,
    [connectionId, end, end === 'failed' ? failures : null],
  )
}

function hooks(path: string): Record<string, never>[] {
  const mine = world.receiver.received.filter((one) => one.path.startsWith(path))
  return mine.map(({ body }) => JSON.parse(body) as Record<string, never>)
}

test('a bank that wants its owner is told by every way, once, again, and when it is over', async () => {
  await world.needsUser(2)
  await lookAt(now)
  expect(world.receiver.received).toEqual([]) // it has to hold for a quarter of an hour
  await lookAt(now + hour)
  await lookAt(now + hour)
  const [told, ...more] = hooks('/hook')
  expect(more).toEqual([])
  expect(told).toMatchObject({
    type: 'alerts',
    link: 'https://tartan.example/alerts',
    alerts: [
      {
        told: 'fired',
        rule: 'BanksNeedTheirOwner',
        severity: 'warning',
        labels: { status: 'needs_user' },
        title: '2 of the banks: their owner must log in',
        detail: 'Bank <b> & 1, Bank <b> & 2',
        value: 2,
      },
    ],
  })
  expect(hooks('/slack')[0]).toMatchObject({ text: expect.stringContaining('2 of the banks') })
  expect(world.receiver.received.find(({ path }) => path === '/slack')?.body).not.toContain('<b>')
  expect(world.mail.mails).toHaveLength(1)
  expect(world.mail.mails[0]).toMatchObject({
    from: 'tartan@example.com',
    to: ['ops@example.com', 'me@example.com'],
  })
  const mailed = world.mail.mails[0]?.raw ?? ''
  expect(mailed).toMatch(/^Subject: Tartan: 2 of the banks: their owner must log in\r$/m)
  expect(mailed).toMatch(/^Message-ID: <[0-9a-f-]{36}@tartan>\r$/im)
  expect(mailed).toContain('https://tartan.example/alerts')
  expect(await readFile(join(world.folder, 'told.jsonl'), 'utf8')).toContain(
    '"BanksNeedTheirOwner"',
  )

  await lookAt(now + day)
  expect(hooks('/hook')[1]).toMatchObject({ alerts: [{ told: 'again' }] })
  await world.pool.query(`update plaid.item set status = 'healthy'`)
  await lookAt(now + 1)
  await lookAt(now + calmMs)
  expect(hooks('/hook')[2]).toMatchObject({ alerts: [{ told: 'over' }] })
  expect(hooks('/hook')).toHaveLength(3)
  expect(world.mail.mails).toHaveLength(3)
  expect(await openIncidents(world.pool)).toEqual([])
  expect(await endedIncidents(world.pool, 5)).toHaveLength(1)
})

test('the webhook is signed, so that its reader knows who sent it and when', async () => {
  await world.needsUser(1)
  await lookAt(now)
  await lookAt(now + hour)
  const { headers, body } = world.receiver.received.find(({ path }) => path.startsWith('/hook'))!
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.')
  const signature = createHmac('sha256', hookKey).update(signed).digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${signature}`)
  expect(headers['webhook-timestamp']).toBe(String(Math.floor(now / 1_000)))
  expect((JSON.parse(body) as { id: string }).id).toBe(headers['webhook-id'])
})

test('a sync that failed three times is told as Airbyte tells it', async () => {
  const connectionId = await syncs('succeeded', 'failed', 'failed')
  await lookAt(now)
  expect(world.receiver.received).toEqual([])
  await sync(connectionId, 'failed')
  await lookAt(now + 1)
  const [told] = hooks('/airbyte')
  expect(told).toMatchObject({
    text: 'Tartan: Sync bank → warehouse failed 3 times in a row',
    data: {
      workspace: { name: 'Default Workspace' },
      connection: { id: connectionId, name: 'bank → warehouse' },
      source: { name: 'the source' },
      destination: { name: 'the destination' },
      jobId: 4,
      success: false,
      errorMessage: 'the disk is full',
      errorType: 'system_error',
      errorOrigin: 'source',
      recordsCommitted: 0,
    },
  })
  await sync(connectionId, 'succeeded')
  await lookAt(now + 2)
  await lookAt(now + 2 + calmMs)
  expect(hooks('/airbyte')[1]).toEqual({
    text: 'Tartan: over: Sync bank → warehouse failed 3 times in a row',
    blocks: expect.any(Array),
  })
})

test('a backup that is too old, and one that was never verified, are told', async () => {
  const { options } = watch.settings
  watch = {
    ...watch,
    settings: { ...watch.settings, options: { ...options, backupCron: '0 0 3 * * ?' } },
  }
  const takenAt = new Date(now - 10 * day)
  await shelve(backupFolder(watch.settings), nameOf(takenAt), async (half) => {
    const manifest = { takenAt: takenAt.toISOString(), tables: [], sequences: [], migrations: [] }
    await writeFile(join(half, 'manifest.json'), JSON.stringify(manifest))
  })
  const facts = await look(watch, now)
  const told = (await openIncidents(world.pool)).map(({ rule }) => rule)
  expect(told).toEqual(expect.arrayContaining(['BackupOld', 'BackupUnverified']))
  const last = facts.told.find(
    (one) => one.metric === 'tartan_backup_last_success_timestamp_seconds',
  )
  expect(last?.value).toBe(takenAt.getTime() / 1_000)
})

test('webhooks that are refused are told by why, again while it goes on, and when it is over', async () => {
  const refuse = (reason: string, n: number) =>
    world.pool.query(
      `insert into plaid.webhook_refusal as r values (date_trunc('minute', now()), $1, $2)
       on conflict (minute, reason) do update set n = r.n + excluded.n`,
      [reason, n],
    )
  await refuse('WEBHOOK_OLD', 2)
  await refuse('WEBHOOK_UNSIGNED', 2)
  await lookAt(now)
  expect(world.receiver.received).toEqual([])
  await refuse('WEBHOOK_OLD', 1)
  await lookAt(now)
  await lookAt(now + 1)
  expect(hooks('/hook')).toMatchObject([
    {
      alerts: [
        {
          told: 'fired',
          rule: 'WebhooksRefused',
          labels: { reason: 'WEBHOOK_OLD' },
          title: '3 webhooks were refused within an hour: signed too long ago',
          todo: expect.stringContaining('clock'),
        },
      ],
    },
  ])
  await lookAt(now + day)
  expect(hooks('/hook')[1]).toMatchObject({ alerts: [{ told: 'again' }] })
  await world.pool.query(`update plaid.webhook_refusal set minute = minute - interval '1 hour'`)
  await lookAt(now + 1)
  await lookAt(now + calmMs)
  expect(hooks('/hook')[2]).toMatchObject({ alerts: [{ told: 'over' }] })
  expect(hooks('/hook')).toHaveLength(3)
})

test('a way that is down is tried again, later and later, and holds no other', async () => {
  world.receiver.status = 503
  world.mail.refuses = true
  await writeFile(join(world.folder, 'fail'), '')
  await world.needsUser(1)
  await lookAt(now)
  await lookAt(now + hour)
  const down = await wayStates(world.pool)
  expect(down.map(({ way, waiting, error }) => [way, waiting, error])).toEqual([
    ['airbyte', 1, 'it answered 503'],
    ['command', 1, 'it ended with exit code 1'],
    ['email', 1, 'the mail server did not take it: EMESSAGE, it answered 452'],
    ['slack', 1, 'it answered 503'],
    ['webhook', 1, 'it answered 503'],
  ])
  world.receiver.status = 200
  now += 59_000
  await deliverAll()
  expect(world.receiver.received).toEqual([])
  now += 2_000
  await deliverAll()
  expect(world.receiver.received).toHaveLength(3)
  expect(world.mail.mails).toEqual([]) // still away
  world.mail.refuses = false
  await rm(join(world.folder, 'fail'))
  now += 10 * 60_000
  await deliverAll()
  expect(world.mail.mails).toHaveLength(1)
  expect((await wayStates(world.pool)).map(({ waiting }) => waiting)).toEqual([0, 0, 0, 0, 0])
})

test('a message that waits for an hour is an alert itself; after three days it is given up', async () => {
  world.receiver.status = 500
  await world.needsUser(1)
  await lookAt(now)
  await lookAt(now + hour)
  await lookAt(now + hour + 1_000)
  const stuck = (await openIncidents(world.pool)).filter(({ rule }) => rule === 'MessagesStuck')
  expect(stuck.map(({ labels }) => labels['way'] ?? '').sort(inOrder)).toEqual([
    'airbyte',
    'slack',
    'webhook',
  ])
  expect(stuck[0]?.detail).toBe('it answered 500')
  now += 4 * day
  for (let i = 0; i < 5; i++) await deliverAll()
  expect((await wayStates(world.pool)).map(({ waiting }) => waiting)).toEqual([0, 0, 0, 0, 0])
  expect(world.receiver.received).toEqual([])
})

test('whoever dies between sending and marking leaves it to the next, under the same id', async () => {
  const [id] = await enqueue(world.pool, [{ name: 'webhook' }], [], now)
  const taken = await takeMessage(world.pool, 'webhook', now, 5 * 60_000)
  expect(taken?.id).toBe(id)
  await deliverAll()
  expect(world.receiver.received).toEqual([]) // it may be on its way yet
  now += 5 * 60_000
  await deliverAll()
  expect(hooks('/hook')).toMatchObject([{ id, type: 'test', alerts: [] }])
})

test('what a crash left unsent is sent after a restart; what is silenced is not', async () => {
  await world.needsUser(1)
  await look(watch, now)
  await look(watch, now + hour) // and dies before any way took it
  const again = await openAlerts(watch.settings, silent)
  cleanup.defer(() => again.pool.end())
  watch = again
  await lookAt(now + hour + 1)
  expect(hooks('/hook')).toHaveLength(1)
  const known = { rule: 'BanksNeedTheirOwner', labels: null, reason: 'known', madeBy: 'me' }
  await insertSilence(world.pool, { ...known, endsAt: now + 3 * day })
  await lookAt(now + 2 * day)
  expect(hooks('/hook')).toHaveLength(1)
  await lookAt(now + 2 * day)
  expect(hooks('/hook')).toHaveLength(2)
})

test('two that look at the same moment tell once', async () => {
  const other = await openAlerts(watch.settings, silent)
  cleanup.defer(() => other.pool.end())
  await world.needsUser(1)
  await Promise.all([look(watch, now), look(other, now)])
  await Promise.all([look(watch, now + hour), look(other, now + hour)])
  now += hour
  await Promise.all([deliverAll(), deliverAll()])
  expect(hooks('/hook')).toHaveLength(1)
  expect(world.mail.mails).toHaveLength(1)
})

test('nothing that is told or kept has a token, a key, an account or an address (L5)', async () => {
  await world.needsUser(1)
  await syncs('failed', 'failed', 'failed')
  world.receiver.status = 404
  await lookAt(now)
  await lookAt(now + hour)
  world.receiver.status = 200
  now += hour
  await deliverAll()
  const kept = await world.pool.query(`select to_json(m)::text as text from alert.message m
    union all select to_json(i)::text from alert.incident i`)
  const bodies = world.receiver.received.map(({ body, headers }) => body + JSON.stringify(headers))
  const all = JSON.stringify([kept.rows, bodies, world.mail.mails])
  expect(all).toContain('BanksNeedTheirOwner')
  for (const secret of [hookKey, mailUser.pass, 'canary']) expect(all).not.toContain(secret)
})
