// `partition`: the store's transactions in so many partitions, while everything goes on.
import { Argument, type Command } from 'commander'
import { partitionTransactions, type Progress } from '../../plaid-api/partition.ts'
import { createPool } from '../../postgres/pool.ts'
import { databaseUrl } from '../../server/keys.ts'
import { runningSettings } from '../context.ts'
import { formatCount, note, out } from '../print.ts'
import { wholeNumber } from '../whole-number.ts'

const partsMax = 256
/** Of a step: an index of a hundred million rows takes an hour. */
const statementMsMax = 86_400_000

export function partitionCommand(program: Command): void {
  program
    .command('partition')
    .description('Puts the store’s transactions into partitions, while all goes on.')
    .addArgument(
      new Argument('<count>', `2 to ${partsMax}; 1: one table again`).argParser(
        wholeNumber(1, partsMax),
      ),
    )
    .action(async (parts: number, _, command: Command) => {
      const settings = await runningSettings(command)
      const options = { name: 'tartan partition', connectionsMax: 2, statementMsMax }
      const pool = createPool(await databaseUrl(settings), options)
      try {
        const what = parts === 1 ? 'one table' : formatCount(parts, 'partition')
        const done = await partitionTransactions(pool, parts, tell)
        out(done ? `✓ the transactions are in ${what}` : `✓ they are in ${what} already`)
      } finally {
        await pool.end()
      }
    })
}

function tell({ step, rows }: Progress): void {
  note(`… ${step}, ${formatCount(rows, 'row')} taken over`)
}
