import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demandsOf, requireDemands } from '../../src/cli/check/demands.ts'
import { readSettings } from '../../src/server/settings.ts'
import { roomFor } from '../../src/cli/check/checks.ts'

const tight = 0.4 * 1024 ** 3

test('little room stops a start, and what runs already is told of it only', () => {
  expect(roomFor(tight, '/data', false).trouble).toContain('at least 1 GiB is needed')
  expect(roomFor(tight, '/data', true)).toEqual({
    what: 'disk space, 0.4 GiB free at /data: less than 1 GiB, make room soon',
  })
  expect(roomFor(2 ** 31, '/data', false)).toEqual({ what: 'disk space, 2.0 GiB free at /data' })
})

test.each<[string, Record<string, string>, string]>([
  ['commands', { TARTAN_COMMANDS_FILE: '/nope' }, 'TARTAN_COMMANDS_FILE (/nope): ENOENT'],
  [
    'commands',
    { TARTAN_POST_SYNC: 'nope' },
    'TARTAN_POST_SYNC is one of dbt, none, and not “nope”',
  ],
  ['commands', { TARTAN_ALERT_COMMAND: 'nope' }, 'TARTAN_ALERT_COMMAND names no command'],
  ['keys', { TARTAN_MASTER_KEY_COMMAND: 'false' }, 'TARTAN_MASTER_KEY_COMMAND failed (1)'],
  ['keys', { TARTAN_MASTER_KEY: 'short' }, 'TARTAN_MASTER_KEY needs TARTAN_SERVICES=elsewhere'],
  ['Plaid: sandbox', { PLAID_ENV: 'sandbox' }, 'PLAID_CLIENT_ID is not set'],
])('what a start demands is looked at by a check: %s, %j', async (what, given, sentence) => {
  const folder = mkdtempSync(join(tmpdir(), 'demands '))
  try {
    const settings = await readSettings({}, { TARTAN_DATA_DIR: folder, ...given })
    await expect(requireDemands(settings)).rejects.toThrow(sentence)
    const demand = demandsOf(settings).find((one) => one.what === what)
    await expect(demand?.look()).rejects.toThrow(sentence)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a start that was killed before it made a key is repeated; one that lost its key is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demands '))
  try {
    mkdirSync(join(folder, 'secrets'))
    const settings = await readSettings({}, { TARTAN_DATA_DIR: folder })
    await requireDemands(settings)
    writeFileSync(join(folder, 'secrets', 'postgres.password'), 'x')
    await expect(requireDemands(settings)).rejects.toThrow('master.key: is missing')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('where nothing is wrong, nothing is made and all is said', async () => {
  const settings = await readSettings({}, { TARTAN_DATA_DIR: '/nowhere', TARTAN_POST_SYNC: 'dbt' })
  await requireDemands(settings)
  expect(await Promise.all(demandsOf(settings).map(({ look }) => look()))).toEqual([
    'Plaid: emulator, no credentials needed',
    'keys: made by the first start',
    'commands: dbt',
  ])
})
