// A form is what the connector's specification says, and sends what was written, no more.
import { expect, test } from 'vitest'
import { maskSecrets, mergePatch, restoreMasked } from '../../src/engine/connector/configuration.ts'
import { configurationErrors } from '../../src/engine/connector/validation.ts'
import { spec } from '../../src/destination-postgres/config.ts'
import { changesOf, rebased } from '../../web/src/words/edits.ts'
import {
  chosen,
  complaintsOf,
  defaultsOf,
  fieldsOf,
  mask,
  type Schema,
  type Values,
  variantOf,
  withoutMasked,
  written,
} from '../../web/src/words/spec.ts'

const postgres = spec.connectionSpecification as Schema

test('fields come by their order, then the required ones, then by name', () => {
  const schema: Schema = {
    required: ['z'],
    properties: {
      b: {},
      a: {},
      z: {},
      second: { order: 2 },
      first: { order: 1 },
      kind: { const: 'x' },
      hidden: { airbyte_hidden: true },
    },
  }
  expect(fieldsOf(schema).map(({ name }) => name)).toEqual(['first', 'second', 'z', 'a', 'b'])
  expect(fieldsOf({ properties: { 'a/b~': {} } }, '/x')[0]?.pointer).toBe('/x/a~1b~0')
})

test('what is typed is sent in its type, and what is left empty is not sent', () => {
  const typed = { ...defaultsOf(postgres), host: 'h', port: '5433', username: '', password: mask }
  expect(written(postgres, typed)).toEqual({
    host: 'h',
    port: 5433,
    schema: 'public',
    raw_data_schema: 'airbyte_internal',
    cdc_deletion_mode: 'Hard delete',
    complete_at_end: false,
    password: mask,
  })
  const list: Schema = { properties: { ids: { type: 'array' } } }
  expect(written(list, { ids: '["a"]' })).toEqual({ ids: ['a'] })
  const maybe: Schema = { properties: { n: { type: ['null', 'integer'] } } }
  expect(written(maybe, { n: '7' })).toEqual({ n: 7 })
  expect(written(list, { ids: '["a"' })).toEqual({ ids: '["a"' })
})

test('another alternative keeps what it has in common with the one before', () => {
  const variants = postgres.properties?.['ssl_mode']?.oneOf ?? []
  const [full = {}, ca = {}] = variants.toReversed()
  const before = { mode: 'verify-full', ca_certificate: 'c', else: 1 }
  expect(variantOf(variants, before)).toBe(variants.indexOf(full))
  expect(chosen(ca, before)).toEqual({ mode: 'verify-ca', ca_certificate: 'c' })
})

test('the form finds what the engine finds, at the same pointers', async () => {
  const drafts: Values[] = [
    {},
    { host: 'h', port: 'x', database: 'd', schema: 's', username: 'u' },
    { host: 'h', port: '0', database: 'd', schema: 's', username: 'u' },
    {
      host: 'h',
      port: 1,
      database: 'd',
      schema: 's',
      username: 'u',
      ssl_mode: { mode: 'verify-ca' },
    },
    { host: 'h', port: 1, database: 'd', schema: 's', username: 'u' },
  ]
  for (const draft of drafts) {
    const sent = written(postgres, draft) as Values
    const schema = spec.connectionSpecification
    const errors = await configurationErrors(schema, sent)
    const engine = errors.map(({ pointer }) => pointer)
    expect([...complaintsOf(postgres, draft).keys()].toSorted()).toEqual(engine.toSorted())
  }
})

test('a pattern is told in the words of its descriptor; a kept secret is not looked at', () => {
  const key: Schema = { type: 'string', pattern: '^k-', pattern_descriptor: 'k-…' }
  const schema: Schema = { properties: { key } }
  expect(complaintsOf(schema, { key: 'x' }).get('/key')).toBe('must look like k-…')
  expect(complaintsOf(schema, { key: mask }).size).toBe(0)
  expect(complaintsOf(schema, { key: 'k-1' }).size).toBe(0)
})

test('what is optional and not there wants nothing', () => {
  const tunnel: Schema = { type: 'object', required: ['host'], properties: { host: {} } }
  const schema: Schema = { type: 'object', properties: { tunnel: { ...tunnel } } }
  expect(complaintsOf(schema, {}).size).toBe(0)
  expect([...complaintsOf(schema, { tunnel: {} }).keys()]).toEqual(['/tunnel/host'])
})

test('a copy has everything but the secrets', () => {
  expect(withoutMasked({ a: 1, key: mask, tls: { mode: 'x', ca: mask } })).toEqual({
    a: 1,
    tls: { mode: 'x' },
  })
})

test('only what was changed is sent, and the rest of a form follows what is kept now', () => {
  const opened = { rows: 1, mode: { mode: 'a', x: 1 }, ids: [{ id: 1, key: mask }], key: mask }
  const changed = { ...opened, mode: { mode: 'b', y: 2 }, ids: [], key: undefined }
  expect(changesOf(opened, structuredClone(opened))).toBeUndefined()
  expect(changesOf(opened, changed)).toEqual({
    mode: { mode: 'b', x: null, y: 2 },
    ids: [],
    key: null,
  })
  const now = {
    rows: 2,
    mode: { mode: 'a', x: 3 },
    ids: [{ id: 2, key: mask }],
    key: mask,
    more: 1,
  }
  expect(rebased(opened, changed, now)).toEqual({
    rows: 2,
    mode: { mode: 'b', y: 2 },
    ids: [],
    more: 1,
  })
  expect(rebased(opened, { ...opened, rows: '' }, now)).toEqual({ ...now, rows: '' })
})

test('an entry that is taken out of a list leaves the others their secrets', () => {
  const entry = { type: 'object', properties: { user: {}, pw: { airbyte_secret: true } } }
  const list = { type: 'array', items: entry }
  const schema: Schema = { properties: { list } }
  const kept = { list: ['a', 'b'].map((user) => ({ user, pw: `${user}-secret` })) }
  const shown = maskSecrets(schema, kept)
  const typed = { list: JSON.stringify((shown['list'] as unknown[]).slice(1), null, 2) }
  const sent = changesOf(written(schema, shown), written(schema, typed))
  expect(restoreMasked(kept, mergePatch(kept, sent))).toEqual({ list: kept.list.slice(1) })
})
