// From a configured stream to its table: types, names, keys, modes, and what is refused.
import { describe, expect, test } from 'vitest'
import { configurationErrors } from '../../src/engine/connector/validation.ts'
import { configure, spec } from '../../src/destination-postgres/config.ts'
import { evolution } from '../../src/destination-postgres/evolution.ts'
import { identifier, identifiers, indexName } from '../../src/destination-postgres/naming.ts'
import { columnType, tableOf, tablesOf } from '../../src/destination-postgres/table.ts'
import type { ConfiguredStream, DestinationTable } from '../../src/protocol/message.ts'
import { append, dedup, things } from '../support/warehouse.ts'

const config = configure({ host: 'h', database: 'd', username: 'u', schema: 'w' })

test.each([
  [{ type: 'string' }, 'varchar'],
  [{ type: ['null', 'string'] }, 'varchar'],
  [{ type: 'string', format: 'date' }, 'date'],
  [{ type: 'string', format: 'date-time' }, 'timestamptz'],
  [
    { type: 'string', format: 'date-time', airbyte_type: 'timestamp_without_timezone' },
    'timestamp',
  ],
  [{ type: 'string', format: 'time', airbyte_type: 'time_with_timezone' }, 'timetz'],
  [{ type: 'string', format: 'time' }, 'time'],
  [{ type: 'integer' }, 'bigint'],
  [{ type: 'number', airbyte_type: 'integer' }, 'bigint'],
  [{ type: 'number' }, 'numeric'],
  [{ type: 'boolean' }, 'boolean'],
  [{ type: 'object' }, 'jsonb'],
  [{ type: 'array' }, 'jsonb'],
  [{ type: ['string', 'integer'] }, 'jsonb'],
  [{ oneOf: [{ type: 'string' }, { type: 'integer' }] }, 'jsonb'],
  [{ oneOf: [] }, 'jsonb'],
  [{ anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] }, 'date'],
  [{ oneOf: [{ type: 'string' }] }, 'varchar'],
  [{ anyOf: [{ oneOf: [{ type: ['null', 'integer'] }] }, { type: 'null' }] }, 'bigint'],
  [{ type: 'string', oneOf: [{ format: 'date' }, { format: 'email' }] }, 'varchar'],
  [{ type: 'null' }, 'jsonb'],
  [{}, 'jsonb'],
  [true, 'jsonb'],
])('the type of %j is %s', (property, type) => {
  expect(columnType(property)).toBe(type)
})

describe('names', () => {
  test('are letters, digits and underscores, and not longer than PostgreSQL keeps', () => {
    expect(identifier('a-b c')).toBe('a_b_c')
    expect(identifier('1st')).toBe('_1st')
    expect(identifier('Käse')).toBe('K_se')
    expect(identifier('x'.repeat(64))).toMatch(/^x{54}_[0-9a-f]{8}$/)
    expect(identifier('')).toMatch(/^default_name_[0-9a-f]{8}$/)
  })

  test('never meet', () => {
    const fields = ['a-b', 'a b', 'a_b', 'A_b', 'ctid', 'x'.repeat(70), `${'x'.repeat(70)}y`]
    const names = identifiers(fields, new Set(['ctid']))
    expect(new Set(names.values()).size).toBe(fields.length)
    expect(names.get('a_b')).toBe('a_b')
    expect(names.get('A_b')).toBe('A_b')
    expect(names.get('ctid')).not.toBe('ctid')
  })

  test('of indexes differ between tables', () => {
    expect(indexName('a', ['b_c'])).not.toBe(indexName('a_b', ['c']))
    expect(indexName('t'.repeat(80), ['c']).length).toBeLessThanOrEqual(63)
  })
})

