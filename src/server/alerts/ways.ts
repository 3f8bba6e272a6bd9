// The ways out: which of them the options name, and how each sends. A way throws where it was not
// taken, with a sentence that has no secret in it: addresses of webhooks are secrets too (L5).
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { PostSyncCommand } from '../../engine/connection/post-sync.ts'
import type { Pool } from '../../postgres/pool.ts'
import { startConnector } from '../../protocol/spawn.ts'
import { errorCode, must, SystemError, TransientError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import { alertCommandOf } from '../post-sync.ts'
import type { Settings } from '../settings.ts'
import { lastFailedSync } from '../store/facts.ts'
import { airbyteBody, jsonBody, type Outgoing, slackBody, subjectOf, textOf } from './message.ts'

export interface Way {
  name: 'webhook' | 'airbyte' | 'slack' | 'email' | 'command'
  /** One notice a message: whoever reads it knows of one thing at a time. */
  oneByOne?: true
  send(message: Outgoing): Promise<void>
}

/** From the beginning to the answer. */
const sendMsMax = 15_000
/** Of a machine that sends mail by itself. */
const ownMailServer = 'smtp://127.0.0.1:25'
/** A command may have somebody to ask, too. */
const commandMsMax = 60_000

export function wayNames({ options }: Settings): Way['name'][] {
  const given: [Way['name'], unknown][] = [
    ['webhook', options.alertWebhook],
    ['airbyte', options.alertAirbyte],
    ['slack', options.alertSlack],
    ['email', options.alertEmail],
    ['command', options.alertCommand],
  ]
  return given.flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

export async function waysOf(settings: Settings, pool: Pool): Promise<Way[]> {
  const { options } = settings
  const make: Record<Way['name'], () => Way | Promise<Way>> = {
    webhook: () => webhook(given(options.alertWebhook), options.alertWebhookKey),
    airbyte: () => airbyte(given(options.alertAirbyte), pool),
    slack: () => slack(given(options.alertSlack)),
    email: () => email(settings),
    command: () => command(settings, given(options.alertCommand)),
  }
  return Promise.all(wayNames(settings).map(async (name) => make[name]()))
}

function given<T>(value: T | undefined): T {
  return must(value, 'a way out that is named is given')
}

/** Our own JSON, signed as standardwebhooks.com says. */
function webhook(url: Secret, key: Secret | undefined): Way {
  return {
    name: 'webhook',
    send: (message) => {
      const body = JSON.stringify(jsonBody(message))
      const stamp = String(Math.floor(message.now / 1_000))
      const signed = `${message.id}.${stamp}.${body}`
      const signature = key && createHmac('sha256', key.reveal()).update(signed).digest('base64')
      return post(url, body, {
        'webhook-id': message.id,
        'webhook-timestamp': stamp,
        ...(signature ? { 'webhook-signature': `v1,${signature}` } : {}),
      })
    },
  }
}

function airbyte(url: Secret, pool: Pool): Way {
  return {
    name: 'airbyte',
    oneByOne: true,
    send: async (message) => {
      const [notice] = message.notices
      const about = notice?.incident.rule === 'SyncFailing' && notice.told !== 'over'
      const id = about ? notice.incident.connectionId : null
      const sync = id === null ? undefined : await lastFailedSync(pool, id)
      await post(url, JSON.stringify(airbyteBody(message, sync)))
    },
  }
}

function slack(url: Secret): Way {
  return { name: 'slack', send: (message) => post(url, JSON.stringify(slackBody(message))) }
}

async function post(url: Secret, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url.reveal(), {
    method: 'POST',
    redirect: 'manual', // what carries a secret follows nobody
    headers: { 'content-type': 'application/json', 'user-agent': 'tartan', ...headers },
    body,
    signal: AbortSignal.timeout(sendMsMax),
  }).catch((cause: unknown) => {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError'
    const why = isLate ? `no answer in ${sendMsMax} ms` : reasonOf(cause)
    throw new TransientError('WAY_DOWN', `it does not answer: ${why}`, { cause })
  })
  await response.body?.cancel()
  if (!response.ok) throw new TransientError('WAY_REFUSED', `it answered ${response.status}`)
}

/** A code says enough; a message may have the address in it. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error ? (error.cause ?? error) : error
  return errorCode(inner) ?? errorCode(error) ?? 'the connection failed'
}

async function email({ options }: Settings): Promise<Way> {
  const { alertEmail, alertEmailFrom, smtpUrl } = options
  const { createTransport } = await import('nodemailer') // for whom mail is sent
  const transport = createTransport({
    url: smtpUrl?.reveal() ?? ownMailServer,
    connectionTimeout: sendMsMax,
    greetingTimeout: sendMsMax,
    socketTimeout: sendMsMax,
  })
  const to = (alertEmail ?? '').split(',').map((address) => address.trim())
  return {
    name: 'email',
    send: async (message) => {
      try {
        await transport.sendMail({
          from: alertEmailFrom ?? to[0],
          to,
          subject: subjectOf(message),
          text: textOf(message),
          // Of one that is sent again it is the same, and mail programs show it once.
          messageId: `<${message.id}@tartan>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (cause) {
        const { responseCode } = cause as { responseCode?: number }
        const code = errorCode(cause) ?? 'unknown'
        const why = responseCode === undefined ? code : `${code}, it answered ${responseCode}`
        throw new TransientError('WAY_DOWN', `the mail server did not take it: ${why}`, { cause })
      }
    },
  }
}

async function command(settings: Settings, name: string): Promise<Way> {
  const found = await alertCommandOf(settings, name)
  const runFolder = join(settings.dataFolder, 'run', 'alerts')
  return { name: 'command', send: (message) => run(found, runFolder, message) }
}

async function run(
  { command }: PostSyncCommand,
  runFolder: string,
  message: Outgoing,
): Promise<void> {
  const program = await startConnector({
    command,
    inputs: {},
    environment: { TARTAN_ALERT_ID: message.id },
    runFolder,
    onStderr: () => {},
  })
  program.stdout.resume()
  program.stdin.on('error', () => {}) // it need not read
  program.stdin.end(`${JSON.stringify(jsonBody(message))}\n`)
  const late = AbortSignal.timeout(commandMsMax)
  late.addEventListener('abort', () => void program.stop())
  const { code, signal } = await program.exited
  if (code === 0) return
  const how = code === null ? `it was ended by ${signal}` : `it ended with exit code ${code}`
  const why = late.aborted ? `it took longer than ${commandMsMax / 1_000} s` : how
  throw new SystemError('WAY_REFUSED', why)
}
