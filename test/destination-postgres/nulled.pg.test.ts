// What became null is counted by field and reason, for whoever runs the destination and for the
// log, and never told by what it was.
import { expect, test } from 'vitest'
import { runConnector } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import {
  append,
  complete,
  record,
  snapshot,
  state,
  things,
  warehouseConfig,
} from '../support/warehouse.ts'

const ints = {
  ...things,
  json_schema: { properties: { id: { type: 'string' }, at: { type: 'integer' } } },
}

test.each([
  ['as it goes', append(ints)],
  ['in the end', snapshot(ints)],
])('values that became null are counted and told: %s', async (_name, stream) => {
  await using db = await testDatabase()
  const input = [
    record({ id: 'a', at: 'IBAN DE02' }),
    record({ id: 'b', at: 2 }),
    record({ id: 'c', at: 'IBAN DE03' }),
    state(1),
    record({ id: 'd', at: '9'.repeat(40) }),
    record({ id: 'e', at: null }),
    complete(),
  ]
  const inputs = { config: warehouseConfig(db), catalog: { streams: [stream] } }
  const result = await runConnector('destination-postgres', 'write', inputs, input)
  expect(result.code).toBe(0)
  const told = result.messages.flatMap((one) =>
    one.type === 'TRACE' && one.trace.analytics ? [JSON.parse(one.trace.analytics.value)] : [],
  )
  expect(told.at(-1)).toMatchObject({
    recordCount: 5,
    nulled: [
      { field: 'at', reason: 'DESTINATION_SERIALIZATION_ERROR', count: 2 },
      { field: 'at', reason: 'DESTINATION_FIELD_SIZE_LIMITATION', count: 1 },
    ],
  })
  const lines = result.messages.flatMap((one) => (one.type === 'LOG' ? [one.log.message] : []))
  expect(lines).toContain(
    '2 values of the field at of the stream things became null: DESTINATION_SERIALIZATION_ERROR',
  )
  expect(JSON.stringify([lines, result.stderr])).not.toContain('IBAN')
})