describe('modes', () => {
  test('a deduplicated stream has a key and leaves out the column of deletions', () => {
    const table = tableOf(dedup(), config)
    expect(table).toMatchObject({ overwrites: false, deletedField: '_ab_cdc_deleted_at' })
    expect(table.key.map(({ name }) => name)).toEqual(['id'])
    expect(table.columns.map(({ name }) => name)).toEqual(['id', 'at', 'note'])
  })

  test('soft deletion marks in a column, whether it was selected or not', () => {
    const { _ab_cdc_deleted_at: _, ...few } = things.json_schema['properties'] as object & {
      _ab_cdc_deleted_at: unknown
    }
    for (const stream of [things, { ...things, json_schema: { properties: few } }]) {
      const table = tableOf(dedup(stream), { ...config, softDelete: true })
      expect(table.deletedMark?.name).toBe('_ab_cdc_deleted_at')
      expect(table.columns.map(({ name }) => name)).toContain('_ab_cdc_deleted_at')
      expect(tableOf(dedup(stream), config).deletedField).toBe('_ab_cdc_deleted_at')
    }
  })

  test('a source’s key promises nothing: without deduplication there is none', () => {
    for (const mode of ['append', 'overwrite'] as const) {
      const table = tableOf({ ...append(), destination_sync_mode: mode }, config)
      expect(table).toMatchObject({ key: [], cursor: undefined, deletedField: undefined })
      expect(table.columns.map(({ name }) => name)).toContain('_ab_cdc_deleted_at')
    }
    for (const mode of ['append_dedup', 'overwrite_dedup'] as const) {
      const table = tableOf({ ...append(), destination_sync_mode: mode }, config)
      expect(table.key.map(({ name }) => name)).toEqual(['id'])
    }
  })

  test('a platform without generations sends no statuses', () => {
    const { generation_id: _g, minimum_generation_id: _m, sync_id: _s, ...old } = append()
    const none = { generationId: 0, minimumGeneration: 0, syncId: 0 }
    expect(tableOf(old, config)).toMatchObject({ saysEnds: 'no', ...none })
    const nulls = { generation_id: null, minimum_generation_id: null, sync_id: null }
    expect(tableOf({ ...old, ...nulls }, config)).toMatchObject({ saysEnds: 'no', ...none })
    expect(tableOf(append(), config)).toMatchObject({ saysEnds: 'likely', ...none, syncId: 7 })
  })

  test('what cannot be is refused with a sentence', () => {
    const mixed = { ...append(), generation_id: 3, minimum_generation_id: 2 }
    expect(() => tableOf(mixed, config)).toThrow(/generations from 2 to 3/)
    const bare = { ...things, source_defined_primary_key: [] }
    expect(() => tableOf(dedup(bare, { primary_key: [] }), config)).toThrow(/no primary key/)
    expect(() => tableOf(dedup(things, { primary_key: [['no']] }), config)).toThrow(
      /primary key no/,
    )
    expect(() => tableOf(dedup(things, { cursor_field: ['a', 'b'] }), config)).toThrow(/a\.b/)
    const updates = { ...append(), destination_sync_mode: 'update' } as unknown
    expect(() => tableOf(updates as ConfiguredStream, config)).toThrow(/mode update/)
    expect(() => tableOf({ ...append(), generation_id: -1 }, config)).toThrow(/whole numbers/)
    const wrong = { ...append(), destination_table: {} as DestinationTable }
    expect(() => tableOf(wrong, config)).toThrow(/destination_table/)
    const twin = { ...things, name: 'a b' }
    const streams = [append(twin), append({ ...things, name: 'a-b' })]
    for (const one of tablesOf(streams, config)) {
      expect(one).toMatchObject({ refused: { code: 'TABLE_NAME_TAKEN' } })
    }
    const own = configure({ host: 'h', database: 'd', username: 'u', raw_data_schema: 'public' })
    expect(() => tableOf(append({ ...things, name: 'fence' }), own)).toThrow(
      /the destination’s own/,
    )
    const flat = { primary_key: ['id'] } as unknown as Partial<ConfiguredStream>
    expect(() => tableOf(dedup(things, flat), config)).toThrow(/primary_key .* lists of names/)
    const word = { cursor_field: 'at' } as unknown as Partial<ConfiguredStream>
    expect(() => tableOf(dedup(things, word), config)).toThrow(/cursor_field .* lists of names/)
  })

  test('indexes follow the names of the columns; one with an unknown column is left out', () => {
    const json_schema = { ...things.json_schema, 'x-indexes': [['at', 'note'], ['nothing'], 'x'] }
    const table = tableOf(dedup({ ...things, json_schema }), config)
    expect(table.indexes.map(({ columns }) => columns)).toEqual([['at', 'note']])
  })
})

