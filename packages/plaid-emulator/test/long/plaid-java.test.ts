// Plaid's Java client, unmodified, lives the lives of three Items: test/java/PlaidLife.java.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { startEmulator } from '../support/emulator.ts'
import { javaLibraries, runJava } from '../support/java.ts'

const libraries = await javaLibraries()
const program = resolve(import.meta.dirname, '../java/PlaidLife.java')

test.runIf(libraries !== undefined)('plaid-java drives the whole life of Items', async () => {
  const startDate = '2026-03-15'
  await using bench = await startEmulator({ startDate })
  const env = { EMULATOR_URL: bench.url(), EMULATOR_TODAY: startDate }
  const output = await runJava(libraries ?? '', program, env)
  expect(output).toContain('a webhook came and is signed')
  expect(output).toContain('the end')
})
