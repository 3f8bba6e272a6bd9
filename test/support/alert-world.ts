// Alerts in a world of their own: a database with all schemas, every way out with somebody at its
// end, and a folder. The tests of a file share it, and each begins with nothing in it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { migrateEngine } from '../../src/engine/store/schema.ts'
import { migrateStore } from '../../src/plaid-api/store/schema.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { deliver } from '../../src/server/alerts/delivery.ts'
import { openAlerts, type Watch } from '../../src/server/alerts/keeper.ts'
import { makeKeys } from '../../src/server/keys.ts'
import { readSettings } from '../../src/server/settings.ts'
import { migrateWeb } from '../../src/web-server/store/schema.ts'
import { testDatabase } from './database.ts'
import { mailUser, type MailServer, type Receiver } from './receivers.ts'
import { startMailServer, startReceiver } from './receivers.ts'

export const hookKey = 'hook-canary-8086'
export const silent = pino({ level: 'silent' })

export interface AlertWorld extends AsyncDisposable {
  pool: Pool
  folder: string
  receiver: Receiver
  mail: MailServer
  watch: Watch
  /** Nothing in it any more. */
  empty(): Promise<void>
  /** Everything that is due at that moment goes on its way. */
  deliverAll(now: () => number): Promise<void>
  /** Items whose owner must log in. */
  needsUser(n: number): Promise<void>
}

export async function alertWorld(): Promise<AlertWorld> {
  const cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tartan alerts '))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const database = cleanup.use(await testDatabase())
  const pool = database.pool()
  const receiver = cleanup.use(await startReceiver())
  const mail = cleanup.use(await startMailServer())
  await migrateStore(pool)
  await migrateEngine(pool)
  await migrateWeb(pool)
  await makeKeys(folder)
  const commands = join(folder, 'commands.json')
  const script = `cat >> '${join(folder, 'told.jsonl')}'; test ! -e '${join(folder, 'fail')}'`
  await writeFile(commands, JSON.stringify({ page: ['sh', '-c', script] }), { mode: 0o600 })
  const settings = await readSettings(
    {},
    {
      TARTAN_ENV_FILE: '/dev/null',
      TARTAN_DATA_DIR: folder,
      TARTAN_DATABASE_URL: database.url.reveal(),
      TARTAN_ALERT_WEBHOOK: `${receiver.url}/hook/path-canary`,
      TARTAN_ALERT_WEBHOOK_KEY: hookKey,
      TARTAN_ALERT_AIRBYTE_WEBHOOK: `${receiver.url}/airbyte`,
      TARTAN_ALERT_SLACK: `${receiver.url}/slack`,
      TARTAN_ALERT_EMAIL: 'ops@example.com, me@example.com',
      TARTAN_ALERT_EMAIL_FROM: 'tartan@example.com',
      TARTAN_SMTP_URL: `smtp://${mailUser.user}:${mailUser.pass}@127.0.0.1:${mail.port}`,
      TARTAN_COMMANDS_FILE: commands,
      TARTAN_ALERT_COMMAND: 'page',
      TARTAN_BACKUP_CRON: 'off',
    },
  )
  const watch = await openAlerts(settings, silent)
  cleanup.defer(() => watch.pool.end())
  const delivery = { pool: watch.pool, log: silent, link: 'https://tartan.example/' }
  return {
    pool,
    folder,
    receiver,
    mail,
    watch,
    empty: async () => {
      await pool.query(`truncate plaid.item, plaid.webhook_event, plaid.webhook_refusal,
        engine.job, engine.attempt, engine.stream_state, engine.connection, engine.actor,
        alert.incident, alert.message, alert.silence restart identity cascade`)
      const files = ['fail', 'told.jsonl', 'backups'].map((name) => join(folder, name))
      await Promise.all(files.map((path) => rm(path, { recursive: true, force: true })))
      receiver.received.length = 0
      mail.mails.length = 0
      receiver.status = 200
      mail.refuses = false
    },
    deliverAll: async (now) => {
      await Promise.all(watch.ways.map((way) => deliver(delivery, way, now)))
    },
    needsUser: async (n) => {
      await pool.query(
        `insert into plaid.item
           (item_id, client_user_id, access_token, status, institution_name, next_pull_at)
         select 'item-canary-' || n, 'me', 'token-canary', 'needs_user', 'Bank <b> & ' || n,
                'infinity'
         from generate_series(1, $1) n`,
        [n],
      )
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

export function inOrder(a: string, b: string): number {
  return a < b ? -1 : 1
}
