// `init`: from an empty machine to an answered query; from anything half-finished to the same.
import { join } from 'node:path'
import type { Command } from 'commander'
import { isEnded } from '../../plaid-api/item/life.ts'
import { SystemError } from '../../std/errors.ts'
import { alone } from '../../postgres/alone.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { isEncrypted, plaidApiUrl } from '../../server/addresses.ts'
import { databaseUrl, keysFolder, warehouseUrl } from '../../server/keys.ts'
import { forSetUp, currentRun } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { caPath } from '../../server/tls.ts'
import type { Airbyte } from '../../server/airbyte/client.ts'
import { lastSucceeded } from '../../server/airbyte/job.ts'
import { ourAirbyte } from '../../server/airbyte/ours.ts'
import { bringUp } from '../bring-up.ts'
import { settingsOf } from '../context.ts'
import { plaidApi, type PlaidApi } from '../../server/client/plaid-api.ts'
import { tellSession } from '../plaid-api/link-session.ts'
import { formatCount, formatTable, note, out } from '../print.ts'
import { accountSummary, monthlySpending, whatCameIn } from '../store/answer.ts'
import { missingTables } from '../../server/store/rows.ts'
import { broughtBy } from '../../server/verify/promise.ts'
import { requireChecks } from './check.ts'
import { tellWeb } from './open.ts'
import { setUp } from './setup.ts'
import { syncNow } from './sync.ts'

/** The emulator's three banks. */
const EMULATED_BANKS = ['ins_109508', 'ins_109509', 'ins_109510']
const answerRowsMax = 10
/** Counting a large table takes its time. */
const statementMsMax = 300_000

export function initCommand(program: Command): void {
  program
    .command('init')
    .description('Sets everything up and runs the first sync; repeat it to repair.')
    .action(async (_, command: Command) => {
      const given = await settingsOf(command)
      await requireChecks(given, note)
      await bringUp(given)
      const settings = forSetUp(given, await currentRun(given))
      const api = await plaidApi(settings)
      if (settings.emulated) await linkEmulatedBanks(settings, api)
      const { connectionId } = await setUp(settings, note)
      if (!(await isLinked(api))) {
        await inviteToLink(api)
        await tellWeb(settings)
        return
      }
      const warehouse = createPool(await warehouseUrl(settings), {
        name: 'tartan init',
        connectionsMax: 1,
        statementMsMax,
      })
      try {
        await syncIfNeeded(settings, warehouse, api, connectionId)
        await showAnswer(warehouse, api)
      } finally {
        await warehouse.end()
      }
      tellNext(settings)
      await tellWeb(settings)
    })
}

async function isLinked(api: PlaidApi): Promise<boolean> {
  for await (const item of api.items()) if (!isEnded(item.status)) return true
  return false
}

/** A bank that was ever linked stays as its owner left it. */
async function linkEmulatedBanks(settings: Settings, api: PlaidApi): Promise<void> {
  const link = () => linkMissing(api)
  await alone(await databaseUrl(settings), 'tartan link', link, () =>
    note('… another init links the banks: waiting for its end'),
  )
}

async function linkMissing(api: PlaidApi): Promise<void> {
  const known = new Set<string | null>()
  for await (const item of api.items()) known.add(item.institution_id)
  const missing = EMULATED_BANKS.filter((id) => !known.has(id))
  for (const id of missing) await api.linkSandboxItem(id)
  if (missing.length > 0) note(`✓ ${formatCount(missing.length, 'emulated bank')} linked`)
}

/**
 * Where nothing was synced yet, where the tables lack what was, and where nothing is promised of
 * them any more: looked at, not remembered.
 */
async function syncIfNeeded(
  settings: Settings,
  warehouse: Pool,
  api: PlaidApi,
  connectionId: string,
): Promise<void> {
  const airbyte = await ourAirbyte(settings)
  const isFirst = (await lastSucceeded(airbyte, connectionId)) === undefined
  const lack =
    (await lackOf(warehouse, api)) ?? (await unpromised(settings, warehouse, airbyte, connectionId))
  if (!isFirst && lack === undefined) return
  if (isFirst) {
    note('… pulling what the banks have')
    const { items } = await api.pull('incremental')
    for (const { item_id: id, status, error_message: message } of items) {
      if (status === 'failed') note(`✗ Item ${id}: ${message ?? 'failed'}`)
    }
  } else note(`… ${lack}: syncing`)
  await syncNow(airbyte, connectionId)
  out()
  const left = await lackOf(warehouse, api)
  if (left === undefined) return
  throw new SystemError('WAREHOUSE_LACKS', `the sync succeeded, and ${left}: see make airbyte-logs`)
}

