// Messages of other people's connectors, as their languages write them.
import { expect, test } from 'vitest'
import { parseMessage } from '../../src/engine/connector/message.ts'

const parsed = (message: object): unknown => parseMessage(JSON.stringify(message))

test('an error stays an error, whatever of it is null, missing or unheard of', () => {
  const error = (given: object) => {
    const message = parsed({
      type: 'TRACE',
      trace: { type: 'ERROR', emitted_at: 1.5, error: given },
    })
    return (message as { trace: { error: unknown } }).trace.error
  }
  const nulls = { internal_message: null, stack_trace: null, failure_type: null }
  expect(error({ message: 'no', ...nulls, stream_descriptor: null })).toEqual({ message: 'no' })
  expect(error({ failure_type: 'someday_error' })).toEqual({
    message: 'it failed and did not say why',
  })
  const whole = { message: 'm', internal_message: 'i', stack_trace: 's' }
  const stream = { stream_descriptor: { name: 'a', namespace: null }, failure_type: 'config_error' }
  expect(error({ ...whole, ...stream, state_expired: true })).toEqual({
    ...whole,
    ...stream,
    state_expired: true,
  })
})

test('a log has a text and a level that there is', () => {
  const log = { level: 'WARNING', message: 'm', stack_trace: null }
  expect(parsed({ type: 'LOG', log })).toEqual({
    type: 'LOG',
    log: { level: 'INFO', message: 'm' },
  })
  expect(parsed({ type: 'LOG', log: { level: 'INFO', message: null } })).toBeUndefined()
})

test('a state is one of three kinds, said or seen, and has what makes it so', () => {
  const stream = { stream_descriptor: { name: 'a', namespace: null }, stream_state: null }
  const nulls = { type: null, global: null, data: null, sourceStats: null, id: null }
  const state = (given: object) => (parsed({ type: 'STATE', state: given }) as never)?.['state']
  expect(state({ ...nulls, stream })).toEqual({ type: 'STREAM', stream })
  expect(state({ global: { shared_state: { x: null }, stream_states: null } })).toEqual({
    type: 'GLOBAL',
    global: { shared_state: { x: null }, stream_states: [] },
  })
  expect(state({ data: { x: null } })).toEqual({ type: 'LEGACY', data: { x: null } })
  for (const none of [
    {},
    { type: 'STREAM' },
    { type: 'STREAM', stream: {} },
    { type: 'STREAM', stream: { stream_descriptor: { name: 1 } } },
    { type: 'GLOBAL', stream },
    { type: 'GLOBAL', global: { stream_states: [{}] } },
    { type: 'LEGACY', data: null },
    { type: 'SOMEDAY', stream },
  ]) {
    expect(state(none), JSON.stringify(none)).toBeUndefined()
  }
})

test('what is offered is taken from protocols of old, too, and never half', () => {
  const catalog = (...streams: unknown[]) => parsed({ type: 'CATALOG', catalog: { streams } })
  const nulls = { namespace: null, default_cursor_field: null, source_defined_primary_key: null }
  expect(catalog({ name: 'a', json_schema: { x: null }, ...nulls, is_resumable: true })).toEqual({
    type: 'CATALOG',
    catalog: {
      streams: [
        {
          name: 'a',
          json_schema: { x: null },
          supported_sync_modes: ['full_refresh'],
          is_resumable: true,
        },
      ],
    },
  })
  const odd = { source_defined_primary_key: ['id'], default_cursor_field: 'at' }
  const plain = { name: 'a', json_schema: {}, supported_sync_modes: ['full_refresh'] }
  expect(catalog({ name: 'a', ...odd, supported_sync_modes: [1] })).toEqual({
    type: 'CATALOG',
    catalog: { streams: [plain] },
  })
  const said = { source_defined_primary_key: [['id']], default_cursor_field: ['at'] }
  const whole = { ...plain, ...said, supported_sync_modes: ['incremental'], is_resumable: false }
  expect(catalog(whole)).toEqual({ type: 'CATALOG', catalog: { streams: [whole] } })
  const nul = { name: 's\u0000x', json_schema: {} }
  expect(catalog(nul, whole, { name: 's', namespace: '\u0000', json_schema: {} })).toEqual({
    type: 'CATALOG',
    catalog: { streams: [whole], unnamable_streams: ['s\u0000x', 's'] },
  })
  for (const stream of [null, { name: 1 }, { name: 'a', json_schema: [] }]) {
    expect(catalog({ name: 'b' }, stream)).toBeUndefined()
  }
})

test('a configuration is replaced by one, and by nothing else', () => {
  const control = (connectorConfig: unknown) =>
    parsed({ type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', connectorConfig } })
  const whole = { config: { key: null } }
  expect(control(whole)).toMatchObject({ control: { connectorConfig: whole } })
  for (const none of [null, {}, { config: null }, { config: 'x' }, { config: [] }]) {
    expect(control(none)).toEqual({ type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG' } })
  }
})

test('a status or an answer without its subject is no message', () => {
  for (const trace of [
    { type: 'STREAM_STATUS' },
    { type: 'STREAM_STATUS', stream_status: { status: 'COMPLETE' } },
    { type: 'STREAM_STATUS', stream_status: { stream_descriptor: { name: 'a' } } },
    { type: 'ERROR', error: null },
    { type: 'ANALYTICS', analytics: { type: 't' } },
  ]) {
    expect(parsed({ type: 'TRACE', trace }), JSON.stringify(trace)).toBeUndefined()
  }
  const estimate = { type: 'TRACE', trace: { type: 'ESTIMATE', estimate: { name: 'a' } } }
  expect(parsed(estimate)).toEqual(estimate)
  expect(parsed({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'OK' } })).toBeUndefined()
  expect(parsed({ type: 'SPEC', spec: { connectionSpecification: null } })).toBeUndefined()
  const connectionSpecification = { type: 'object', default: null }
  for (const modes of [null, [], 'append']) {
    const spec = { connectionSpecification, supported_destination_sync_modes: modes }
    expect(parsed({ type: 'SPEC', spec })).toEqual({
      type: 'SPEC',
      spec: { connectionSpecification },
    })
  }
})
