// A connector's line as a message of the protocol; whatever else it writes is text. Connectors are
// other people's programs: what the engine reads of a message is looked at here, once, so that
// nothing behind this door meets a null or a gap where the protocol has a value.
import type { AirbyteMessage, FailureType, LogLevel, StateMessage } from '../../protocol/message.ts'
import { parseExact } from '../../std/exact-json.ts'

/**
 * A line as a message of the protocol, or undefined; a STATE keeps its numbers exactly. Payloads
 * are as their types say, where the engine reads them; what it does not read is as it came.
 */
export function parseMessage(text: string): AirbyteMessage | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value = JSON.parse(text) as Json
    const reader = typeof value['type'] === 'string' ? READERS.get(value['type']) : undefined
    if (reader === undefined) return undefined
    const given = value['type'] === 'STATE' ? (parseExact(text) as Json) : value
    const payload = isObject(given[reader.key]) && reader.read(given[reader.key] as Json)
    return payload ? ({ ...given, [reader.key]: payload } as AirbyteMessage) : undefined
  } catch {
    return undefined
  }
}

type Json = Record<string, unknown>

interface Reader {
  /** Of the payload in the message. */
  key: string
  /** The payload as the engine may read it; undefined where there is no such thing in it. */
  read(payload: Json): Json | undefined
}

const READERS = new Map<string, Reader>([
  ['RECORD', { key: 'record', read: (record) => (isRecord(record) ? record : undefined) }],
  ['STATE', { key: 'state', read: readState }],
  ['LOG', { key: 'log', read: readLog }],
  ['SPEC', { key: 'spec', read: readSpec }],
  ['CONNECTION_STATUS', { key: 'connectionStatus', read: readConnectionStatus }],
  ['CATALOG', { key: 'catalog', read: readCatalog }],
  ['TRACE', { key: 'trace', read: readTrace }],
  ['CONTROL', { key: 'control', read: readControl }],
])

function isRecord({ stream, namespace, data }: Json): boolean {
  return typeof stream === 'string' && isNamespace(namespace) && isObject(data)
}

/** One kind of the three, with what makes it so; a stream's that does not say its type is one. */
function readState(payload: Json): Json | undefined {
  const state = without(payload, STATE_KEYS)
  const { type = state['stream'] ? 'STREAM' : state['global'] ? 'GLOBAL' : 'LEGACY' } = state
  const named = { ...state, type } as Json & StateMessage
  switch (type) {
    case 'STREAM':
      return isAboutStream(state['stream']) ? named : undefined
    case 'GLOBAL': {
      const global = isObject(state['global']) ? state['global'] : {}
      const { stream_states: streams = [] } = without(global, ['stream_states'])
      if (!Array.isArray(streams) || !streams.every(isAboutStream)) return undefined
      return isObject(state['global'])
        ? { ...named, global: { ...global, stream_states: streams } }
        : undefined
    }
    case 'LEGACY':
      return state['data'] === undefined ? undefined : named
    default:
      return undefined
  }
}

const STATE_KEYS = ['type', 'stream', 'global', 'data', 'sourceStats', 'destinationStats', 'id']

function readLog(log: Json): Json | undefined {
  const { message, level, stack_trace: stack } = log
  if (typeof message !== 'string') return undefined
  const known = LEVELS.has(level) ? level : 'INFO'
  return { message, level: known, ...(typeof stack === 'string' ? { stack_trace: stack } : {}) }
}

const LEVELS = new Set<unknown>([
  'FATAL',
  'ERROR',
  'WARN',
  'INFO',
  'DEBUG',
  'TRACE',
] satisfies LogLevel[])

function readSpec(payload: Json): Json | undefined {
  const { supported_destination_sync_modes: modes, ...spec } = without(payload)
  if (!isObject(spec['connectionSpecification'])) return undefined
  // Of none nothing could be written: it is left unsaid.
  const says = isTexts(modes) && modes.length > 0
  return says ? { ...spec, supported_destination_sync_modes: modes } : spec
}

