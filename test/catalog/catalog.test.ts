import { describe, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { airbyteStream, describeStream, propertyNames } from '../../src/catalog/stream.ts'

describe.each(catalog)('the stream $name', (stream) => {
  const fields = propertyNames(stream.schema)

  test('has every column that it names among its fields', () => {
    const named = [
      ...stream.primaryKey,
      stream.cursorField,
      ...(stream.day === undefined ? [] : [stream.day]),
      ...(stream.deletion.kind === 'tombstone' ? [stream.deletion.field] : []),
      ...stream.indexes.flat(),
    ]
    expect(named.filter((field) => !fields.includes(field))).toEqual([])
  })

  test('explains every field with a sentence', () => {
    const { properties } = airbyteStream(stream).json_schema as {
      properties: Record<string, { description?: string }>
    }
    const silent = fields.filter((field) => !properties[field]?.description?.endsWith('.'))
    expect(silent).toEqual([])
  })

  test('has no access token in it (L5)', () => {
    expect(fields).not.toContain('access_token')
    expect(JSON.stringify(describeStream(stream))).not.toContain('access_token')
  })
})