/** What a table has nothing of, though the store has some. */
async function lackOf(warehouse: Pool, api: PlaidApi): Promise<string | undefined> {
  const [missing] = await missingTables(warehouse, ['accounts', 'transactions'])
  if (missing !== undefined) return `the warehouse has no table ${missing}`
  const [held, came] = [await api.stats(), await whatCameIn(warehouse)]
  const lacking = (['accounts', 'transactions'] as const).find(
    (name) => Number(came[name]) === 0 && held[name] > 0,
  )
  return lacking && `the warehouse has no ${lacking}, and the store has ${String(held[lacking])}`
}

/** After a restore of the database, for instance: its feed is another, and all comes again. */
async function unpromised(
  settings: Settings,
  warehouse: Pool,
  airbyte: Airbyte,
  connectionId: string,
): Promise<string | undefined> {
  const store = createPool(await databaseUrl(settings), { name: 'tartan init', connectionsMax: 1 })
  try {
    const brought = await broughtBy(airbyte, connectionId, store, warehouse)
    const [name] = brought.unpromised
    return name && `what the warehouse has of ${name} is of another feed than the store’s`
  } finally {
    await store.end()
  }
}

async function showAnswer(warehouse: Pool, api: PlaidApi): Promise<void> {
  const [held, came] = [await api.stats(), await whatCameIn(warehouse)]
  out(
    `In the warehouse: ${formatCount(Number(came.transactions), 'transaction')} of ` +
      formatCount(Number(came.accounts), 'account') +
      (came.first_day === null ? '.' : `, from ${came.first_day} to ${came.last_day}.`),
  )
  if (held.transactions !== Number(came.transactions)) {
    out(
      `The store has ${formatCount(held.transactions, 'transaction')}: ` +
        'make airbyte-sync brings the difference; ./tartan verify names what it cannot.',
    )
  }
  out()
  out('Monthly spending by category, the newest first:')
  out()
  const names = ['category', 'month', 'total_amount', 'transaction_count']
  const rows = (await monthlySpending(warehouse, answerRowsMax)).map((row) => [
    row.category,
    row.month,
    row.total_amount,
    row.transaction_count,
  ])
  out(formatTable(names, rows))
}

function tellNext(settings: Settings): void {
  if (settings.elsewhere) return tellElsewhere()
  out(`
Next:
  ./tartan sql "${accountSummary}"
  curl ${curlTrust(settings)}${curlKey(settings)}${plaidApiUrl(settings)}/stats
  make airbyte-status       what runs, and when the next sync is
  ./tartan verify           does the warehouse hold exactly what the banks say?`)
  if (settings.emulated) out('  ./tartan emulator advance 30d; make plaid-sync; make airbyte-sync')
  else out('  make plaid-link-token     link another bank')
  out('  make help                 everything else')
}

/** A CA of one's own is unknown to curl. */
function curlTrust(settings: Settings): string {
  const path = isEncrypted(settings) ? caPath(settings) : undefined
  return path === undefined ? '' : `--cacert ${path} `
}

/** Without one, whoever asks on this machine is answered by the emulated bank's service alone. */
function curlKey({ emulated, dataFolder }: Settings): string {
  if (emulated) return ''
  return `-H "Authorization: Bearer $(cat ${join(keysFolder(dataFolder), 'plaid-api.key')})" `
}

/** Whoever reads this in a container's log stands outside of it. */
function tellElsewhere(): void {
  out(`
Next, where the containers are:
  docker compose exec plaid-api tartan status
  docker compose exec plaid-api tartan verify
  docker compose exec plaid-api tartan credentials     the API key, which every caller needs here
  docker compose exec airbyte-webapp tartan open --print     a link that logs in to the web app`)
}

async function inviteToLink(api: PlaidApi): Promise<void> {
  tellSession(await api.beginLink())
  out(`Everything runs, and no bank is linked yet. When the page says that it is done,
the bank is taken in and read by itself. Then:
  make plaid-accounts      shows it
  make airbyte-sync        brings its data into the warehouse
Or run make airbyte-init again.`)
}
