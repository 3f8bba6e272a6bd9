// The `--state` file of a source: what was stored, digit by digit (pure).
import type { StateRow } from '../store/state.ts'
import { descriptor } from './naming.ts'

/** Undefined without states. */
export function stateFile(rows: StateRow[]): string | undefined {
  const legacy = rows.find((row) => row.kind === 'legacy')
  if (legacy) return legacy.state
  const streams = rows
    .filter((row) => row.kind === 'stream' && row.state !== 'null')
    .map((row) => {
      const of = JSON.stringify(descriptor(row.name, row.namespace))
      return `{"stream_descriptor":${of},"stream_state":${row.state}}`
    })
  const shared = rows.find((row) => row.kind === 'shared')
  if (shared) {
    const global = `{"shared_state":${shared.state},"stream_states":[${streams.join(',')}]}`
    return `[{"type":"GLOBAL","global":${global}}]`
  }
  if (streams.length === 0) return undefined
  return `[${streams.map((stream) => `{"type":"STREAM","stream":${stream}}`).join(',')}]`
}
