// A restore with a key that does not open the backup leaves nothing of it, so that the next one,
// with the right key, is not refused for it; and keys of a backup join those that are here.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepMasterKey } from '../../src/server/keys.ts'
import { newSealingKeyText, sealingKey } from '../../src/std/secrets.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
let folder: string
let dataFolder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartan restore '))
  dataFolder = join(folder, 'data')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function idOf(key: string): string {
  return sealingKey(key).id
}

/** Of nothing, but sealed with keys. */
function backupOf(keys: string[]): string {
  const path = join(folder, 'backup')
  mkdirSync(path)
  const manifest = {
    takenAt: '2026-01-01T00:00:00.000Z',
    sealingKeyId: idOf(keys[0] ?? ''),
    sealingKeyIds: keys.map(idOf),
    serverVersion: '18',
    migrations: [],
    tables: [],
    sequences: [],
  }
  writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest))
  return path
}

test('a key that does not open it is refused, by all that are missing, and not kept', async () => {
  const [first, second, other] = [newSealingKeyText(), newSealingKeyText(), newSealingKeyText()]
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, other)
  const env = { ...process.env, TARTAN_DATA_DIR: dataFolder }
  const args = [main, 'restore', backupOf([first, second]), '--key', keyFile]
  const said = await new Promise<string>((done) => {
    execFile(process.execPath, args, { env }, (error, _, stderr) => done(error ? stderr : 'taken'))
  })
  expect(said).toContain(`${idOf(first)} and ${idOf(second)}`)
  expect(existsSync(join(dataFolder, 'secrets', 'master.key'))).toBe(false)
})

test('keys of a backup open beside those that are here, and seal nothing', async () => {
  const [held, older] = [newSealingKeyText(), newSealingKeyText()]
  await keepMasterKey(dataFolder, held)
  await keepMasterKey(dataFolder, `${older}\n${held}`)
  await keepMasterKey(dataFolder, older)
  const ring = sealingKey(readFileSync(join(dataFolder, 'secrets', 'master.key'), 'utf8'))
  expect(ring).toMatchObject({ id: idOf(held), ids: [idOf(held), idOf(older)] })
})
