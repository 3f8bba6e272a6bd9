// Who may say what runs on this machine: whoever may write the file of commands, and nobody else
// may (L10).
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { postSyncOf } from '../../src/server/post-sync.ts'
import { settingsOf } from '../../src/server/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'tartan commands '))
const path = join(folder, 'commands.json')
afterAll(() => rmSync(folder, { recursive: true }))

function commandsOf(text: string | undefined, mode = 0o600) {
  if (text !== undefined) writeFileSync(path, text)
  if (text !== undefined) chmodSync(path, mode)
  const given = { TARTAN_DATA_DIR: folder, TARTAN_COMMANDS_FILE: path, TARTAN_COMMAND_MINUTES: '5' }
  return postSyncOf(settingsOf(given, new Set()))
}

test('dbt is always there, and beside it what the file names', async () => {
  const { commands, msMax } = await commandsOf('{"tell": ["/usr/bin/tell", "a word"]}')
  expect(commands.map(({ name }) => name)).toEqual(['dbt', 'tell'])
  expect(commands[0]?.command.at(-1)).toBe(folder)
  expect(commands[1]?.command).toEqual(['/usr/bin/tell', 'a word'])
  expect(msMax).toBe(300_000)
})

test.each([
  ['{"tell": ["/usr/bin/tell"]}', 0o620, 'others than its owner may write it'],
  ['{"tell": ["/usr/bin/tell"]}', 0o602, 'others than its owner may write it'],
  ['{"dbt": ["/usr/bin/tell"]}', 0o600, 'dbt has its meaning already'],
  ['{"Tell me": ["/usr/bin/tell"]}', 0o600, 'is no name'],
  ['{"tell": "/usr/bin/tell a word"}', 0o600, 'tell is to be a list'],
  ['{"tell": []}', 0o600, 'tell is to be a list'],
  ['{"tell": ["/usr/bin/tell", 1]}', 0o600, 'tell is to be a list'],
  ['[["/usr/bin/tell"]]', 0o600, 'it is to be an object'],
  ['tell', 0o600, 'JSON'],
])('%s with mode %o is refused: %s', async (text, mode, why) => {
  await expect(commandsOf(text, mode)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    field: 'TARTAN_COMMANDS_FILE',
    message: expect.stringContaining(why),
  })
})

test('in containers there is no dbt, and what the file names is', async () => {
  writeFileSync(path, '{"tell": ["/usr/bin/tell"]}')
  chmodSync(path, 0o600)
  const given = { TARTAN_SERVICES: 'elsewhere', TARTAN_COMMANDS_FILE: path }
  const { commands } = await postSyncOf(settingsOf(given, new Set()))
  expect(commands.map(({ name }) => name)).toEqual(['tell'])
})

test('a file that is not there is said to be so', async () => {
  rmSync(path, { force: true })
  await expect(commandsOf(undefined)).rejects.toMatchObject({ field: 'TARTAN_COMMANDS_FILE' })
})
