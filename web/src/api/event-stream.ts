// The server's events as they come. By fetch and not by EventSource, which tells neither heartbeats
// nor why it was refused, and waits for seconds between two tries.
import { Problem } from './call.ts'

export interface Heard {
  type: string
  data: { id?: string } & Record<string, unknown>
}

/** Three heartbeats: who is silent for longer is frozen. */
const silentMsMax = 6_000

export interface Place {
  /** Where it goes on. */
  lastEventId?: string
}

/** Each event, null for a heartbeat, until it ends; throws where it is refused or falls silent. */
export async function* events(
  path: string,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<Heard | null> {
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), silentMsMax)
  const after = place.lastEventId
  try {
    const response = await fetch(new URL(path, document.baseURI), {
      headers: after === undefined ? {} : { 'last-event-id': after },
      redirect: 'error',
      signal: AbortSignal.any([signal, silent.signal]),
    })
    if (!response.ok || response.body === null) {
      throw new Problem(response.status, `HTTP_${response.status}`, 'No events are to be had.')
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), silentMsMax)
      const parts = (text + value).split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) yield eventOf(part, place)
    }
  } finally {
    clearTimeout(timer)
    silent.abort()
  }
}

function eventOf(text: string, place: Place): Heard | null {
  const fields = new Map(
    text.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
  const data = fields.get('data')
  if (data === undefined) return null
  const id = fields.get('id')
  if (id !== undefined) place.lastEventId = id
  return { type: fields.get('event') ?? '', data: JSON.parse(data) as Heard['data'] }
}
