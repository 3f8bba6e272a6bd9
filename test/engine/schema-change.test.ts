// What a connection makes of a source that offers something else than it did.
import { expect, test } from 'vitest'
import { schemaChange } from '../../src/engine/connection/schema-change.ts'
import { chooseStreams } from '../../src/engine/connection/stream-choice.ts'
import type { DestinationMeans } from '../../src/engine/connection/sync-mode.ts'
import type { StreamChoice } from '../../src/engine/store/connection.ts'
import type { AirbyteStream } from '../../src/protocol/message.ts'
import type { SchemaBehavior } from '../../src/engine/store/shapes.ts'

const text = { type: 'string' }

function stream(name: string, fields: Record<string, object>, more = {}): AirbyteStream {
  return {
    name,
    json_schema: { type: 'object', properties: fields },
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: ['at'],
    source_defined_primary_key: [['id']],
    ...more,
  }
}

const s = stream('s', { id: text, at: text, a: text })
const other = stream('other', { id: text, at: text })
const choice: StreamChoice = { name: 's', syncMode: 'incremental_deduped_history' }

const means: DestinationMeans = {
  supportsRefreshes: true,
  modes: ['append', 'overwrite', 'append_dedup'],
}

function change(
  behavior: SchemaBehavior,
  offered: AirbyteStream[],
  streams = [choice],
  known = [s, other],
  rest: object = {},
) {
  const connection = {
    streams,
    catalog: { streams: known },
    nonBreakingSchemaUpdatesBehavior: behavior,
    namespaceDefinition: 'destination' as const,
    namespaceFormat: null,
    prefix: '',
    ...rest,
  }
  return schemaChange(connection, { streams: offered }, means)
}

const wider = stream('s', { id: text, at: text, a: text, extra: { type: ['null', 'string'] } })

test('what did not change, or changed in words alone, changes nothing', () => {
  for (const behavior of ['propagate_columns', 'propagate_fully', 'disable_connection'] as const) {
    const same = stream('s', { at: { ...text, description: 'new words' }, a: text, id: text })
    expect(change(behavior, [other, same])).toEqual({
      adopted: undefined,
      present: [choice],
      pause: undefined,
      notes: [],
    })
  }
})

test('columns are followed: new ones come, and those that are gone go', () => {
  const { adopted, notes, pause } = change('propagate_columns', [wider, other])
  expect([pause, adopted?.streams]).toEqual([undefined, [choice]])
  expect(adopted?.catalog.streams).toEqual([wider, other])
  expect(notes).toEqual(['the field extra of the stream s is new'])
  const narrow = stream('s', { id: text, at: { type: 'integer' } })
  expect(change('propagate_columns', [narrow, other]).notes).toEqual([
    'the field at of the stream s is integer, and was string',
    'the field a of the stream s is gone',
  ])
})

test('a selection gets what is new, not what was left out', () => {
  const some = { ...choice, selectedFields: [{ fieldPath: ['id'] }, { fieldPath: ['at'] }] }
  const { adopted } = change('propagate_columns', [wider, other], [some])
  const fields = adopted?.streams[0]?.selectedFields?.map(({ fieldPath }) => fieldPath[0])
  expect(fields).toEqual(['id', 'at', 'extra'])
})

test('new streams are followed where everything is; a table is nobody’s twice', () => {
  const added = stream('added', { id: text, at: text })
  const whole = stream('whole', { id: text }, { supported_sync_modes: ['full_refresh'] })
  const twin = stream('s', { id: text, at: text }, { namespace: 'second' })
  const offered = [s, other, added, whole, twin]
  expect(change('propagate_columns', offered)).toMatchObject({ adopted: undefined, notes: [] })
  const full = change('propagate_fully', offered)
  expect(full.adopted?.streams).toEqual([
    choice,
    { name: 'added', syncMode: 'incremental_deduped_history' },
    { name: 'whole', syncMode: 'full_refresh_overwrite' },
  ])
  expect(full.present).toEqual(full.adopted?.streams)
  expect(full.notes).toContain('the new stream s is not synced: another one has its table')
  // One that was there and not chosen is not new.
  expect(full.adopted?.catalog.streams.map(({ name }) => name)).toEqual([
    's',
    'other',
    'added',
    'whole',
  ])
})

