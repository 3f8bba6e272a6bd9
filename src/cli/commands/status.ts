// `status`: what runs and where, how each Item is, what the last sync did and when the next one is.
import type { Command } from 'commander'
import { runningSettings, settingsOf } from '../context.ts'
import { itemsText } from '../plaid-api/items-text.ts'
import { type Cell, formatDuration, formatTable, out, outJson } from '../print.ts'
import { connectionText } from '../connection-text.ts'
import { readReport, type Report } from '../../server/status/report.ts'
import { EXIT_CODE } from '../../std/errors.ts'
import { EXIT_NOT_RUNNING, ExitError } from '../exit.ts'

export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('Shows processes, databases, Items, the connection and its last job.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const report = await readReport(await settingsOf(command))
      if (options.json) outJson(report)
      else print(report)
      if (report.phase === 'stopped') throw new ExitError(EXIT_NOT_RUNNING)
      if (report.phase !== 'running') throw new ExitError(EXIT_CODE.transient)
      await runningSettings(command) // refuses what is given and does not count
    })
}

function print(report: Report): void {
  out(`Tartan: ${report.phase}, Plaid: ${report.plaid_env}, data in ${report.data_folder}`)
  if (report.failure !== undefined) out(`✗ ${report.failure}`)
  if (report.web !== undefined) out(`✗ ${report.web}`)
  if (report.disk !== undefined) out(`✗ ${report.disk}`)
  for (const sentence of report.unanswered) out(`✗ ${sentence}`)
  out()
  const names = ['process', 'state', 'pid', 'port', 'up', 'restarts', 'last end']
  const rows = report.processes.map((one): Cell[] => [
    one.name,
    one.state,
    one.pid,
    one.port,
    one.uptime_ms === undefined ? '' : formatDuration(one.uptime_ms),
    one.restarts,
    one.last_end,
  ])
  if (rows.length > 0) out(formatTable(names, rows))
  for (const { name, note } of report.processes) if (note !== undefined) out(`${name}: ${note}`)
  out()
  for (const { name, address } of report.databases) out(`${name.padEnd(10)} ${address}`)
  if (report.tls !== undefined) {
    const { names, not_after: end, trouble } = report.tls
    out(`TLS        ${names.join(', ')}, until ${end}`)
    if (trouble !== undefined) out(`✗ ${trouble}`)
  }
  if (report.backup !== undefined) out(`backup     ${report.backup.name}`)
  if (report.wal !== undefined) out(`WAL        ${walText(report.wal)}`)
  if (report.items !== undefined) out(`\n${itemsText(report.items)}`)
  if (report.items_cut) out('… and more: make plaid-accounts lists them all')
  if (report.connection !== undefined) out(`\n${connectionText(report.connection)}`)
}

function walText({ from, waiting_since: since }: NonNullable<Report['wal']>): string {
  const reached = from === null ? 'no physical backup yet' : `any instant from ${from} on`
  return since === null ? reached : `${reached}; some waits since ${since}`
}
