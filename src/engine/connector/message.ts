// A connector's line as a message of the protocol; whatever else it writes is text.
import type { AirbyteMessage } from '../../protocol/message.ts'
import { parseExact } from '../../std/exact-json.ts'

const PAYLOADS: Record<string, string> = {
  RECORD: 'record',
  STATE: 'state',
  LOG: 'log',
  SPEC: 'spec',
  CONNECTION_STATUS: 'connectionStatus',
  CATALOG: 'catalog',
  TRACE: 'trace',
  CONTROL: 'control',
}

/** A line as a message of the protocol, or undefined; a STATE keeps its numbers exactly. */
export function parseMessage(text: string): AirbyteMessage | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    const payload = typeof value['type'] === 'string' ? PAYLOADS[value['type']] : undefined
    if (payload === undefined || typeof value[payload] !== 'object' || value[payload] === null) {
      return undefined
    }
    return (value['type'] === 'STATE' ? parseExact(text) : value) as AirbyteMessage
  } catch {
    return undefined
  }
}
