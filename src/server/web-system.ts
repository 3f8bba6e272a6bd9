// What the web server is told of the whole: the supervisor's files, the options as they count, and
// what spans the rooms (a verification, a row's columns as they compare).
import { join } from 'node:path'
import { accounts } from '../catalog/accounts.ts'
import { transactions } from '../catalog/transactions.ts'
import { decode } from '../protocol/codec.ts'
import { exactText } from '../std/exact-json.ts'
import { Secret } from '../std/secrets.ts'
import type { System, VerifyResult } from '../web-server/context.ts'
import { ourAirbyte } from './airbyte/ours.ts'
import { plaidApi } from './client/plaid-api.ts'
import { defaultOf, flagOf, table, valuesOf } from './options.ts'
import { currentRun } from './run-file.ts'
import type { Settings } from './settings.ts'
import { readInstallation, readProcesses } from './status/report.ts'
import { furtherProcesses, services } from './supervisor/plan.ts'
import { columnsOf } from './verify/columns.ts'
import { outcomeOf } from './verify/keep.ts'
import { verifyAll } from './verify/report.ts'
import type { VerifyReport } from '../plaid-api/verify-shapes.ts'

/** Of plaid-api as many as there are. */
function logNamesOf({ options }: Settings): string[] {
  const further = furtherProcesses.slice(0, options.plaidApiProcesses - 1)
  return [...services, ...further, 'supervisor']
}

/** The settings that count: a set-up may have changed its own since we were started. */
export async function currentSettings(settings: Settings): Promise<Settings> {
  const run = await currentRun(settings)
  return run.setUp ?? run.started
}

export function webSystem(settings: Settings): System {
  const { dataFolder } = settings
  const logNames = logNamesOf(settings)
  return {
    installation: () => readInstallation(settings),
    processes: () => readProcesses(settings),
    options: async () => optionsView(await currentSettings(settings)),
    services: logNames,
    logPath: (service) =>
      logNames.includes(service) ? join(dataFolder, 'logs', `${service}.log`) : undefined,
    verify: async (hear) => verify(await currentSettings(settings), hear),
    compareRow,
  }
}

async function verify(
  settings: Settings,
  hear: Parameters<System['verify']>[0],
): Promise<VerifyResult> {
  const banks: VerifyReport[] = []
  const found = await verifyAll(
    settings,
    await plaidApi(settings),
    await ourAirbyte(settings),
    (report) => {
      banks.push(report)
      hear({ banks: [...banks], now: null })
    },
    ({ item_id, institution_name }, pages) =>
      hear({ banks: [...banks], now: { item_id, institution_name, pages } }),
  )
  return outcomeOf(found)
}

/** Every option with what it is, where that was set, and how it is changed. */
function optionsView({ options, given, fromFile }: Settings): object[] {
  const keys = Object.keys(table) as (keyof typeof table)[]
  return keys.map((key) => {
    const spec = table[key]
    const value = options[key]
    const isSecret = value instanceof Secret
    const isGiven = given[spec.env] !== undefined
    return {
      env: spec.env,
      flag: flagOf(spec) ?? null,
      group: spec.group,
      doc: spec.doc,
      values: valuesOf(spec),
      default: defaultOf(spec),
      value: value === undefined ? null : isSecret ? value.toString() : String(value),
      set: isGiven ? (fromFile.has(spec.env) ? 'file' : 'flag or environment') : 'default',
      applies: spec.applies,
    }
  })
}

function compareRow(stream: string, store: string | null, warehouse: string | null) {
  const { names, texts } = columnsOf(stream === 'accounts' ? accounts : transactions)
  const ours = store === null ? undefined : texts(store)
  const theirs = warehouse === null ? undefined : texts(warehouse)
  const [shownOurs, shownTheirs] = [shown(store), shown(warehouse)]
  return names.map((name, i) => ({
    name,
    store: shownOurs(name),
    warehouse: shownTheirs(name),
    equal: ours?.[i] === theirs?.[i],
  }))
}

/** A field as its row spells it. */
function shown(json: string | null): (name: string) => string | null {
  const row = decode(json ?? '{}') as Record<string, unknown>
  return (name) => {
    const value = row[name]
    if (value === undefined || value === null) return null
    return typeof value === 'string' ? value : (exactText(value) ?? JSON.stringify(value))
  }
}
