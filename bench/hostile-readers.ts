// Twenty-five readers of plaid-api who mean it no good, as a process of its own: searches that find
// nothing, pages far behind the first of the largest size, readers who take a byte a second, and
// readers who leave in the midst. Arguments: port and API key; ends when standard input does.
import { Agent, type ClientRequest, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const [port, key] = [Number(process.argv[2]), process.argv[3] ?? '']
const headers = { authorization: `Bearer ${key}` }
const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
const rowsMax = 5_000
const cursorCharsMax = 1_000
const leaveAfterMs = 50
const byteEveryMs = 1_000

const KINDS = [searching, deep, slowListing, slowFeed, leaving]
const EACH = 5

process.stdin.on('end', () => process.exit(0)).resume()
for (const kind of KINDS) for (let i = 0; i < EACH; i++) void forEver(kind, i)
process.stdout.write(`${KINDS.length * EACH}\n`)

async function forEver(kind: (i: number, n: number) => Promise<void>, i: number): Promise<void> {
  for (let n = 0; ; n++) await kind(i, n).catch(() => setTimeout(leaveAfterMs))
}

/** Another word each time: no answer is remembered. */
async function searching(i: number, n: number): Promise<void> {
  await read(`/transactions?search=no-such-merchant-${i}-${n}`)
}

async function deep(): Promise<void> {
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page = await read(`/transactions?order=asc&limit=${rowsMax}${cursor}`)
    // A reader that parsed it would be one more of those who need the processor.
    const next = /"next_cursor":"([^"]+)"\}$/.exec(page.slice(-cursorCharsMax))?.[1]
    cursor = next === undefined ? undefined : `&cursor=${next}`
  }
}

async function slowListing(): Promise<void> {
  await slowly(`/transactions?limit=${rowsMax}`)
}

async function slowFeed(): Promise<void> {
  await slowly(`/transactions/incremental?limit=${rowsMax}`)
}

async function leaving(i: number, n: number): Promise<void> {
  const asked = get(`/transactions?search=nobody-${i}-${n}&limit=${rowsMax}`)
  await setTimeout(leaveAfterMs)
  asked.destroy()
}

function get(path: string): ClientRequest {
  const asked = request({ port, path, headers, agent })
  asked.on('error', () => {})
  asked.end()
  return asked
}

async function read(path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get(path)
    .on('error', reject)
    .on('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => (text += piece))
      answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))))
      answer.on('error', reject)
    })
  return promise
}

/** By hand: a client of Node’s would read on for whoever does not. */
async function slowly(path: string): Promise<void> {
  const socket = connect(port)
  const lines = [`GET ${path} HTTP/1.1`, 'host: plaid-api', `authorization: Bearer ${key}`]
  socket.pause()
  socket.on('error', () => {})
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  while (!socket.destroyed && !socket.readableEnded) {
    await setTimeout(byteEveryMs)
    socket.read(1)
  }
}
