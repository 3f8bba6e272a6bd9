// What a change of a stream means for the rows that are there: every single one, and by whom it
// is noticed.
import { expect, test } from 'vitest'
import { changeOf, decideAll, removals } from '../../src/engine/connection/change.ts'
import { fingerprint } from '../../src/engine/connector/configuration.ts'
import type { GenerationRow, StreamVersion } from '../../src/engine/store/state.ts'

const before: StreamVersion = {
  sourceId: 's',
  destinationId: 'd',
  configuration: 'c',
  stream: { name: 'things', namespace: 'here' },
  syncMode: 'incremental_deduped_history',
  primaryKey: [['id']],
  cursorField: ['at'],
  fields: { id: 'string', at: 'integer', name: 'string' },
}

type Case = [string, Partial<StreamVersion>, 'none' | 'read_again', RegExp]

test.each<Case>([
  ['nothing', {}, 'none', /nothing about it changed/],
  ['a prefix', { stream: { name: 'my_things', namespace: 'here' } }, 'read_again', /my_things/],
  ['a namespace', { stream: { name: 'things', namespace: 'there' } }, 'read_again', /there/],
  ['no namespace', { stream: { name: 'things' } }, 'read_again', /goes to things/],
  ['one more field', { fields: { ...before.fields, x: 'string' } }, 'read_again', /field x is new/],
  ['a field less', { fields: { id: 'string', at: 'integer' } }, 'none', /name is left out/],
  ['a type', { fields: { ...before.fields, at: 'number' } }, 'read_again', /at is of another type/],
  ['a key', { primaryKey: [['id'], ['at']] }, 'read_again', /primary key is id, at, and was id/],
  ['a cursor', { cursorField: ['name'] }, 'read_again', /cursor is name, and was at/],
  ['a mode', { syncMode: 'incremental_append' }, 'read_again', /sync mode/],
  ['a source', { sourceId: 'other' }, 'read_again', /another source/],
  ['a destination', { destinationId: 'other' }, 'read_again', /another destination/],
])('%s', (_what, change, decision, reason) => {
  const decided = changeOf(before, { ...before, ...change }, true)
  expect(decided).toEqual({ decision, reason: expect.stringMatching(reason) })
})

test('another configuration is the destination’s to judge, if it can', () => {
  const after = { ...before, configuration: 'e' }
  expect(changeOf(before, after, true).decision).toBe('none')
  expect(changeOf(before, after, false).decision).toBe('read_again')
})

test('a key matters only where the stream is deduplicated', () => {
  const append = { ...before, syncMode: 'incremental_append' }
  expect(changeOf(append, { ...append, primaryKey: [] }, true).decision).toBe('none')
})

function row(more: Partial<GenerationRow> = {}): GenerationRow {
  const of = { name: 'things', namespace: '', generationId: 1, refreshing: false }
  return { ...of, earned: before, destinationTable: null, ...more }
}

test('what is read whole, or was never synced, or did not get through, is told as it is', () => {
  const decide = (rows: GenerationRow[], version = before) =>
    decideAll(rows, [{ stream: { name: 'things' }, version }], false)[0]
  const whole = { ...before, syncMode: 'full_refresh_overwrite' }
  expect(decide([row()], whole)).toMatchObject({
    decision: 'none',
    reason: expect.stringMatching(/read whole/),
  })
  const append = { ...before, syncMode: 'full_refresh_append' }
  expect(decide([row()], append)).toMatchObject({
    decision: 'read_again',
    reason: expect.stringMatching(/no history to append to/),
  })
  expect(decide([row()], { ...append, destinationId: 'other' })).toMatchObject({ decision: 'none' })
  expect(decide([row({ earned: append })], append)).toMatchObject({ decision: 'none' })
  expect(decide([])).toMatchObject({
    decision: 'none',
    reason: expect.stringMatching(/not synced yet/),
  })
  expect(decide([row({ earned: null })])).toMatchObject({ decision: 'none' })
  expect(decide([row({ earned: null, refreshing: true })])).toMatchObject({
    decision: 'read_again',
  })
  expect(decide([row()])).toMatchObject({ decision: 'none' })
  const mode = { ...before, syncMode: 'full_refresh_overwrite' }
  expect(decide([row({ earned: mode })])).toMatchObject({ decision: 'read_again' })
})

test('two streams for one place are refused, and a stream that is taken out is told', () => {
  const wanted = ['a', 'b'].map((name) => ({ stream: { name }, version: before }))
  expect(decideAll([], wanted, false).map((one) => one.decision)).toEqual(['refuse', 'refuse'])
  expect(removals([{ name: 'a' }, { name: 'c' }], wanted)).toMatchObject([
    { name: 'c', decision: 'none' },
  ])
})

test('L5: a configuration’s fingerprint has nothing of its secrets', () => {
  const schema = { properties: { host: {}, password: { airbyte_secret: true } } }
  const of = (value: Record<string, unknown>) => fingerprint(schema, value)
  const here = of({ host: 'a', password: 'one' })
  expect(of({ password: 'two', host: 'a' })).toBe(here)
  expect(of({ host: 'a' })).toBe(here)
  expect(of({ host: 'b', password: 'one' })).not.toBe(here)
})
