// A machine is lost. What is left is a backup and the key: on an empty one they are everything, but
// for the warehouse, which the next sync makes again.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startSystem } from '../support/system.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const MINUTES = 60_000

test(
  'a backup and its key bring an empty machine to where the lost one was',
  async () => {
    await using cleanup = new AsyncDisposableStack()
    const system = cleanup.use(await startSystem())
    const { dataFolder: lost, given } = system.settings
    expect(await system.tartan('backup')).toMatch(/backup 20\S+: [\d,]+ rows of \d+ tables/)
    expect(await system.tartan('backup', 'verify')).toContain('restored and equal')
    await writeFile(join(lost, 'key'), await system.tartan('backup', 'key'))
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
    cleanup.defer(async () => void (await tartan('stop')))
    expect(await tartan('restore', backup, '--key', join(lost, 'key'))).toContain('✓ restored')
    await expect(tartan('restore', backup)).rejects.toThrow(/has Items already/)
    await tartan('init')
    await tartan('plaid-sync')
    await tartan('sync')
    await tartan('verify') // ends with 5 where it finds a difference
  },
  5 * MINUTES,
)
