// A bank that was linked is in a backup soon, since its access token cannot be had again; however
// many are linked, backups take a small part of the time.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepBackups, linkDueMs } from '../../src/server/backup/keeper.ts'
import { listBackups } from '../../src/server/backup/shelf.ts'
import { createLogger } from '../../src/std/log.ts'
import { startSystem } from '../support/system.ts'

const MINUTE = 60_000

test('a link is backed up once nobody has linked for a minute, and not twice', () => {
  const none = { takenMs: 0, tookMs: 0 }
  expect(linkDueMs(undefined, none)).toBeUndefined()
  const linked = Date.UTC(2026, 0, 1)
  expect(linkDueMs(linked, none)).toBe(linked + MINUTE)
  expect(linkDueMs(linked, { takenMs: linked, tookMs: 5 })).toBeUndefined()
  // Of an hour's backup the next one waits for most of a day.
  const slow = { takenMs: linked - MINUTE, tookMs: 60 * MINUTE }
  expect(linkDueMs(linked, slow)).toBe(linked - MINUTE + 19 * 60 * MINUTE)
})

test('a system takes one by itself, of what was linked', { timeout: 5 * MINUTE }, async () => {
  await using system = await startSystem()
  const backupDir = await mkdtemp(join(tmpdir(), 'tartan link backups '))
  // As if the banks were real ones, linked a while ago.
  await system.store.query(`update plaid.item set created_at = created_at - interval '1 hour'`)
  const { settings } = system
  const real = { ...settings, emulated: false, options: { ...settings.options, backupDir } }
  const stop = new AbortController()
  const keeping = keepBackups(real, createLogger('backups', 'silent'), stop.signal)
  await expect.poll(() => listBackups(backupDir)).toHaveLength(1)
  stop.abort()
  await keeping
  const [backup] = await listBackups(backupDir)
  const items = backup?.manifest.tables.find(({ name }) => /\."?item"?$/.test(name))
  expect(items?.rows).toBe('3')
  await rm(backupDir, { recursive: true })
})
