// `keys`: who may ask plaid-api. Each program has a key of its own, which can be revoked alone.
import type { Command } from 'commander'
import { registerApiKey } from '../../plaid-api/auth.ts'
import { findKey, listKeys, revokeKey } from '../../plaid-api/store/key.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { databaseUrl, newApiKey } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { ConfigError } from '../../std/errors.ts'
import { runningSettings } from '../context.ts'
import { rotate } from '../key-rotation.ts'
import { formatTable, note, out, outJson } from '../print.ts'

const nameCharsMax = 100
const shownMax = 1_000
const statementMsMax = 30_000

export function keysCommand(program: Command): void {
  const keys = program.command('keys').description('Lists, adds, revokes keys of plaid-api.')
  keys
    .command('list')
    .description('Lists them: what each is for, since when, and whether it was revoked.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      await withStore(command, (pool) => list(pool, options.json === true))
    })
  keys
    .command('add')
    .description('Makes one and prints it, this once: only its hash is kept.')
    .argument('<name>', 'which program it is for')
    .action(async (name: string, _, command: Command) => {
      await withStore(command, (pool) => add(pool, name.trim()))
    })
  keys
    .command('revoke')
    .description('Ends one: plaid-api refuses it from its next request on.')
    .argument('<id>', 'as the list shows it')
    .action(async (id: string, _, command: Command) => {
      await withStore(command, (pool) => revoke(pool, id))
    })
  keys
    .command('rotate')
    .description('Replaces Tartan’s own, and its client of the engine; no sync is interrupted.')
    .action(async (_, command: Command) => {
      await withStore(command, (pool, settings) => rotate(pool, settings))
    })
}

async function withStore(
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
      .map((key) => [key.id, key.name, key.own, key.created_at, key.revoked_at])
    out(formatTable(['id', 'name', 'own', 'created', 'revoked'], rows))
    if (keys.length > shownMax) note(`… and more: the ${shownMax} first, those that open`)
  }
}

async function add(pool: Pool, name: string): Promise<void> {
  if (name === '' || name.length > nameCharsMax) {
    const sentence = `the name of a key has 1 to ${nameCharsMax} characters`
    throw new ConfigError('KEY_NAME_INVALID', sentence)
  }
  const key = newApiKey()
  await registerApiKey(pool, name, key)
  out(key.reveal())
  note('This is shown once. Authorization: Bearer … with it opens plaid-api.')
}

async function revoke(pool: Pool, id: string): Promise<void> {
  const key = await findKey(pool, id)
  if (!key) throw new ConfigError('KEY_UNKNOWN', `no key has the id ${id}: ./tartan keys list`)
  if (key.own && key.revoked_at === null) {
    const sentence = 'that is Tartan’s own: ./tartan keys rotate puts another in its place'
    throw new ConfigError('KEY_OWN', sentence)
  }
  await revokeKey(pool, key.id)
  out(`✓ key “${key.name}” is revoked`)
}
