// Who hears of alerts, for real: an HTTP server that takes webhooks, and a mail server. Each can be
// away for a while.
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Receiver extends AsyncDisposable {
  url: string
  received: Received[]
  /** What it answers from now on. */
  status: number
}

export async function startReceiver(): Promise<Receiver> {
  const receiver = { url: '', received: [] as Received[], status: 200 }
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request)
    const { url: path = '', headers } = request
    if (receiver.status === 200) receiver.received.push({ path, headers, body })
    response.writeHead(receiver.status).end('taken')
  }
  const server: Server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(receiver, {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

export interface Mail {
  from: string
  to: string[]
  /** Headers and body, as they came. */
  raw: string
}

export interface MailServer extends AsyncDisposable {
  port: number
  mails: Mail[]
  /** Refuses from now on, or takes again. */
  refuses: boolean
}

export const mailUser = { user: 'tartan', pass: 'mail-canary-5150' }

export async function startMailServer(): Promise<MailServer> {
  const held = { port: 0, mails: [] as Mail[], refuses: false }
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) => {
      const isRight = username === mailUser.user && password === mailUser.pass
      done(isRight ? null : new Error('wrong password'), { user: username })
    },
    onData: (stream, { envelope }, done) => {
      const taken = (raw: string) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        held.mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw })
      }
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const refusal = Object.assign(new Error('mailbox full'), { responseCode: 452 })
        if (!held.refuses) taken(Buffer.concat(pieces).toString())
        done(held.refuses ? refusal : null)
      })
    },
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  held.port = (listening.address() as AddressInfo).port
  return Object.assign(held, {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  })
}
