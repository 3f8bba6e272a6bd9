// Resumed or refreshed: every way on which an attempt may find a stream.
import { expect, test } from 'vitest'
import {
  type AttemptStart,
  earnedBy,
  endOfFailure,
  endOfSuccess,
  type Expired,
  startOf,
} from '../../src/engine/connection/stream-life.ts'
import type { GenerationRow, StreamVersion } from '../../src/engine/store/state.ts'
import type { JobType } from '../../src/engine/store/shapes.ts'

const table = { incarnation: 'i', commits: 3 }

function version(syncMode: string, more: Partial<StreamVersion> = {}): StreamVersion {
  return {
    sourceId: 's',
    destinationId: 'd',
    configuration: 'c',
    stream: { name: 'things' },
    syncMode,
    primaryKey: [['id']],
    cursorField: ['at'],
    fields: { id: 'string', at: 'integer' },
    ...more,
  }
}

function row(syncMode: string, more: Partial<GenerationRow> = {}): GenerationRow {
  const earned = version(syncMode)
  const of = { name: 'things', namespace: '', generationId: 4, refreshing: false }
  return { ...of, earned, destinationTable: table, ...more }
}

function start(syncMode: string, refreshing = false, jobType: JobType = 'sync'): AttemptStart {
  const known = row(syncMode, refreshing ? { refreshing, earned: null } : {})
  return startOf(jobType, [{ name: 'things', syncMode }], [version(syncMode)], {
    generations: [known],
    states: [{ kind: 'stream', name: 'things', namespace: '', state: '{"at":9}' }],
  })
}

test.each<[string, boolean, JobType, { refreshes: boolean; generations: [number, number] }]>([
  ['incremental_append', false, 'sync', { refreshes: false, generations: [4, 0] }],
  ['incremental_deduped_history', false, 'sync', { refreshes: false, generations: [4, 0] }],
  ['incremental_append', true, 'sync', { refreshes: true, generations: [5, 5] }],
  ['incremental_deduped_history', true, 'sync', { refreshes: true, generations: [5, 5] }],
  ['incremental_append', false, 'clear', { refreshes: true, generations: [5, 5] }],
  ['full_refresh_append', false, 'sync', { refreshes: true, generations: [5, 0] }],
  ['full_refresh_append', true, 'sync', { refreshes: true, generations: [5, 5] }],
  ['full_refresh_append', false, 'clear', { refreshes: true, generations: [5, 5] }],
  ['full_refresh_overwrite', false, 'sync', { refreshes: true, generations: [5, 5] }],
  ['full_refresh_overwrite_deduped', false, 'sync', { refreshes: true, generations: [5, 5] }],
])('%s, refreshing %j, in a %s: %j', (syncMode, refreshing, jobType, expected) => {
  const { streams, states } = start(syncMode, refreshing, jobType)
  const [generationId, minimumGenerationId] = expected.generations
  const { refreshes } = expected
  expect(streams).toMatchObject([{ refreshes, generationId, minimumGenerationId }])
  expect(states).toHaveLength(refreshes ? 0 : 1)
})

test('a stream that nothing is known of is resumed from no state, in generation 0', () => {
  const choices = [{ name: 'things', namespace: 'a', syncMode: 'incremental_append' }]
  const versions = [version('incremental_append')]
  const { streams, states } = startOf('sync', choices, versions, { generations: [], states: [] })
  expect(streams).toMatchObject([
    { refreshes: false, opens: true, generationId: 0, minimumGenerationId: 0, table: null },
  ])
  expect(states).toEqual([])
})

test('a refreshed stream loses its own state; what streams share goes with the last of them', () => {
  const incremental = (name: string) => ({ name, syncMode: 'incremental_append' })
  const states = [
    { kind: 'shared' as const, name: '', namespace: '', state: '1' },
    { kind: 'stream' as const, name: 'a', namespace: '', state: '2' },
    { kind: 'stream' as const, name: 'b', namespace: '', state: '3' },
  ]
  const versions = ['a', 'b'].map((name) => version('incremental_append', { stream: { name } }))
  const left = (...names: string[]) =>
    startOf('sync', [incremental('a'), incremental('b')], versions, {
      generations: ['a', 'b'].map((name, i) => ({
        ...row('incremental_append'),
        name,
        earned: versions[i]!,
        refreshing: names.includes(name),
      })),
      states,
    }).states.map((one) => one.state)
  expect(left()).toEqual(['1', '2', '3'])
  expect(left('a')).toEqual(['1', '3'])
  expect(left('a', 'b')).toEqual([])
})

