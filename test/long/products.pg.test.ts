// Streams join a connection that was made before there were any: by a newer version, or because
// more is asked of Plaid. The old streams go on where they are, state and rows.
import { expect, test } from 'vitest'
import { streamsOf } from '../../src/catalog/catalog.ts'
import { products } from '../../src/catalog/stream.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { findConnection } from '../../src/server/airbyte/connection.ts'
import { startSystem, type System } from '../support/system.ts'

const old = ['transactions', 'accounts']

interface Configured {
  configurations: { streams: { name: string }[] }
}

interface States {
  streamState: { streamDescriptor: { name: string }; streamState: unknown }[]
}

async function stateOf({ airbyte }: System, connectionId: string, name: string): Promise<unknown> {
  const { streamState } = await airbyte.configApi<States>('/state/get', { connectionId })
  return streamState.find((one) => one.streamDescriptor.name === name)?.streamState
}

/** A row that is written anew, with the same in it, is another. */
function writtenRows({ warehouse }: System) {
  return many(
    warehouse,
    sql`select transaction_id, xmin::text, ctid::text, _airbyte_generation_id::text
        from airbyte_plaid.transactions order by transaction_id`,
  )
}

test(
  'new streams join a connection, and its transactions are neither read again nor written',
  { timeout: 300_000 },
  async () => {
    await using system = await startSystem()
    const { publicApi } = system.airbyte
    const connection = (await findConnection(system.airbyte))!
    const path = `/connections/${connection.connectionId}`
    const state = () => stateOf(system, connection.connectionId, 'transactions')
    const { configurations } = await publicApi<Configured>('GET', path)
    // As a version made it that knew no others.
    const streams = configurations.streams.filter(({ name }) => old.includes(name))
    await publicApi('PATCH', path, { configurations: { streams } })
    for (const { name } of streamsOf([])) {
      if (old.includes(name)) continue
      await system.warehouse.query(`drop table if exists airbyte_plaid.${name}`)
    }
    await system.tartan('sync')
    const before = { rows: await writtenRows(system), state: await state() }
    expect(before.rows.length).toBeGreaterThan(1_000)

    system.env['PLAID_PRODUCTS'] = products.join(',')
    await system.tartan('stop')
    await system.tartan('start')
    await system.tartan('setup')
    expect(await state()).toEqual(before.state)
    const chosen = (await publicApi<Configured>('GET', path)).configurations.streams
    const expected = streamsOf(products).map(({ name }) => name)
    expect(chosen.map(({ name }) => name).toSorted()).toEqual(expected.toSorted())

    await system.tartan('plaid-sync')
    const { warehouse } = JSON.parse(await system.tartan('verify', '--json')) as {
      warehouse: { unsynced: string[] }
    }
    expect(warehouse.unsynced).toContain('recurring_streams')
    await system.tartan('sync')
    expect(await writtenRows(system)).toEqual(before.rows)
    expect(await state()).toMatchObject({
      epoch: (before.state as { epoch: string }).epoch,
    })
    for (const name of ['recurring_streams', 'investment_holdings', 'liabilities_credit']) {
      const found = await many(system.warehouse, {
        text: `select from airbyte_plaid.${name} limit 1`,
        values: [],
      })
      expect(found, name).toHaveLength(1)
    }
    await system.tartan('verify')
  },
)
