// A fuzzer that is always on: good requests of every endpoint, bent in one or two places. Whatever
// comes of them is no 5xx and, where Plaid's document is at hand, an answer that it approves of.
// The larger one, with the document's own schemas, is test/long/fuzz.test.ts.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ENDPOINTS } from '../src/http/routes.ts'
import { SAMPLES, sceneOf } from './support/samples.ts'
import { startEmulator } from './support/emulator.ts'

const REQUESTS = 1_000
type Json = Record<string, unknown>

/** Values at which programs break. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('', '\0', '9999-99-99', '2026-02-30', '__proto__', 'é'.repeat(200), '-1'),
  fc.constantFrom<unknown>(0, -1, 1e308, 2 ** 53, null, [], {}, [[]], [null], true),
)
/** How deep, which field, and what then: replaced, dropped or joined by a stranger. */
const bend = fc.record({
  depth: fc.nat(2),
  field: fc.nat(50),
  how: fc.constantFrom('replace', 'replace', 'replace', 'drop', 'add'),
  value: odd,
})
type Bend = (typeof bend)['generate'] extends (...args: never[]) => { value: infer B } ? B : never

function bent(body: Json, { depth, field, how, value }: Bend): Json {
  const names = Object.keys(body)
  const name = names[field % Math.max(1, names.length)]
  if (name === undefined || how === 'add') return { ...body, [`x${field}`]: value }
  const below = body[name]
  if (depth > 0 && typeof below === 'object' && below !== null && !Array.isArray(below)) {
    return { ...body, [name]: bent(below as Json, { depth: depth - 1, field, how, value }) }
  }
  const { [name]: _, ...rest } = body
  return how === 'drop' ? rest : { ...rest, [name]: value }
}

test('a bent request is answered or refused, and nothing breaks', async () => {
  await using bench = await startEmulator()
  const scene = sceneOf(bench)
  const samples: [path: string, body: Json][] = []
  for (const { path } of ENDPOINTS) {
    for (const body of (await SAMPLES[path]?.(scene)) ?? []) samples.push([path, body as Json])
  }
  const requests = fc.tuple(
    fc.constantFrom(...samples),
    fc.array(bend, { minLength: 1, maxLength: 2 }),
  )
  await fc.assert(
    fc.asyncProperty(requests, async ([[path, body], bends]) => {
      const { status } = await bench.post(path, bends.reduce(bent, body))
      expect(status).toBeLessThan(500)
    }),
    { numRuns: REQUESTS },
  )
  expect((await bench.link()).itemId).not.toBe('')
})
