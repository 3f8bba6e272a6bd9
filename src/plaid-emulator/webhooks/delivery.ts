// One POST to an application. Whatever the other side does, it costs a bounded time and no memory:
// no redirect is followed, and of the answer only the status is of interest (L9).
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { errorCode } from '../../std/errors.ts'

export interface Post {
  url: string
  body: string
  headers: Record<string, string>
}

/** What is read of an answer, so that its connection can serve again. */
const answerBytesMax = 64 * 1024
const idleConnectionsMax = 32

export class Delivery {
  readonly #msMax: number
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: idleConnectionsMax })
  readonly #https = new HttpsAgent({ keepAlive: true, maxFreeSockets: idleConnectionsMax })
  readonly #stop = new AbortController()

  constructor(options: { msMax: number }) {
    this.#msMax = options.msMax
  }

  /** The answer's status; null where there was none in time. */
  async post(what: Post): Promise<number | null> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#msMax)])
    try {
      return await this.#attempt(what, signal)
    } catch (error) {
      // an idle connection that the other side just closed says nothing about the other side
      if (!(error instanceof StaleConnection)) return null
      return await this.#attempt(what, signal).catch(() => null)
    }
  }

  stop(): void {
    this.#stop.abort()
    this.#http.destroy()
    this.#https.destroy()
  }

  async #attempt({ url, body, headers }: Post, signal: AbortSignal): Promise<number> {
    const target = new URL(url)
    const secure = target.protocol === 'https:'
    const start = secure ? httpsRequest : httpRequest
    const request = start(target, {
      method: 'POST',
      agent: secure ? this.#https : this.#http,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal,
    })
    return new Promise((resolve, reject) => {
      request.on('response', (response) => {
        readSome(response)
        resolve(response.statusCode ?? 0)
      })
      request.on('error', (error) => {
        const stale = request.reusedSocket && errorCode(error) === 'ECONNRESET'
        reject(stale ? new StaleConnection() : error)
      })
      request.end(body)
    })
  }
}

class StaleConnection extends Error {}

function readSome(response: IncomingMessage): void {
  let left = answerBytesMax
  response.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) response.destroy()
  })
  response.on('error', () => response.destroy())
}