describe('the evolution of a table', () => {
  const table = tableOf(dedup(), config)
  const columns = new Map([
    ['_airbyte_raw_id', 'character varying'],
    ['_airbyte_extracted_at', 'timestamp with time zone'],
    ['_airbyte_meta', 'jsonb'],
    ['_airbyte_generation_id', 'bigint'],
    ['id', 'character varying'],
    ['at', 'bigint'],
    ['note', 'character varying'],
  ])
  const key = { name: 'things_pkey', columns: ['id'] }

  test('nothing to do is nothing done; a column that the stream lost stays', () => {
    const more = new Map([...columns, ['lost', 'jsonb']])
    const done = { statements: [], rewrites: false }
    expect(evolution(table, { columns: more, key })).toEqual(done)
    const asText = new Map([...columns, ['note', 'text']])
    expect(evolution(table, { columns: asText, key })).toEqual(done)
  })

  test('new columns, also of meta, are added without a constraint on rows that are there', () => {
    const fewer = new Map([...columns].filter(([name]) => !/note|meta/.test(name)))
    expect(evolution(table, { columns: fewer, key })).toEqual({
      statements: [
        'alter table "w"."things" add column if not exists "_airbyte_meta" jsonb',
        'alter table "w"."things" add column if not exists "note" varchar',
      ],
      rewrites: false,
    })
  })

  test('a type is cast, a mere length is loosened', () => {
    const other = new Map([...columns, ['at', 'numeric(38,9)'], ['note', 'character varying(10)']])
    expect(evolution(table, { columns: other, key })).toEqual({
      statements: [
        'alter table "w"."things" alter column "at" type bigint using "at"::text::bigint',
        'alter table "w"."things" alter column "note" type varchar',
      ],
      rewrites: true,
    })
  })

  test('a key comes, goes and changes', () => {
    const add = 'alter table "w"."things" add primary key ("id")'
    const none = { columns, key: undefined }
    expect(evolution(table, none)).toEqual({ statements: [add], rewrites: true })
    const old = { name: 'old', columns: ['id', 'at'] }
    const drop = 'alter table "w"."things" drop constraint "old", alter column "at" drop not null'
    expect(evolution(table, { columns, key: old }).statements).toEqual([drop, add])
  })
})

describe('the configuration', () => {
  const given = { host: 'h', port: 5432, database: 'd', username: 'u', password: 'p' }

  test('is Airbyte’s own, unknown keys included', () => {
    const more = { jdbc_url_params: 'x=1', drop_cascade: true, unconstrained_number: true, z: 1 }
    expect(configure({ ...given, ...more })).toMatchObject({ schema: 'public', port: 5432 })
  })

  test.each([
    [{ host: '' }, /host is missing/],
    [{ port: 'x' }, /port must be/],
    [{ ssl_mode: { mode: 'maybe' } }, /ssl_mode/],
    [{ tunnel_method: { tunnel_method: 'SSH_KEY_AUTH' } }, /tunnel/],
    [{ disable_type_dedupe: true }, /raw tables/],
  ])('%j is refused', (wrong, sentence) => {
    expect(() => configure({ ...given, ...wrong })).toThrow(sentence)
  })

  test.each([
    'postgres://bob:pw1secret@db.example.com/w',
    'db.example.com:5432',
    'bob@db.example.com',
    'db.example.com/w',
    'db example.com',
  ])('L5: the host %s is refused, and not said again', async (host) => {
    const errors = await configurationErrors(spec.connectionSpecification, {
      ...given,
      schema: 's',
      host,
    })
    expect(errors).toMatchObject([{ pointer: '/host' }])
    expect(JSON.stringify(errors)).not.toMatch(/pw1secret/)
    expect(() => configure({ ...given, host })).toThrow(/^host must be a host’s name[^@]*$/)
  })

  test.each([' db.example.com\n', '10.0.0.1', '::1', '[fe80::1%eth0]', '/var/run/postgresql'])(
    'the host %j is one',
    async (host) => {
      const specification = spec.connectionSpecification
      expect(await configurationErrors(specification, { ...given, schema: 's', host })).toEqual([])
      expect(configure({ ...given, host }).host).toBe(host.trim())
    },
  )
})
