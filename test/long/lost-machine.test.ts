// A machine is lost. What is left is a backup and the keys, which were all rotated after it: on an
// empty one they are everything, but for the warehouse, which the next sync makes again.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { readEngineClient, readKey } from '../../src/server/keys.ts'
import type { Secret } from '../../src/std/secrets.ts'
import { tokenOf } from '../support/engine.ts'
import { startSystem, type System } from '../support/system.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const MINUTES = 60_000

test(
  'a backup, and its key beside a newer one, bring an empty machine to where the lost one was',
  async () => {
    await using cleanup = new AsyncDisposableStack()
    const system = cleanup.use(await startSystem())
    const { dataFolder: lost, given } = system.settings
    expect(await system.tartan('backup')).toMatch(/backup 20\S+: [\d,]+ rows of \d+ tables/)
    expect(await system.tartan('backup', 'verify')).toContain('restored and equal')
    const rotated = await readKey(lost, 'plaid-api.key')
    const client = await readEngineClient(lost)
    await system.tartan('keys', 'rotate')
    await system.tartan('master-key', 'rotate')
    const [, older] = masterKeys(await system.tartan('master-key', '--json'))
    await expect(system.tartan('master-key', 'drop', older!.id)).rejects.toThrow(/backups need it/)
    const both = await system.tartan('backup', 'key')
    await writeFile(join(lost, 'key'), both)
    await writeFile(join(lost, 'newer.key'), both.split('\n')[0]!)
    // What comes after the backup is gone with the machine, and the banks tell it again.
    await system.tartan('emulator', 'advance', '30d')
    await system.tartan('plaid-sync')
    await system.tartan('sync')
    await system.tartan('stop')

    const found = await mkdtemp(join(tmpdir(), 'tartan found '))
    cleanup.defer(() => rm(found, { recursive: true, force: true }))
    const tartan = async (...args: string[]) => {
      const env = { ...process.env, ...given, TARTAN_DATA_DIR: found }
      const command = ['--disable-warning=ExperimentalWarning', main, ...args]
      return (await promisify(execFile)(process.execPath, command, { env })).stdout
    }
    // The banks are not lost: the emulated ones live in the data folder.
    await cp(join(lost, 'emulator'), join(found, 'emulator'), { recursive: true })
    await mkdir(join(found, 'secrets'), { mode: 0o700 })
    for (const name of ['emulator.secret', 'emulator-admin.token']) {
      await cp(join(lost, 'secrets', name), join(found, 'secrets', name))
    }
    const [name = ''] = await readdir(join(lost, 'backups'))
    const backup = join(lost, 'backups', name)
    await expect(tartan('restore', backup)).rejects.toThrow(/give it by --key FILE/)
    await expect(tartan('restore', backup, '--key', join(lost, 'newer.key'))).rejects.toThrow(
      `open with the key ${older!.id}, which is not here`,
    )
    cleanup.defer(async () => void (await tartan('stop')))
    expect(await tartan('restore', backup, '--key', join(lost, 'key'))).toContain('✓ restored')
    // What was rotated away after the backup is not let in again by it.
    expect(await statusWith(system, await readKey(found, 'plaid-api.key'))).toBe(200)
    expect(await statusWith(system, rotated)).toBe(401)
    const url = engineUrl(system.settings)
    expect(await tokenOf(url, client)).toBe(undefined)
    expect(await tokenOf(url, await readEngineClient(found))).toMatch(/./)
    await expect(tartan('restore', backup)).rejects.toThrow(/has Items already/)
    await tartan('init')
    await tartan('plaid-sync')
    await tartan('sync')
    await tartan('verify') // ends with 5 where it finds a difference
    // The backup's key is needed no more.
    const [, opens] = masterKeys(await tartan('master-key', '--json'))
    expect(opens).toMatchObject({ id: older!.id, role: 'opens' })
    expect(opens!.sealed).toBeGreaterThan(0)
    await tartan('master-key', 'reseal')
    await tartan('master-key', 'drop', older!.id)
    await tartan('plaid-sync')
  },
  8 * MINUTES,
)

function masterKeys(json: string) {
  return JSON.parse(json) as { id: string; role: string; sealed: number }[]
}

async function statusWith({ settings }: System, key: Secret): Promise<number> {
  const headers = { authorization: `Bearer ${key.reveal()}` }
  return (await fetch(`${plaidApiUrl(settings)}/stats`, { headers })).status
}
