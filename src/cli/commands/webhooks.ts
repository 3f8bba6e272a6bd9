// `webhooks`: what Plaid told by webhook and what it led to, newest first; or whether any come.
import type { Command } from 'commander'
import { plaidApi, type PlaidApi } from '../../server/client/plaid-api.ts'
import type { WebhookRow, WebhookStatus } from '../../plaid-api/webhook/shapes.ts'
import { runningSettings } from '../context.ts'
import { findBank } from '../plaid-api/banks.ts'
import { type Cell, formatCount, formatTable, out, outJson } from '../print.ts'
import { wholeNumber } from '../whole-number.ts'

interface WebhooksOptions {
  limit: number
  item?: string
  code?: string
  status?: boolean
  json?: boolean
}

export function webhooksCommand(program: Command): void {
  program
    .command('webhooks')
    .description('Lists what Plaid told by webhook, newest first, and what it led to.')
    .option('-n, --limit <webhooks>', 'how many', wholeNumber(0, 999_999), 20)
    .option('--item <bank>', 'of this bank alone, by its name or its Item’s id')
    .option('--code <code>', 'with this code alone, SYNC_UPDATES_AVAILABLE for one')
    .option('--status', 'where Plaid is told to send them, and whether they come')
    .option('--json', 'as JSON')
    .action(async (options: WebhooksOptions, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      if (options.status) await showStatus(api, options)
      else await list(api, options)
    })
}

async function list(api: PlaidApi, options: WebhooksOptions): Promise<void> {
  const { limit, code, json } = options
  const item = options.item === undefined ? undefined : await itemIdOf(api, options.item)
  const rows: WebhookRow[] = []
  for await (const row of api.webhooks({ item_id: item, webhook_code: code }, limit)) {
    rows.push(row)
  }
  if (json) return outJson(rows)
  if (rows.length === 0)
    return out('None has come: ./tartan webhooks --status says whether any can.')
  const names = ['received', 'type', 'code', 'institution', 'led to']
  out(formatTable(names, rows.map(cells)))
}

/** What was told of an Item that is not known here is kept under its id all the same. */
async function itemIdOf(api: PlaidApi, bank: string): Promise<string> {
  for await (const _ of api.webhooks({ item_id: bank }, 1)) return bank
  return (await findBank(api, bank, () => true, 'known')).item_id
}

function cells(row: WebhookRow): Cell[] {
  const { received_at, webhook_type, webhook_code, institution_name, item_id } = row
  const at = received_at.slice(0, 19).replace('T', ' ')
  return [at, webhook_type, webhook_code, institution_name ?? item_id, ledTo(row)]
}

const words: Record<NonNullable<WebhookRow['outcome']>, string> = {
  pull: 'a pull',
  item: 'noted, and a pull where one tells',
  link: 'Plaid was asked what the person did',
  nothing: 'nothing to do',
  repeated: 'told before',
  unknown_code: 'kept; a code not known here',
  unknown_item: 'kept; an Item not known here',
}

function ledTo({ outcome, pull }: WebhookRow): string {
  if (outcome === null) return 'waits'
  if (pull === null) return words[outcome]
  const { status, added, modified, removed } = pull
  return `pull ${pull.id} ${status}: +${added} ~${modified} −${removed}`
}

async function showStatus(api: PlaidApi, { json }: WebhooksOptions): Promise<void> {
  const status = await api.webhookStatus()
  if (json) return outJson(status)
  const { address, items, failures, last_received_at: last } = status
  out(addressText(status))
  if (address !== null) {
    const { told, waiting, failed } = items
    out(`Items: ${told} have it, ${waiting} are told next, ${failed} could not be told`)
  }
  for (const { item_id: id, institution_name: name, error } of failures) {
    out(`✗ ${name ?? ''} (Item ${id}): Plaid did not take it: ${error}; it is tried again`)
  }
  const waiting = status.waiting > 0 ? `, ${status.waiting} wait` : ''
  out(`Received: ${formatCount(status.received_last_day, 'webhook')} in a day${waiting}`)
  out(`The last one: ${last ?? 'never'}`)
}

function addressText({ address }: WebhookStatus): string {
  if (address === null) {
    return 'Plaid is told no address: set TARTAN_PUBLIC_URL, as docs/webhooks.md says'
  }
  return address === '' ? 'None are wished: TARTAN_PUBLIC_URL is none' : `Address: ${address}`
}
