// Plaid's Python client, unmodified and newer than Plaid's published document: it drives the whole
// life of an Item (test/python/plaid_life.py), and its models make every request and read every
// answer of every endpoint (test/python/plaid_models.py).
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ENDPOINTS } from '../../src/http/routes.ts'
import { ADMIN_TOKEN, startEmulator } from '../support/emulator.ts'
import { runPython } from '../../../../test/support/python.ts'
import { emulatorPython } from '../support/python.ts'
import { SAMPLES, sceneOf } from '../support/samples.ts'
import { type Shape, shapeOf } from '../support/shape.ts'

const python = await emulatorPython()
const programOf = (name: string) => resolve(import.meta.dirname, '../python', name)

test.runIf(python !== undefined)('plaid-python drives the whole life of an Item', async () => {
  const startDate = '2026-03-15'
  await using bench = await startEmulator({ startDate })
  const env = { EMULATOR_ADMIN_TOKEN: ADMIN_TOKEN, EMULATOR_TODAY: startDate }
  const { code, output } = await runPython(python ?? '', [programOf('plaid_life.py')], {
    cwd: tmpdir(),
    env: { EMULATOR_URL: bench.url(), ...env },
  })
  expect(code, output).toBe(0)
  expect(output).toContain('the end')
})

/** Field by field what is taken; null where anything is. */
type Taken = { [field: string]: Taken } | null

function takenBy(shape: Shape | undefined): Taken {
  if (shape?.closed !== true) return null
  return Object.fromEntries(shape.fields.map((field) => [field, takenBy(shape.at(field))]))
}

const WORLDS = python === undefined ? [] : (['household', 'sandbox'] as const)

test.for(WORLDS)('plaid-python’s models know all that is said in the world %s', async (world) => {
  await using bench = await startEmulator({ world })
  const scene = sceneOf(bench)
  const endpoints = []
  for (const { path, body, open = false } of ENDPOINTS) {
    const requests = (await SAMPLES[path]?.(scene)) ?? []
    endpoints.push({ path, open, taken: takenBy(shapeOf(body)), requests })
  }
  const { code, output } = await runPython(python ?? '', [programOf('plaid_models.py')], {
    cwd: tmpdir(),
    env: { EMULATOR_URL: bench.url() },
    input: JSON.stringify(endpoints),
  })
  expect(code, output).toBe(0)
  const read = endpoints.reduce((sum, each) => sum + (each.open ? 1 : each.requests.length), 0)
  expect(output.trim().split('\n')).toEqual([`${read} answers were read`])
})
