// Every endpoint against Plaid's OpenAPI document: what we take is what the document lets one
// send, what we answer is what it promises. The endpoints come from the emulator's own list, so a
// new one is judged without a word here but its sample. What the document does not know must be in
// the SDK, which is newer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENDPOINTS } from '../src/http/routes.ts'
import { plaidOpenApi } from './support/plaid-openapi.ts'
import { sdkFields, sdkPaths } from './support/plaid-sdk.ts'
import { type Shape, shapeOf, strangers } from './support/shape.ts'
import { SAMPLES, type Scene, sceneOf } from './support/samples.ts'
import { type Bench, startEmulator } from './support/emulator.ts'

const api = plaidOpenApi()
const documented = ENDPOINTS.filter(({ path }) => api?.paths.includes(path))
const named = ENDPOINTS.map((endpoint) => [endpoint.path, endpoint] as const)
/** What asks for credentials; the others take no fields at all. */
const closed = named.filter(([, { open }]) => open !== true)

if (api === undefined) {
  process.stderr.write('SKIPPED: no conformance without TARTAN_TEST_PLAID_OPENAPI\n')
}

let bench: Bench
let scene: Scene
beforeAll(async () => {
  bench = await startEmulator()
  scene = sceneOf(bench)
})
afterAll(() => bench[Symbol.asyncDispose]())

async function samplesOf(path: string): Promise<Record<string, unknown>[]> {
  const bodies = await SAMPLES[path]?.(scene)
  return (bodies ?? []) as Record<string, unknown>[]
}

/** Compares level by level; where ours takes any field there is nothing that it could lack. */
function differences(ours: Shape, theirs: Shape, newer: Set<string>, path = ''): string[] {
  const missing = theirs.fields.filter((field) => ours.closed && !ours.fields.includes(field))
  const extra = ours.fields.filter((field) => !theirs.fields.includes(field) && !newer.has(field))
  const unasked = theirs.required.filter((field) => !ours.required.includes(field))
  const overasked = ours.required.filter((field) => !theirs.required.includes(field))
  const below = ours.fields.flatMap((field) => {
    const [mine, other] = [ours.at(field), theirs.at(field)]
    if (mine === undefined || other === undefined) return []
    return differences(mine, other, newer, `${path}${field}.`)
  })
  return [
    ...missing.map((field) => `${path}${field} is missing`),
    ...extra.map((field) => `${path}${field} is not in the document`),
    ...unasked.map((field) => `${path}${field} is required there`),
    ...overasked.map((field) => `${path}${field} is optional there`),
    ...below,
  ]
}

describe('every endpoint', () => {
  test('has a sample, and every sample an endpoint', () => {
    const paths = ENDPOINTS.map(({ path }) => path)
    expect(Object.keys(SAMPLES).sort()).toEqual(paths.toSorted())
    expect(new Set(paths).size).toBe(paths.length)
  })

  test('is in the document, or in the SDK', { skip: api === undefined }, () => {
    const paths = sdkPaths()
    const unknown = ENDPOINTS.filter(({ path }) => !api?.paths.includes(path) && !paths.has(path))
    expect(unknown.map(({ path }) => path)).toEqual([])
    expect(documented.length).toBeGreaterThan(ENDPOINTS.length - 3)
  })
})

describe.skipIf(api === undefined)('the document approves of', () => {
  test.for(named)('%s: the request, the answer, every field of it', async ([path]) => {
    const bodies = await samplesOf(path)
    expect(bodies.length).toBeGreaterThan(0)
    const newer = sdkFields()
    const shape = api?.paths.includes(path) === true ? api.answerShape(path) : undefined
    for (const body of bodies) {
      if (shape !== undefined) expect(api?.request(path, body), 'request').toEqual([])
      const answer = await bench.post(path, body)
      expect([answer.status, answer.body], JSON.stringify(body)).toMatchObject([200, {}])
      if (shape === undefined) continue
      expect(api?.answer(path, 200, answer.body), 'answer').toEqual([])
      const others = strangers(answer.body, shape)
      // some name of the SDK is no excuse for a field that the whole answer should not have
      const known = (field: string) => /\.(\w+)$/.exec(field)?.[1] ?? ''
      expect(others.filter((field) => !newer.has(known(field)))).toEqual([])
    }
  })

  test.for(documented.filter(({ open }) => open !== true))(
    '$path: the fields that are taken',
    ({ path, body }) => {
      const ours = shapeOf(body)
      const theirs = api?.requestShape(path)
      if (ours === undefined || theirs === undefined) throw new Error(`${path} has no fields`)
      expect(differences(ours, theirs, sdkFields())).toEqual([])
    },
  )
})

