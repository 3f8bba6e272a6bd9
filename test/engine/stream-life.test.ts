// Resumed or refreshed: every way on which an attempt may find a stream.
import { expect, test } from 'vitest'
import {
  type AttemptStart,
  endOfFailure,
  endOfSuccess,
  startOf,
} from '../../src/engine/connection/stream-life.ts'
import type { JobType } from '../../src/engine/store/job.ts'

function start(syncMode: string, refreshing = false, jobType: JobType = 'sync'): AttemptStart {
  return startOf(jobType, [{ name: 'things', syncMode }], {
    generations: [{ name: 'things', namespace: '', generationId: 4, refreshing }],
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
  const { streams, states } = startOf('sync', choices, { generations: [], states: [] })
  expect(streams).toMatchObject([{ refreshes: false, generationId: 0, minimumGenerationId: 0 }])
  expect(states).toEqual([])
})

test('a refreshed stream loses its own state; what streams share goes with the last of them', () => {
  const incremental = (name: string) => ({ name, syncMode: 'incremental_append' })
  const states = [
    { kind: 'shared' as const, name: '', namespace: '', state: '1' },
    { kind: 'stream' as const, name: 'a', namespace: '', state: '2' },
    { kind: 'stream' as const, name: 'b', namespace: '', state: '3' },
  ]
  const refreshing = (name: string) => ({ name, namespace: '', generationId: 1, refreshing: true })
  const left = (...names: string[]) =>
    startOf('sync', [incremental('a'), incremental('b')], {
      generations: names.map(refreshing),
      states,
    }).states.map((row) => row.state)
  expect(left()).toEqual(['1', '2', '3'])
  expect(left('a')).toEqual(['1', '3'])
  expect(left('a', 'b')).toEqual([])
})

test('a refresh is over with an attempt that did it and succeeded', () => {
  const things = { name: 'things' }
  const resumed = start('incremental_append')
  const refreshed = start('incremental_append', true)
  expect(endOfSuccess('sync', resumed)).toMatchObject({ refreshed: [], forgetStates: false })
  expect(endOfSuccess('sync', refreshed)).toMatchObject({ refreshed: [things] })
  expect(endOfSuccess('clear', refreshed)).toMatchObject({ forgetStates: true })
  expect(endOfFailure(refreshed, [])).toMatchObject({ refreshed: [], forgetStates: false })
})

test('a state that expired orders a refresh, unless the stream was given none', () => {
  const things = { name: 'things' }
  expect(endOfFailure(start('incremental_append'), [things]).expired).toEqual([things])
  expect(endOfFailure(start('incremental_append', true), [things]).expired).toEqual([])
})
