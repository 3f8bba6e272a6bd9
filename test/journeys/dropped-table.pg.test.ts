// `init` looks at the tables, not at whether some job once succeeded, and prints what is true.
import { expect, test } from 'vitest'
import { startSystem } from '../support/system.ts'

const MINUTES = 60_000

const counts = `select (select count(*) from airbyte_plaid.accounts)::int as accounts,
                       (select count(*) from airbyte_plaid.transactions)::int as transactions`

test(
  'where a table was dropped or emptied, or is of another feed, init syncs until it is back',
  { timeout: 4 * MINUTES },
  async () => {
    await using system = await startSystem()
    const count = async () => (await system.warehouse.query(counts)).rows[0] as object
    const before = await count()
    for (const deed of [
      'drop table airbyte_plaid.accounts',
      'delete from airbyte_plaid.accounts',
      'delete from airbyte_plaid.transactions',
      'drop table airbyte_plaid.transactions',
      // As after a restore: another feed than the one that the warehouse was brought from.
      'update plaid.feed_clock set epoch = gen_random_uuid()',
    ]) {
      await (deed.includes('plaid.feed_clock') ? system.store : system.warehouse).query(deed)
      const verified = await system.tartan('verify').catch((error: { code: number }) => error)
      expect(verified, deed).toMatchObject({ code: 5 })
      expect(await system.tartan('init'), deed).toMatch(/Job \d+ succeeded/)
      expect(await count(), deed).toEqual(before)
    }
    await system.warehouse.query('drop table airbyte_plaid.transactions')
    const said = await system.tartan('sync')
    expect(said).toMatch(/stream transactions is read again: ./)
    const { rows } = await system.warehouse.query(counts)
    const { accounts, transactions } = rows[0] as Record<string, number>
    expect(said).toMatch(new RegExp(`\\naccounts +${accounts} +${accounts}\\n`))
    expect(said).toMatch(new RegExp(`\\ntransactions +${transactions} +${transactions}\\n`))
  },
)