function readConnectionStatus(payload: Json): Json | undefined {
  const { status, message } = payload
  if (status !== 'SUCCEEDED' && status !== 'FAILED') return undefined
  return { ...payload, message: typeof message === 'string' ? message : undefined }
}

function readCatalog({ streams, ...rest }: Json): Json | undefined {
  if (!Array.isArray(streams)) return undefined
  const read = streams.map((stream) => (isObject(stream) ? readStream(stream) : undefined))
  if (!read.every((stream) => stream !== undefined)) return undefined
  const named = read.filter(isNamable)
  const others = read.filter((stream) => !isNamable(stream)).map(({ name }) => String(name))
  const unnamable = others.length > 0 ? { unnamable_streams: others } : {}
  return { ...rest, streams: named, ...unnamable }
}

/** A name with a NUL would stop what is done for all streams in one statement (L7). */
function isNamable({ name, namespace }: Json): boolean {
  return ![name, namespace].some((text) => typeof text === 'string' && text.includes('\u0000'))
}

/**
 * Protocols of old say no modes: such a stream can be read whole. A cursor or a key that is not
 * written as one is none, and stops no other stream (L7).
 */
function readStream(payload: Json): Json | undefined {
  const { supported_sync_modes: modes, ...stream } = without(payload)
  const { default_cursor_field: cursor, source_defined_primary_key: key, ...rest } = stream
  const { name, namespace, json_schema: schema = {} } = rest
  if (typeof name !== 'string' || !isNamespace(namespace) || !isObject(schema)) return undefined
  return {
    ...rest,
    json_schema: schema,
    supported_sync_modes: isTexts(modes) && modes.length > 0 ? modes : ['full_refresh'],
    ...(isTexts(cursor) ? { default_cursor_field: cursor } : {}),
    ...(Array.isArray(key) && key.every(isTexts) ? { source_defined_primary_key: key } : {}),
  }
}

/** What takes a configuration's place is one. */
function readControl({ connectorConfig, ...control }: Json): Json {
  const has = isObject(connectorConfig) && isObject(connectorConfig['config'])
  return has ? { ...control, connectorConfig } : control
}

function readTrace(trace: Json): Json | undefined {
  switch (trace['type']) {
    case 'ERROR':
      return isObject(trace['error']) ? { ...trace, error: readError(trace['error']) } : undefined
    case 'STREAM_STATUS': {
      const { stream_status: status } = trace
      const isSound = isAboutStream(status) && typeof status['status'] === 'string'
      return isSound ? trace : undefined
    }
    case 'ANALYTICS': {
      const { analytics } = trace
      return isObject(analytics) && typeof analytics['value'] === 'string' ? trace : undefined
    }
    default:
      return trace
  }
}

/** An error stays one whatever is missing of it. */
function readError(payload: Json): Json {
  const { message, internal_message: internal, stack_trace: stack, ...rest } = without(payload)
  const { failure_type: type, stream_descriptor: stream, ...more } = rest
  return {
    ...more,
    message: typeof message === 'string' ? message : 'it failed and did not say why',
    ...(typeof internal === 'string' ? { internal_message: internal } : {}),
    ...(typeof stack === 'string' ? { stack_trace: stack } : {}),
    ...(FAILURE_TYPES.has(type) ? { failure_type: type } : {}),
    ...(isDescriptor(stream) ? { stream_descriptor: stream } : {}),
  }
}

const FAILURE_TYPES = new Set<unknown>([
  'config_error',
  'transient_error',
  'system_error',
] satisfies FailureType[])

/** A key that is null says the same as one that is not there. */
function without(payload: Json, keys: readonly string[] = Object.keys(payload)): Json {
  return Object.fromEntries(
    Object.entries(payload).filter(([key, value]) => value !== null || !keys.includes(key)),
  )
}

function isAboutStream(value: unknown): value is Json {
  return isObject(value) && isDescriptor(value['stream_descriptor'])
}

function isDescriptor(value: unknown): boolean {
  return isObject(value) && typeof value['name'] === 'string' && isNamespace(value['namespace'])
}

function isNamespace(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
