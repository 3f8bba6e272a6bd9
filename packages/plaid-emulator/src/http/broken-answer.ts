// Answers that do not arrive as they should: what a client meets on a bad network or behind a
// proxy. Some are broken before any work is done, some after it.
import type { FastifyReply } from 'fastify'
import { systemClock } from '../../../../src/std/clock.ts'
import { isAbort } from '../../../../src/std/errors.ts'
import type { BrokenAnswer } from '../bank/state.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** The connection is closed without a word. */
export function hangUp(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.destroy()
  return reply
}

/** The page of a proxy that does not reach Plaid. */
export function proxyPage(reply: FastifyReply, status: number | null): FastifyReply {
  const code = status ?? 502
  const title = `${code} ${code === 503 ? 'Service Temporarily Unavailable' : 'Bad Gateway'}`
  return reply
    .code(code)
    .type('text/html')
    .send(`<html>\n<head><title>${title}</title></head>\n<body><h1>${title}</h1></body>\n</html>\n`)
}

/** Waits; false when the other side left meanwhile. */
export async function pause(reply: FastifyReply, ms: number): Promise<boolean> {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  reply.raw.once('close', leave)
  try {
    await systemClock.sleep(ms, gone.signal)
    return true
  } catch (error) {
    if (isAbort(error)) return false
    throw error
  } finally {
    reply.raw.off('close', leave)
  }
}

/** A whole answer, sent broken. */
export async function sendBroken(
  reply: FastifyReply,
  answer: Exclude<BrokenAnswer, 'dropped' | 'html'>,
  text: string,
): Promise<FastifyReply> {
  if (answer === 'lost') return hangUp(reply)
  if (answer === 'mistyped') return reply.type('text/html').send(text)
  const half = text.slice(0, Math.ceil(text.length / 2))
  if (answer === 'malformed') return reply.type(JSON_TYPE).send(half)
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(text) })
  if (answer === 'truncated') {
    raw.write(half, () => raw.destroy())
    return reply
  }
  for (const piece of piecesOf(text)) {
    raw.write(piece)
    if (!(await pause(reply, dripMs))) return reply
  }
  raw.end()
  return reply
}

const dripPieces = 20
const dripMs = 250

function piecesOf(text: string): string[] {
  const size = Math.ceil(text.length / dripPieces)
  return Array.from({ length: dripPieces }, (_, i) => text.slice(i * size, (i + 1) * size))
}
