// `init`: from an empty machine to an answered query; from anything half-finished to the same.
import type { Command } from 'commander'
import { createPool } from '../../postgres/pool.ts'
import { plaidApiUrl } from '../../server/addresses.ts'
import { warehouseUrl } from '../../server/keys.ts'
import { forSetUp, requireRun } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { recentJobs } from '../airbyte/job.ts'
import { ourAirbyte } from '../airbyte/ours.ts'
import { bringUp } from '../bring-up.ts'
import { settingsOf } from '../context.ts'
import { plaidApi, type PlaidApi } from '../plaid-api/client.ts'
import { formatCount, formatTable, note, out } from '../print.ts'
import { accountSummary, monthlySpending, whatCameIn } from '../store/answer.ts'
import { requireChecks } from './check.ts'
import { tellSession } from './link.ts'
import { setUp } from './setup.ts'
import { syncNow } from './sync.ts'

/** The emulator's three banks. */
const EMULATED_BANKS = ['ins_109508', 'ins_109509', 'ins_109510']
const answerRowsMax = 10
const jobsLookedAt = 100

export function initCommand(program: Command): void {
  program
    .command('init')
    .description('Sets everything up and runs the first sync; repeat it to repair.')
    .action(async (_, command: Command) => {
      const given = await settingsOf(command)
      await requireChecks(given, note)
      await bringUp(given)
      const settings = forSetUp(given, await requireRun(given.dataFolder))
      const api = await plaidApi(settings)
      if (settings.emulated) await linkEmulatedBanks(api)
      const { connectionId } = await setUp(settings, note)
      const linked = (await api.items()).filter((item) => item.status !== 'removed')
      if (linked.length === 0) {
        await inviteToLink(api)
        return
      }
      await firstSync(settings, api, connectionId)
      await showAnswer(settings)
      tellNext(settings)
    })
}

/** A bank that was ever linked stays as its owner left it. */
async function linkEmulatedBanks(api: PlaidApi): Promise<void> {
  const known = new Set((await api.items()).map((item) => item.institution_id))
  const missing = EMULATED_BANKS.filter((id) => !known.has(id))
  for (const id of missing) await api.linkSandboxItem(id)
  if (missing.length > 0) note(`✓ ${formatCount(missing.length, 'emulated bank')} linked`)
}

async function firstSync(settings: Settings, api: PlaidApi, connectionId: string): Promise<void> {
  const airbyte = await ourAirbyte(settings)
  const jobs = await recentJobs(airbyte, connectionId, jobsLookedAt)
  if (jobs.some((job) => job.status === 'succeeded')) return
  note('… pulling what the banks have')
  const { items } = await api.pull('incremental')
  for (const item of items) {
    if (item.status === 'failed') note(`✗ Item ${item.item_id}: ${item.error_message ?? 'failed'}`)
  }
  await syncNow(airbyte, connectionId)
  out()
}

async function showAnswer(settings: Settings): Promise<void> {
  const url = await warehouseUrl(settings)
  const pool = createPool(url, { name: 'tartan init', connectionsMax: 1 })
  try {
    const came = await whatCameIn(pool)
    out(
      `In the warehouse: ${formatCount(Number(came.transactions), 'transaction')} of ` +
        formatCount(Number(came.accounts), 'account') +
        (came.first_day === null ? '.' : `, from ${came.first_day} to ${came.last_day}.`),
    )
    out()
    out('Monthly spending by category, the newest first:')
    out()
    const names = ['category', 'month', 'total_amount', 'transaction_count']
    const rows = (await monthlySpending(pool, answerRowsMax)).map((row) => [
      row.category,
      row.month,
      row.total_amount,
      row.transaction_count,
    ])
    out(formatTable(names, rows))
  } finally {
    await pool.end()
  }
}

function tellNext(settings: Settings): void {
  out(`
Next:
  ./tartan sql "${accountSummary}"
  curl ${plaidApiUrl(settings)}/stats
  make airbyte-status       what runs, and when the next sync is
  ./tartan verify           does the warehouse hold exactly what the banks say?`)
  if (settings.emulated) out('  ./tartan emulator advance 30d && make plaid-sync airbyte-sync')
  else out('  make plaid-link-token     link another bank')
  out('  make help                 everything else')
}

async function inviteToLink(api: PlaidApi): Promise<void> {
  tellSession(await api.beginLink())
  out(`Everything runs, and no bank is linked yet. When the page says that it is done:
  ./tartan link-token --session … (the line above)   takes the new Item in
  make airbyte-sync                                  brings its data into the warehouse
Or run make airbyte-init again after the first of these.`)
}