test('a stream that is gone is not read, and stays chosen for when it comes back', () => {
  const both = [choice, { name: 'other', syncMode: 'full_refresh_overwrite' }]
  const { adopted, present, pause, notes } = change('propagate_columns', [s], both)
  expect([adopted, present, pause]).toEqual([undefined, [choice], undefined])
  expect(notes).toEqual(['the source has no stream other any more: its table stays as it is'])
  expect(change('propagate_columns', [other]).pause).toMatchObject({ breaking: true })
})

test.each<[string, AirbyteStream]>([
  ['the key is gone', stream('s', { at: text, a: text })],
  ['the source names no key any more', { ...s, source_defined_primary_key: [] }],
  ['it is not incremental any more', { ...s, supported_sync_modes: ['full_refresh'] }],
  ['it has no cursor any more', { ...s, source_defined_cursor: false, default_cursor_field: [] }],
])('it breaks, whatever is followed: %s', (_name, broken) => {
  for (const behavior of ['propagate_columns', 'propagate_fully', 'disable_connection'] as const) {
    const { pause, adopted } = change(behavior, [broken, other])
    expect([pause?.breaking, adopted]).toEqual([true, undefined])
    expect(pause?.reason).toContain('breaks the stream s')
  }
})

test('a connection that stops says at what', () => {
  const added = stream('added', { id: text, at: text })
  const { pause } = change('disable_connection', [wider, added])
  expect(pause).toMatchObject({ breaking: false })
  expect(pause?.reason).toContain(
    'the field extra of the stream s is new; the stream other is gone; the stream added is new',
  )
})

test('a cursor that is gone breaks what reads by it, and another one does not', () => {
  const gone = stream('s', { id: text, a: text })
  for (const syncMode of ['incremental_deduped_history', 'incremental_append']) {
    const { pause } = change('propagate_columns', [gone, other], [{ name: 's', syncMode }])
    expect(pause).toMatchObject({ breaking: true, reason: expect.stringContaining('cursor at') })
  }
  const whole = [{ name: 's', syncMode: 'full_refresh_append' }]
  expect(change('propagate_columns', [gone, other], whole).pause).toBeUndefined()
  const moved = stream('s', { id: text, b: text }, { default_cursor_field: ['b'] })
  expect(change('propagate_columns', [moved, other]).pause).toBeUndefined()
})

test('rows are compared by top-level fields only, where the destination makes columns', () => {
  const fields = { id: text, at: text, data: { type: 'object' } }
  const nested = [
    stream('s', fields, { source_defined_primary_key: [['data', 'id']] }),
    stream('s', fields, { default_cursor_field: ['data', 'at'] }),
  ]
  for (const one of nested) {
    const choose = (syncMode: string, to: DestinationMeans) =>
      chooseStreams({ streams: [one] }, [{ name: 's', syncMode }], to)
    const sentence = /top-level fields only, and data\.(id|at) is none/
    for (const syncMode of ['incremental_deduped_history', 'full_refresh_overwrite_deduped']) {
      expect(() => choose(syncMode, means)).toThrow(sentence)
      // One that keeps JSON may know them.
      const foreign = { ...means, supportsRefreshes: false }
      expect(choose(syncMode, foreign)).toMatchObject([{ syncMode }])
    }
    expect(choose('incremental_append', means)).toMatchObject([{ name: 's' }])
    // One that is new is synced all the same, and one that becomes so is not tried for ever.
    const known = [{ name: 'other', syncMode: 'full_refresh_append' }]
    const full = change('propagate_fully', [one, other], known, [other])
    const whole = { name: 's', syncMode: 'full_refresh_overwrite' }
    expect(full.adopted?.streams).toEqual([...known, whole])
    expect(change('propagate_columns', [one, other]).pause?.reason).toMatch(sentence)
  }
})

test('a type is seen behind alternatives, too, however a null is written', () => {
  const of = (...types: object[]) => stream('s', { id: text, at: text, a: { anyOf: types } })
  const follow = (before: AirbyteStream, now: AirbyteStream) =>
    change('propagate_columns', [now, other], [choice], [before, other]).notes
  const none = { type: 'null' }
  const number = { type: 'integer', description: 'new words' }
  expect(follow(of(text, none), of(number, none))).toEqual([
    'the field a of the stream s is integer, and was string',
  ])
  expect(follow(of(text, none), of(none, { type: 'string', format: 'date' }))).toEqual([
    'the field a of the stream s is string date, and was string',
  ])
  expect(follow(of(text, number), of(text, none))).toEqual([
    'the field a of the stream s is string, and was integer|string',
  ])
  expect(follow(s, of({ oneOf: [none, text] }))).toEqual([])
  expect(follow(of(text, number), of(number, none, text))).toEqual([])
})
