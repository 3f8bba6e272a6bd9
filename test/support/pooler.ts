// A connection pooler in transaction mode, as PgBouncer, Supabase's port 6543 or Neon's pooled host
// are: few server sessions, each lent to whoever begins a transaction, for that transaction alone.
// The server must trust the role, since no password passes.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Pooler extends AsyncDisposable {
  port: number
}

/** `take`: the next one, or the one that was given back last. */
export async function startPooler(
  target: number,
  options: { sessions: number; take: 'next' | 'last' },
): Promise<Pooler> {
  const sockets = new Set<Socket>()
  const idle: Session[] = []
  const waiting: ((session: Session) => void)[] = []
  let made = 0

  const giveBack = (session: Session) => {
    const next = waiting.shift()
    if (next) next(session)
    else if (options.take === 'last') idle.unshift(session)
    else idle.push(session)
  }
  const lend = async (startup: Buffer): Promise<Session> => {
    const free = made < options.sessions && options.take === 'next' ? undefined : idle.shift()
    if (free) return free
    if (made >= options.sessions) return new Promise((resolve) => waiting.push(resolve))
    made++
    return openSession(target, startup, sockets)
  }
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => {})
    void serve(client, lend, giveBack)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Session {
  socket: Socket
  /** What the server told of its settings. */
  told: Buffer[]
  onMessage: (message: Buffer) => void
}

async function openSession(port: number, startup: Buffer, sockets: Set<Socket>): Promise<Session> {
  const socket = connect(port, '127.0.0.1')
  sockets.add(socket)
  socket.on('error', () => {})
  socket.write(startup)
  const session: Session = { socket, told: [], onMessage: () => {} }
  socket.on(
    'data',
    cutter((message) => session.onMessage(message)),
  )
  await new Promise<void>((resolve) => {
    session.onMessage = (message) => {
      if (typeOf(message) === 'S') session.told.push(message)
      if (typeOf(message) === 'Z') resolve()
    }
  })
  return session
}

async function serve(
  client: Socket,
  lend: (startup: Buffer) => Promise<Session>,
  giveBack: (session: Session) => void,
): Promise<void> {
  const startup = await startupOf(client)
  const first = await lend(startup)
  giveBack(first)
  // The number of a server process, made up as every pooler makes it up.
  const key = packet('K', Buffer.concat([int32(1), int32(1)]))
  client.write(Buffer.concat([packet('R', int32(0)), ...first.told, key, READY]))
  let lent: Session | undefined
  let queue = Promise.resolve()
  const forward = async (message: Buffer) => {
    if (!lent) {
      const session = await lend(startup)
      lent = session
      session.onMessage = (answer) => {
        client.write(answer)
        if (!answer.equals(READY)) return
        lent = undefined
        giveBack(session)
      }
    }
    lent.socket.write(message)
  }
  client.on(
    'data',
    cutter((message) => {
      if (typeOf(message) === 'X') client.end()
      else queue = queue.then(() => forward(message))
    }),
  )
  client.on('close', () => {
    lent?.socket.write(packet('Q', Buffer.from('rollback\0')))
  })
}

/** The client's first message; its wish for TLS is refused before. */
async function startupOf(client: Socket): Promise<Buffer> {
  for (;;) {
    const [message] = (await once(client, 'data')) as [Buffer]
    if (message.readInt32BE(4) !== SSL_REQUEST) return message
    client.write('N')
  }
}

const SSL_REQUEST = 80_877_103
/** Ready for a query, and in no transaction. */
const READY = packet('Z', Buffer.from('I'))

function cutter(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1
      onMessage(Buffer.from(rest.subarray(0, end)))
      rest = rest.subarray(end)
    }
  }
}

function typeOf(message: Buffer): string {
  return String.fromCharCode(message[0] ?? 0)
}

function packet(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