describe('every endpoint', () => {
  test.for(named)('%s names each required field that lacks', async ([path, { body }]) => {
    const [sample = {}] = await samplesOf(path)
    for (const field of shapeOf(body)?.required ?? []) {
      const { [field]: _, ...rest } = sample
      expect(await bench.post(path, rest), field).toMatchObject({
        status: 400,
        body: {
          error_type: 'INVALID_REQUEST',
          error_code: 'MISSING_FIELDS',
          error_message: `the following required fields are missing: ${field}`,
        },
      })
    }
  })

  test.for(named)('%s names a field that nobody knows', async ([path]) => {
    const [sample = {}] = await samplesOf(path)
    expect(await bench.post(path, { ...sample, frobnicate: 1 })).toMatchObject({
      status: 400,
      body: {
        error_type: 'INVALID_REQUEST',
        error_code: 'UNKNOWN_FIELDS',
        error_message: 'the following fields are not recognized by this endpoint: frobnicate',
      },
    })
  })

  test.for(closed)('%s refuses no credentials and half of them', async ([path]) => {
    const [sample = {}] = await samplesOf(path)
    const halves = [{}, { 'plaid-client-id': 'client' }, { 'plaid-secret': 'secret' }]
    for (const headers of halves as Record<string, string>[]) {
      const { status, body } = await bench.post(path, sample, headers)
      expect([status, body['error_code']]).toEqual([400, 'MISSING_FIELDS'])
    }
  })
})

describe.skipIf(api === undefined)('the judge', () => {
  test('can say no: wrong types, missing fields, unknown names, null', async () => {
    const good = await bench.post('/institutions/get_by_id', (await samplesOf(BY_ID))[0])
    const institution = good.body['institution'] as Record<string, unknown>
    const { name: _, ...nameless } = institution
    const wrong = [
      { ...good.body, institution: { ...institution, oauth: 'no' } },
      { ...good.body, institution: nameless },
      { institution },
      { ...good.body, institution: null },
      [],
      null,
    ]
    for (const body of wrong) expect(api?.answer(BY_ID, 200, body)).not.toEqual([])
    expect(api?.answer(BY_ID, 200, good.body)).toEqual([])
    expect(api?.answer(BY_ID, 400, { error_code: 'X' })).not.toEqual([])
    expect(api?.answer(BY_ID, 400, null)).not.toEqual([])
    expect(api?.request(BY_ID, { institution_id: 1, country_codes: ['US'] })).not.toEqual([])
    const shape = api?.answerShape(BY_ID)
    expect(strangers({ institution: { ...institution, nmae: '' } }, shape)).toEqual([
      'institution.connection_availability', // which is newer
      'institution.nmae',
    ])
  })

  test('sees each way in which fields may differ', () => {
    const object = (properties: object, required: string[] = []) =>
      shapeOf({ properties, required, additionalProperties: false }) as Shape
    const below = {
      anyOf: [{ properties: { x: {} }, additionalProperties: false }, { type: 'null' }],
    }
    const ours = object({ a: {}, b: {}, c: below }, ['a'])
    const theirs = object({ a: {}, c: { properties: { y: {} } }, d: {} }, ['d'])
    expect(differences(ours, theirs, new Set())).toEqual([
      'd is missing',
      'b is not in the document',
      'd is required there',
      'a is optional there',
      'c.y is missing',
      'c.x is not in the document',
    ])
  })
})

const BY_ID = '/institutions/get_by_id'
