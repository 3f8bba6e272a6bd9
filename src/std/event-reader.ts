// Reading another program's Server-Sent Events. What is silent for longer than its heartbeats allow
// is frozen, and left; an event has a size (L9).
import type { LoggedEvent } from './event-log.ts'
import { TransientError } from './errors.ts'
import { streamLimits } from './event-stream.ts'

const silentMsMax = streamLimits.heartbeatMs * 3
const eventCharsMax = 64 * 1024

/**
 * Each event as it comes, null for a heartbeat, until the other side ends it; throws where it
 * breaks or falls silent.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  silenceMsMax = silentMsMax,
): AsyncGenerator<LoggedEvent | null> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { value, done } = await within(reader.read(), silenceMsMax)
      if (done) return
      const parts = (text + value).split('\n\n')
      text = parts.pop() ?? ''
      if (text.length > eventCharsMax) throw broken('an event is too long')
      yield* parts.map(eventOf)
    }
  } finally {
    // Closes the connection; whoever is frozen is not waited for.
    reader.cancel().catch(() => {})
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(broken(`nothing was heard for ${ms} ms`)), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function broken(sentence: string): TransientError {
  return new TransientError('EVENTS_BROKEN', sentence)
}

/** A comment is a heartbeat. */
function eventOf(text: string): LoggedEvent | null {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (name !== undefined) fields.set(name, value ?? '')
  }
  const data = fields.get('data')
  if (data === undefined) return null
  return { id: fields.get('id') ?? '', type: fields.get('event') ?? 'message', data }
}
