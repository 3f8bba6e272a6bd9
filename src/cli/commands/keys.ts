// `keys`: who may ask plaid-api, for what, until when and how often. Each program has a key of its
// own, which can be revoked alone.
import { type Command, Option } from 'commander'
import {
  findKey,
  insertKey,
  keysNamed,
  listKeys,
  replaceKey,
  revokeKey,
} from '../../plaid-api/store/key.ts'
import { keyLimits } from '../../std/key-limits.ts'
import { writeAudit } from '../../postgres/audit.ts'
import { userOfMachine } from '../../server/client/http.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { databaseUrl, newApiKey } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { ConfigError, must } from '../../std/errors.ts'
import { hashToken, type Secret } from '../../std/secrets.ts'
import { runningSettings } from '../context.ts'
import { rotate } from '../key-rotation.ts'
import { formatCount, formatTable, note, out, outJson } from '../print.ts'
import { type RightsOptions, rightsOptions } from '../rights.ts'
import { wholeNumber } from '../whole-number.ts'
import type { ApiKey } from '../../plaid-api/shapes.ts'

const shownMax = 1_000
const statementMsMax = 30_000

export function keysCommand(program: Command): void {
  const keys = program.command('keys').description('Lists, adds, revokes keys of plaid-api.')
  keys
    .command('list', { isDefault: true })
    .description('Lists them: what each may do, since when and until when, its last use.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      await withStore(command, (pool) => list(pool, options.json === true))
    })
  rightsOptions(keys.command('add'))
    .description('Makes one and prints it, this once: only its hash is kept.')
    .argument('<name>', 'which program it is for')
    .option('--json', 'as JSON')
    .action(async (name: string, options: AddOptions, command: Command) => {
      await withStore(command, (pool) => add(pool, name.trim(), options))
    })
  keys
    .command('revoke')
    .description('Ends one: plaid-api refuses it from its next request on.')
    .argument('<key>', 'its id or its name, as the list shows them')
    .action(async (key: string, _, command: Command) => {
      await withStore(command, (pool) => revoke(pool, key.trim()))
    })
  keys
    .command('rotate')
    .description(
      'Puts another in the place of one, which still opens for a while; of Tartan’s own, and its ' +
        'client of the engine, where none is named: no sync is interrupted.',
    )
    .argument('[key]', 'its id or its name, as the list shows them; else Tartan’s own')
    .addOption(
      new Option('--grace-hours <hours>', 'how long the old one still opens; 0: not at all')
        .default(keyLimits.graceHoursDefault)
        .argParser(wholeNumber(0, keyLimits.graceHoursMax)),
    )
    .option('--json', 'as JSON')
    .action(async (key: string | undefined, options: RotateOptions, command: Command) => {
      await withStore(command, (pool, settings) =>
        key === undefined ? rotateOwn(pool, settings) : replace(pool, key.trim(), options),
      )
    })
}