test('a state that all streams share is given back for all of them, or for none', () => {
  const legacy = { kind: 'legacy' as const, name: '', namespace: '', state: '1' }
  const choices = [
    { name: 'a', syncMode: 'incremental_append' },
    { name: 'b', syncMode: 'incremental_append' },
    { name: 'whole', syncMode: 'full_refresh_append' },
  ]
  const versions = choices.map(({ name, syncMode }) => version(syncMode, { stream: { name } }))
  const generations = choices.map(({ name }, i) => ({
    ...row(''),
    name,
    earned: versions[i]!,
    refreshing: name === 'a',
  }))
  const begun = startOf('sync', choices, versions, { generations, states: [legacy] })
  expect(begun.states).toEqual([])
  expect(begun.streams.map((one) => [one.generationId, one.minimumGenerationId])).toEqual([
    [5, 5],
    [5, 5],
    [5, 0],
  ])
})

test('a state is given with the table that it was earned with', () => {
  expect(start('incremental_append').streams).toMatchObject([{ table, opens: false }])
  expect(start('incremental_append', true).streams).toMatchObject([{ table: null, opens: true }])
  const choices = [{ name: 'things', syncMode: 'incremental_append' }]
  const begin = (known: GenerationRow, states: AttemptStart['states']) =>
    startOf('sync', choices, [version('incremental_append')], { generations: [known], states })
  const state = { kind: 'stream' as const, name: 'things', namespace: '', state: '1' }
  const untold = row('incremental_append', { destinationTable: null })
  expect(begin(untold, [state]).streams[0]?.table).toBeUndefined()
  expect(begin(row('incremental_append'), []).streams[0]?.table).toBeNull()
})

test('a state that was earned with something else is dropped, and the stream refreshed', () => {
  const state = { kind: 'stream' as const, name: 'things', namespace: '', state: '1' }
  const generations = [row('incremental_append')]
  const choices = [{ name: 'things', syncMode: 'incremental_append' }]
  const now = version('incremental_append', { stream: { name: 'my_things' } })
  const begun = startOf('sync', choices, [now], { generations, states: [state] })
  expect(begun.states).toEqual([])
  expect(begun.streams).toMatchObject([
    { refreshes: true, opens: true, generationId: 5, minimumGenerationId: 5, table: null },
  ])
})

test('a stream that is not chosen any more loses its state, once', () => {
  const state = { kind: 'stream' as const, name: 'things', namespace: '', state: '1' }
  const choices = [{ name: 'others', syncMode: 'incremental_append' }]
  const versions = [version('incremental_append', { stream: { name: 'others' } })]
  const begin = (known: GenerationRow) =>
    startOf('sync', choices, versions, { generations: [known], states: [state] })
  const begun = begin(row('incremental_append'))
  expect(begun).toMatchObject({ dropped: [{ name: 'things' }], states: [] })
  const gone = row('incremental_append', { refreshing: true, earned: null })
  expect(begin(gone).dropped).toEqual([])
})

test('two streams that would go to one place are refused', () => {
  const choices = ['a', 'b'].map((namespace) => ({
    name: 'things',
    namespace,
    syncMode: 'incremental_append',
  }))
  const versions = [version('incremental_append'), version('incremental_append')]
  const kept = { generations: [], states: [] }
  expect(() => startOf('sync', choices, versions, kept)).toThrow(/more than one stream/)
})

test('a refresh is over with an attempt that did it and succeeded', () => {
  const resumed = start('incremental_append')
  const refreshed = start('incremental_append', true)
  const earned = version('incremental_append')
  const over = { name: 'things', refreshing: false, earned }
  expect(endOfSuccess('sync', resumed)).toMatchObject({ earned: [over], forgetStates: false })
  expect(endOfSuccess('sync', refreshed)).toMatchObject({ earned: [over] })
  expect(endOfSuccess('clear', refreshed)).toMatchObject({
    earned: [{ earned: null, destinationTable: null, refreshing: false }],
    forgetStates: true,
  })
  expect(endOfFailure(refreshed, [])).toMatchObject({ earned: [], forgetStates: false })
})

test('a state that came back half-way ends no refresh, but begins what was never synced', () => {
  const [refreshed] = start('incremental_append', true).streams
  expect(earnedBy(refreshed!, table)).toMatchObject({ refreshing: true, destinationTable: table })
  const choices = [{ name: 'things', syncMode: 'incremental_append' }]
  const nothing = { generations: [], states: [] }
  const [first] = startOf('sync', choices, [version('incremental_append')], nothing).streams
  expect(earnedBy(first!, null)).toMatchObject({ refreshing: false, destinationTable: null })
})

test('a state that expired orders a refresh, unless the source was given none', () => {
  const things = { name: 'things' }
  const said = (by: Expired['by']): Expired[] => [{ stream: things, by }]
  const resumed = start('incremental_append')
  const refreshed = start('incremental_append', true)
  expect(endOfFailure(resumed, said('source')).expired).toEqual([things])
  expect(endOfFailure(refreshed, said('source')).expired).toEqual([])
  expect(endOfFailure(refreshed, said('destination')).expired).toEqual([things])
  const both = [...said('source'), ...said('destination')]
  expect(endOfFailure(resumed, both).expired).toEqual([things])
})
