// What a start demands, and a check looks at first: one list, so that no check says well of what
// a start then refuses. Nothing is made here.
import { join } from 'node:path'
import { exists } from '../../postgres/embedded.ts'
import { ConfigError, must } from '../../std/errors.ts'
import { plaidCredentials } from '../../server/keys.ts'
import { isOurs, readMasterKey } from '../../server/master-key.ts'
import { table } from '../../server/options.ts'
import { alertCommandOf, postSyncOf } from '../../server/post-sync.ts'
import type { Settings } from '../../server/settings.ts'
import { readTls, requireTls } from '../../server/tls.ts'

export interface Demand {
  what: string
  /** In words, what was found; throws what is wrong and what to do. */
  look: () => Promise<string>
}

export function demandsOf(settings: Settings): Demand[] {
  const { plaidEnv, tlsCertificateFile, tlsKeyFile, ...options } = settings.options
  const isTls = tlsCertificateFile !== undefined || tlsKeyFile !== undefined
  const { commandsFile, alertCommand, postSync } = options
  const isCommand = [commandsFile, alertCommand, postSync].some((given) => given !== undefined)
  return [
    { what: `Plaid: ${plaidEnv}`, look: () => credentials(settings) },
    { what: 'keys', look: () => keys(settings) },
    ...(isTls ? [{ what: 'TLS', look: () => tls(settings) }] : []),
    ...(isCommand ? [{ what: 'commands', look: () => commands(settings) }] : []),
  ]
}

export async function requireDemands(settings: Settings): Promise<void> {
  for (const { look } of demandsOf(settings)) await look()
}

async function credentials(settings: Settings): Promise<string> {
  const { options, emulated } = settings
  const what = `Plaid: ${options.plaidEnv}`
  if (emulated) return `${what}, no credentials needed`
  await plaidCredentials(settings)
  return `${what}, credentials set`
}

/**
 * The first start makes those that no option gives, the master key before all others: one that was
 * killed before it has left none.
 */
async function keys(settings: Settings): Promise<string> {
  const left = ['secrets/master.key', 'secrets/postgres.password', 'postgres/data']
  const found = await Promise.all(left.map((path) => exists(join(settings.dataFolder, path))))
  if (!found.includes(true) && isOurs(settings)) return 'keys: made by the first start'
  const { id } = await readMasterKey(settings)
  return `keys, master key ${id}`
}

async function tls(settings: Settings): Promise<string> {
  await requireTls(settings)
  const { names, not_after: end } = must(await readTls(settings), 'its files were just read')
  return `TLS, ${names.join(', ')}, until ${end}`
}

async function commands(settings: Settings): Promise<string> {
  const { alertCommand, postSync = 'none' } = settings.options
  const names = (await postSyncOf(settings)).commands.map(({ name }) => name)
  if (alertCommand !== undefined) await alertCommandOf(settings, alertCommand)
  // Elsewhere the engine has its own file.
  if (postSync === 'none' || names.includes(postSync) || settings.elsewhere) {
    return `commands: ${names.join(', ') || 'none'}`
  }
  const { env } = table.postSync
  const sentence = `${env} is one of ${[...names, 'none'].join(', ')}, and not “${postSync}”`
  throw new ConfigError('OPTION_INVALID', sentence, { field: env })
}
