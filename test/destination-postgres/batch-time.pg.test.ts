// In a file of its own: it waits for as long as a batch may stay open.
import { expect, test } from 'vitest'
import { batchMsMax } from '../../src/destination-postgres/batch.ts'
import { ConnectorProcess } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import { dedup, row, state, warehouseConfig } from '../support/warehouse.ts'

test(
  'a batch is committed after its time, though the stream goes on',
  async () => {
    await using db = await testDatabase()
    const inputs = { config: warehouseConfig(db), catalog: { streams: [dedup()] } }
    await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs)
    await writer.send(row('a', 1), state(1))
    await writer.until((messages) => messages.some((m) => m.type === 'STATE'))
    const { rowCount } = await db.pool().query('select id from w.things')
    expect(rowCount).toBe(1)
  },
  batchMsMax + 15_000,
)
