// Plaid's Python client, unmodified, drives the whole life of an Item: test/python/plaid_life.py.
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ADMIN_TOKEN, startEmulator } from '../support/emulator.ts'
import { pythonFolder, runPython } from '../support/python.ts'

const python = await pythonFolder()
const program = resolve(import.meta.dirname, '../python/plaid_life.py')

test.runIf(python !== undefined)('plaid-python drives the whole life of an Item', async () => {
  await using bench = await startEmulator()
  const { code, output } = await runPython(python ?? '', [program], {
    cwd: tmpdir(),
    env: { EMULATOR_URL: bench.url(), EMULATOR_ADMIN_TOKEN: ADMIN_TOKEN },
  })
  expect(code, output).toBe(0)
  expect(output).toContain('the end')
})
