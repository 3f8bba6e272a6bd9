// One POST to an application. Whatever the other side does, it costs a bounded time and no memory:
// no redirect is followed, and of the answer only the status is of interest (L9).
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { errorCode } from '../../../../src/std/errors.ts'

export interface Post {
  url: string
  body: string
  headers: Record<string, string>
}

/** The status of the answer, or what came instead of one. */
export type PostResult = number | 'silence' | 'failure'

/** What is read of an answer, so that its connection can serve again. */
const answerBytesMax = 64 * 1024
const idleConnectionsMax = 32

export class Delivery {
  readonly #msMax: number
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: idleConnectionsMax })
  readonly #https = new HttpsAgent({ keepAlive: true, maxFreeSockets: idleConnectionsMax })
  readonly #running = new Set<ClientRequest>()
  #stopped = false

  /** An answer must begin within `msMax`. */
  constructor(options: { msMax: number }) {
    this.#msMax = options.msMax
  }

  async post(what: Post): Promise<PostResult> {
    const first = await this.#attempt(what)
    // an idle connection that the other side just closed says nothing about the other side
    const second = first === 'stale' ? await this.#attempt(what) : first
    return second === 'stale' ? 'failure' : second
  }

  stop(): void {
    this.#stopped = true
    for (const request of this.#running) request.destroy()
    this.#http.destroy()
    this.#https.destroy()
  }

  #attempt({ url, body, headers }: Post): Promise<PostResult | 'stale'> {
    if (this.#stopped || !URL.canParse(url)) return Promise.resolve('failure')
    const secure = url.startsWith('https:')
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: secure ? this.#https : this.#http,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    })
    this.#running.add(request)
    return new Promise((resolve) => {
      // it runs to the answer's end, so that one that never ends is cut off too
      const timer = setTimeout(() => {
        resolve('silence')
        request.destroy()
      }, this.#msMax)
      request.on('close', () => {
        clearTimeout(timer)
        this.#running.delete(request)
        resolve('failure')
      })
      request.on('response', (response) => {
        readSome(response)
        resolve(response.statusCode ?? 'failure')
      })
      request.on('error', (error) => {
        resolve(request.reusedSocket && errorCode(error) === 'ECONNRESET' ? 'stale' : 'failure')
      })
      request.end(body)
    })
  }
}

function readSome(response: IncomingMessage): void {
  let left = answerBytesMax
  response.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) response.destroy()
  })
  response.on('error', () => response.destroy())
}
