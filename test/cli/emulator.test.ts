// `./tartan emulator` is the emulator's own program under another name; what its options do is held
// by the package's tests.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { run, runsAndSteers } from '../../packages/plaid-emulator/test/support/program.ts'

const TARTAN = resolve(import.meta.dirname, '../../src/cli/main.ts')

test('the command runs an emulator and steers it', () => runsAndSteers(TARTAN, ['emulator']))

test('where nothing runs, it is said how one that runs alone is steered', async () => {
  const env = { TARTAN_DATA_DIR: '/nowhere', TARTAN_ENV_FILE: '/dev/null' }
  const { code, error } = await run(TARTAN, ['emulator', 'status'], env)
  expect([code, error]).toEqual([7, expect.stringContaining('TARTAN_EMULATOR_ADMIN_TOKEN')])
})
