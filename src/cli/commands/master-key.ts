// `master-key`: the key that seals access tokens and configurations, and its rotation: several are
// live at once, and all that is sealed is sealed anew while everything runs.
import type { Command } from 'commander'
import { lockRotation } from '../../plaid-api/store/key.ts'
import type { Pool } from '../../postgres/pool.ts'
import { listBackups } from '../../server/backup/shelf.ts'
import { addMasterKey, dropMasterKey, readMasterKey } from '../../server/master-key.ts'
import { reseal, sealedByKey } from '../../server/reseal.ts'
import { resealRun } from '../../server/run-file.ts'
import { backupFolder, type Settings } from '../../server/settings.ts'
import { ConfigError, TransientError } from '../../std/errors.ts'
import { formatCount, formatTable, note, out, outJson } from '../print.ts'
import { noteAct, withStore } from './keys.ts'

export function masterKeyCommand(program: Command): void {
  const master = program
    .command('master-key')
    .description('Lists, rotates, drops the keys that seal access tokens and configurations.')
  master
    .command('list', { isDefault: true })
    .description('Lists them by their ids, with how much each has sealed; the first one seals.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      await withStore(command, (pool, settings) => list(pool, settings, options.json === true))
    })
  master
    .command('rotate')
    .description('Makes a new one and seals everything anew with it; broken off, reseal ends it.')
    .action(async (_, command: Command) => {
      await withStore(command, (pool, settings) =>
        alone(pool, async () => {
          const id = await addMasterKey(settings)
          await noteAct(pool, 'master-key rotate', { id })
          out(`✓ ${id} is the master key now: keep it apart`)
          note('  ./tartan backup key prints it, with those before it')
          await sealAnew(pool, settings)
        }),
      )
    })
  master
    .command('reseal')
    .description('Seals anew what a key before the first one has sealed.')
    .action(async (_, command: Command) => {
      await withStore(command, (pool, settings) => alone(pool, () => sealAnew(pool, settings)))
    })
  master
    .command('drop')
    .description('Takes one away that seals nothing any more.')
    .argument('<id>', 'its id')
    .option('--lose-backups', 'though backups are here that it alone opens')
    .action(async (id: string, options: { loseBackups?: boolean }, command: Command) => {
      await withStore(command, (pool, settings) =>
        alone(pool, () => drop(pool, settings, id, options.loseBackups === true)),
      )
    })
}

/** One rotation at a time. */
async function alone(pool: Pool, work: () => Promise<void>): Promise<void> {
  const session = await pool.connect()
  try {
    if (!(await lockRotation(session))) {
      throw new TransientError('ROTATION_RUNS', 'another rotation of keys is at it')
    }
    await work()
  } finally {
    session.release(true) // and the lock with it
  }
}

async function list(pool: Pool, settings: Settings, asJson: boolean): Promise<void> {
  const { ids } = await readMasterKey(settings)
  const sealed = await sealedByKey(pool)
  const unknown = [...sealed.keys()].filter((id) => !ids.includes(id))
  const keys = [...ids, ...unknown].map((id, i) => ({
    id,
    role: ids.includes(id) ? (i === 0 ? 'seals' : 'opens') : 'missing',
    sealed: sealed.get(id) ?? 0,
  }))
  if (asJson) return outJson(keys)
  const rows = keys.map(({ id, role, sealed: count }) => [id, role, count])
  out(formatTable(['key', 'what it does', 'sealed'], rows))
}

async function sealAnew(pool: Pool, settings: Settings): Promise<void> {
  const key = await readMasterKey(settings)
  // A service may just have sealed with the key that it knew: looked at until nothing is left.
  let done = 0
  for (let more = -1; more !== 0; done += more) more = await reseal(pool, key)
  if (!settings.elsewhere) await resealRun(settings.dataFolder, key)
  out(`✓ ${formatCount(done, 'value')} sealed anew with ${key.id}`)
}

async function drop(
  pool: Pool,
  settings: Settings,
  id: string,
  losesBackups: boolean,
): Promise<void> {
  const { ids } = await readMasterKey(settings)
  if (!ids.includes(id)) {
    throw new ConfigError('KEY_UNKNOWN', `no master key has the id ${id}: ./tartan master-key`)
  }
  const count = (await sealedByKey(pool)).get(id) ?? 0
  if (ids[0] === id || count > 0) {
    const what = ids[0] === id ? 'it is the one that seals' : `it has sealed ${count} values`
    throw new ConfigError('KEY_IN_USE', `${what}: ./tartan master-key rotate first`)
  }
  const backups = (await listBackups(backupFolder(settings))).filter(({ manifest }) =>
    (manifest.sealingKeyIds ?? [manifest.sealingKeyId]).includes(id),
  )
  if (backups.length > 0 && !losesBackups) {
    const names = backups.map(({ name }) => name).join(', ')
    const sentence = `backups need it (${names}): wait until they are gone, or --lose-backups`
    throw new ConfigError('KEY_IN_BACKUPS', sentence)
  }
  await dropMasterKey(settings, id)
  await noteAct(pool, 'master-key drop', { id })
  out(`✓ ${id} is gone`)
}
