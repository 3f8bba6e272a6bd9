// `alerts`: what is wrong at this moment, who was told of it, and what is kept quiet.
import { type Command, Option } from 'commander'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { endsOf, readAlerts, silence, testWays, unsilence } from '../../server/alerts/book.ts'
import { metricsTable, rulesTable } from '../../server/alerts/pages.ts'
import { rules } from '../../server/alerts/rules.ts'
import type { AlertView, SilenceView, WayView } from '../../server/alerts/shapes.ts'
import { dashboard } from '../../server/alerts/dashboard.ts'
import { rulesFile, rulesTests } from '../../server/alerts/prometheus.ts'
import { databaseUrl } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { ConfigError, TransientError } from '../../std/errors.ts'
import { runningSettings } from '../context.ts'
import { formatCount, formatTable, note, out, outJson } from '../print.ts'
import { wholeNumber } from '../whole-number.ts'

const statementMsMax = 30_000
/** Longer than any way takes. */
const testMsMax = 75_000
/** A year. */
const hoursMax = 8_760

export function alertsCommand(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('Tells what is wrong at this moment, and who is told of it.')
  alerts
    .command('list', { isDefault: true })
    .description('Lists what is firing, with what to do, and what is silenced.')
    .option('--json', 'as JSON, with what is over')
    .action(async (options: { json?: boolean }, command: Command) => {
      await withAlerts(command, async (pool, settings) => {
        const view = await readAlerts(pool, settings)
        if (options.json) outJson(view)
        else tell(view.firing, view.silences)
      })
    })
  alerts
    .command('silence')
    .description('Tells nobody of a rule’s alerts for some hours; they are shown all the same.')
    .argument('<rule>', 'its name, as the list shows it')
    .requiredOption('--reason <text>', 'why, for whoever sees it')
    .requiredOption('--hours <hours>', 'for how long', wholeNumber(1, hoursMax))
    .option('--of <label=value...>', 'only of this, as in connection=plaid; else of everything')
    .action(async (rule: string, options: AskedByFlags, command: Command) => {
      await withAlerts(command, async (pool) => {
        const { reason, hours } = options
        const asked = { rule, labels: labelsOf(options.of), reason, hours }
        const id = await silence(pool, asked, 'the command line')
        out(`✓ silence ${id}: nobody is told of ${rule} for ${formatCount(hours, 'hour')}`)
      })
    })
  alerts
    .command('unsilence')
    .description('Ends a silence.')
    .argument('<silence>', 'its id, as the list shows it')
    .action(async (id: string, _, command: Command) => {
      await withAlerts(command, (pool) => unsilence(pool, id))
      out('✓ ended: what is firing is told')
    })
  alerts
    .command('ways')
    .description('Lists the ways out: what waits, and why.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      await withAlerts(command, async (pool, settings) => {
        const { ways } = await readAlerts(pool, settings)
        if (options.json) outJson(ways)
        else tellWays(ways)
      })
    })
  alerts
    .command('test')
    .description('Sends a message by each way out, and says which took it.')
    .action(async (_, command: Command) => withAlerts(command, tryWays))
  rulesCommand(alerts)
}

function rulesCommand(alerts: Command): void {
  const formats = {
    text: rulesText,
    markdown: rulesTable,
    metrics: metricsTable,
    prometheus: rulesFile,
    promtool: rulesTests,
    grafana: dashboard,
  }
  alerts
    .command('rules')
    .description('Lists the rules: what each is about, and what to do.')
    .addOption(
      new Option('--format <format>', 'text, or as a file of docs or deploy/monitoring has it')
        .choices(Object.keys(formats))
        .default('text'),
    )
    .option('--json', 'as JSON')
    .action((options: { format: keyof typeof formats; json?: boolean }) => {
      if (options.json) outJson(rules)
      else out(formats[options.format]().trimEnd())
    })
}

interface AskedByFlags {
  reason: string
  hours: number
  of?: string[]
}

async function withAlerts(
  command: Command,
  work: (pool: Pool, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = await runningSettings(command)
  const name = 'tartan alerts command'
  const pool = createPool(await databaseUrl(settings), { name, connectionsMax: 2, statementMsMax })
  try {
    await work(pool, settings)
  } finally {
    await pool.end()
  }
}

function tell(firing: AlertView[], silences: SilenceView[]): void {
  if (firing.length === 0) note('✓ nothing is firing')
  for (const one of firing) {
    const { title, rule, severity, since, detail, todo, well_since: well } = one
    const isBad = severity !== 'info' && well === null
    out(`${isBad ? '✗' : '·'} ${title}`)
    const silenced = one.silence_id === null ? '' : ', silenced'
    const ending = well === null ? '' : `, well since ${well}: over if it stays so`
    out(`    ${rule}, ${severity}, since ${since}${ending}${silenced}`)
    if (detail !== null) out(`    ${detail}`)
    out(`    ${todo}`)
  }
  if (silences.length === 0) return
  out()
  const rows = silences.map((one) => [one.id, one.rule, one.labels, one.ends_at, one.reason])
  out(formatTable(['silence', 'rule', 'of', 'ends', 'reason'], rows))
}

function tellWays(ways: WayView[]): void {
  if (ways.length === 0) note('Nobody is told: docs/alerts.md says how to be.')
  else {
    const rows = ways.map((one) => [one.way, one.waiting, one.sent_at, one.error])
    out(formatTable(['way', 'waiting', 'last taken', 'why not'], rows))
  }
}

async function tryWays(pool: Pool, settings: Settings): Promise<void> {
  const ends = await endsOf(pool, await testWays(pool, settings), testMsMax)
  for (const { way, sent, error } of ends) {
    out(sent ? `✓ ${way}` : `✗ ${way}: ${error ?? 'nobody sends it: does the server run?'}`)
  }
  const failed = ends.filter(({ sent }) => !sent).length
  if (failed === 0) return
  const sentence = `${formatCount(failed, 'way')} out did not take it; it is tried again by itself`
  throw new TransientError('WAY_DOWN', sentence)
}

function labelsOf(pairs: string[] | undefined): Record<string, string> | null {
  if (pairs === undefined) return null
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=')
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)] as const
    throw new ConfigError('LABEL_INVALID', `${pair} is not label=value`, { field: '--of' })
  })
  return Object.fromEntries(entries)
}

function rulesText(): string {
  return rules
    .map(({ name, severity, doc, todo }) => `${name} (${severity})\n    ${doc}\n    ${todo}`)
    .join('\n')
}
