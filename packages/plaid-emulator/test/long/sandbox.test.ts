// The suites that ask everything, in the emulator's own world too: conformance, the fuzzers and the
// readers, unchanged. Without this they run in the household.
import { afterAll, expect, test, vi } from 'vitest'
import { startEmulator } from '../support/emulator.ts'

vi.stubEnv('TARTAN_TEST_WORLD', 'sandbox')
afterAll(() => {
  vi.unstubAllEnvs()
})

test('the suites below run in the sandbox', async () => {
  await using bench = await startEmulator()
  expect(await bench.status()).toMatchObject({ world: 'sandbox' })
})

await import('../conformance.test.ts')
await import('../fuzz.test.ts')
await import('../reader.test.ts')
await import('../readers.test.ts')
await import('./fuzz.test.ts')