export async function withStore(
  command: Command,
  work: (pool: Pool, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = await runningSettings(command)
  const name = 'tartan keys'
  const pool = createPool(await databaseUrl(settings), { name, connectionsMax: 2, statementMsMax })
  try {
    await work(pool, settings)
  } finally {
    await pool.end()
  }
}

async function list(pool: Pool, asJson: boolean): Promise<void> {
  const keys = await listKeys(pool, shownMax + 1)
  if (asJson) outJson(keys)
  else {
    const rows = keys
      .slice(0, shownMax)
      .map((key) => [
        key.id,
        key.name,
        key.own ? 'own' : key.scope,
        key.per_minute_max,
        key.created_at,
        key.used_at,
        key.expires_at,
        key.revoked_at,
      ])
    const names = ['id', 'name', 'scope', 'a minute', 'created', 'used', 'expires', 'revoked']
    out(formatTable(names, rows))
    if (keys.length > shownMax) note(`… and more: the ${shownMax} first, those that open`)
  }
}

interface AddOptions extends RightsOptions {
  json?: boolean
}

/** What this command changes, for the audit. */
export async function noteAct(pool: Pool, action: string, detail: object): Promise<void> {
  const person = userOfMachine()
  await writeAudit(pool, { place: 'command line', person, action, detail, status: 200 })
}

async function add(pool: Pool, name: string, asked: AddOptions): Promise<void> {
  requireName(name)
  const key = newApiKey()
  const { scope, days = null, perMinute: perMinuteMax } = asked
  const row = { hash: hashToken(key.reveal()), name, own: false, scope, days, perMinuteMax }
  const id = must(await insertKey(pool, row), 'a new key is none that was there')
  await noteAct(pool, 'keys add', { id, name, scope })
  await tellNew(pool, id, key, asked.json === true)
}

export function requireName(name: string): void {
  const { nameCharsMax } = keyLimits
  if (name !== '' && name.length <= nameCharsMax) return
  throw new ConfigError('KEY_NAME_INVALID', `a name has 1 to ${nameCharsMax} characters`)
}

async function tellNew(pool: Pool, id: string, key: Secret, asJson: boolean): Promise<void> {
  const { name, scope, expires_at } = must(await findKey(pool, id), 'it was just made')
  if (asJson) return outJson({ id, name, scope, expires_at, key: key.reveal() })
  out(key.reveal())
  note('This is shown once. Authorization: Bearer … with it opens plaid-api.')
  note(`Its scope is ${scope}; it opens until ${expires_at ?? 'it is revoked'}.`)
  note(`Its id is ${id}: ./tartan keys revoke ${id} ends it.`)
}

async function rotateOwn(pool: Pool, settings: Settings): Promise<void> {
  await rotate(pool, settings)
  await noteAct(pool, 'keys rotate', { own: true })
}

interface RotateOptions {
  graceHours: number
  json?: boolean
}

async function replace(pool: Pool, idOrName: string, asked: RotateOptions): Promise<void> {
  const old = await othersKey(pool, idOrName)
  const key = newApiKey()
  const hash = hashToken(key.reveal())
  const id = await replaceKey(pool, { id: old.id, hash, graceHours: asked.graceHours })
  if (id === undefined) {
    throw new ConfigError('KEY_ENDED', `key “${old.name}” opens no more: ./tartan keys add`)
  }
  await noteAct(pool, 'keys rotate', { id: old.id, by: id, name: old.name })
  await tellNew(pool, id, key, asked.json === true)
  note(`The old one, ${old.id}, opens for ${formatCount(asked.graceHours, 'hour')} more.`)
}

async function revoke(pool: Pool, idOrName: string): Promise<void> {
  const key = await othersKey(pool, idOrName)
  await revokeKey(pool, key.id)
  await noteAct(pool, 'keys revoke', { id: key.id, name: key.name })
  out(`✓ key “${key.name}”, ${key.id}, is revoked`)
}

/** One that is not Tartan’s own, unless that was revoked. */
async function othersKey(pool: Pool, idOrName: string): Promise<ApiKey> {
  const key = (await findKey(pool, idOrName)) ?? (await findNamed(pool, idOrName))
  if (!key.own || key.revoked_at !== null) return key
  const sentence = 'that is Tartan’s own: ./tartan keys rotate puts another in its place'
  throw new ConfigError('KEY_OWN', sentence)
}

/** One that opens goes before those that do not; of several it is for the person to say which. */
async function findNamed(pool: Pool, name: string): Promise<ApiKey> {
  const found = await keysNamed(pool, name, shownMax)
  const opening = found.filter(({ revoked_at: revoked, expired }) => revoked === null && !expired)
  if (opening.length > 1) {
    const named = opening.map(({ id, created_at: at }) => `  ${id}  of ${at}`).join('\n')
    const sentence = `${opening.length} keys are called “${name}”: say which by its id\n${named}`
    throw new ConfigError('KEY_AMBIGUOUS', sentence)
  }
  const [key] = opening.length > 0 ? opening : found
  if (key) return key
  throw new ConfigError('KEY_UNKNOWN', `no key has the id or the name ${name}: ./tartan keys list`)
}
